"""Adapters of the web channel."""

from onestop.channels.web.fields import FormFields
from onestop.channels.web.form import WebForm

__all__ = ["FormFields", "WebForm"]

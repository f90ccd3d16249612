"""Adapters of the web channel."""

from onestop.channels.web.fields import FormFields
from onestop.channels.web.form import WebForm
from onestop.channels.web.open311 import Open311
from onestop.channels.web.unsubscribe import Unsubscribe

__all__ = ["FormFields", "Open311", "Unsubscribe", "WebForm"]

"""The e-mail channel: RFC 5322 messages, whatever mail server, mailbox or queue handed them over."""

from onestop.channels.email.adapter import Email
from onestop.channels.email.limits import Limits
from onestop.channels.email.notify import NotifyEmail

__all__ = ["Email", "Limits", "NotifyEmail"]

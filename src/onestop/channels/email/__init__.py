"""The e-mail channel: RFC 5322 messages, whatever mail server, mailbox or queue handed them over."""

from onestop.channels.email.adapter import Email
from onestop.channels.email.limits import Limits

__all__ = ["Email", "Limits"]

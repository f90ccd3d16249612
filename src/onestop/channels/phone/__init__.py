"""Adapters of the phone channel."""

from onestop.channels.phone.call_note import CallNote
from onestop.channels.phone.cti import CtiForm
from onestop.channels.phone.twilio import TwilioVoice

__all__ = ["CallNote", "CtiForm", "TwilioVoice"]

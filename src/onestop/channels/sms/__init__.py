"""Adapters of the sms channel."""

from onestop.channels.sms.notify import NotifySms
from onestop.channels.sms.twilio import TwilioSms
from onestop.channels.sms.whatsapp import TwilioWhatsApp

__all__ = ["NotifySms", "TwilioSms", "TwilioWhatsApp"]

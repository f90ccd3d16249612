"""Adapters of the sms channel."""

from onestop.channels.sms.twilio import TwilioSms

__all__ = ["TwilioSms"]

"""Adapters of the phone channel."""

from onestop.channels.phone.call_note import CallNote

__all__ = ["CallNote"]

"""Adapters of the in_person channel."""

from onestop.channels.in_person.counter import CounterNote, InPerson

__all__ = ["CounterNote", "InPerson"]

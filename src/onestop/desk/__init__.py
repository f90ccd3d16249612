"""The shell: the desk and its parts, which read, ask the core, save, and then log, in that order."""

from onestop.desk.clock import Clock, Entropy
from onestop.desk.desk import AnyCase, Desk
from onestop.desk.explain import Explanation
from onestop.desk.outbox import Due
from onestop.desk.receipt import Handled, Receipt
from onestop.desk.views import CaseView, Change, Entry

__all__ = [
    "AnyCase",
    "CaseView",
    "Change",
    "Clock",
    "Desk",
    "Due",
    "Entropy",
    "Entry",
    "Explanation",
    "Handled",
    "Receipt",
]

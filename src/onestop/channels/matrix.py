"""What each adapter can do, in words: the one table that the command line prints and the reference page shows."""

from __future__ import annotations

from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities

__all__ = ["COLUMNS", "matrix_row"]

COLUMNS = {
    "channel": "of its enquiries",
    "parses": "it reads enquiries",
    "verifies": "its requests can prove who sent them, once it has its secret",
    "renders": "it can carry messages out, once it has its settings",
    "receipts": "it reads reports of what became of our messages",
    "text": "characters of one outbound message",
    "charset": "of an outbound message",
    "files": "inbound files",
    "replies": "an outbound message can be answered on the same channel, and until when we may write on",
    "cost": "class of one outbound message",
}
"""The columns in their order, and what each of them says."""


def matrix_row(channel: Channel, can: Capabilities) -> dict[str, str]:
    """
    Give what an adapter can do by column; what it cannot, or what does not apply, is empty.

    >>> matrix_row("post", Capabilities(attachments=True, signed=True))["files"]
    'yes'
    """
    row = {
        "channel": str(channel),
        "parses": _yes(True),  # what reads nothing is no adapter
        "verifies": _yes(can.signed),
        "renders": _yes(can.sends),
        "receipts": _yes(can.receipts),
        "files": _yes(can.attachments),
    }
    if can.sends:
        window = can.reply_window_hours
        row |= {
            "text": f"{can.text_limit:,}" if can.text_limit else "any",
            "charset": can.charset,
            "replies": (f"{window} h" if window else "always") if can.replies else "",
            "cost": can.cost_class,
        }
    return {column: row.get(column, "") for column in COLUMNS}


def _yes(value: bool) -> str:
    return "yes" if value else ""

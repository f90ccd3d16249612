"""What mail servers and mail programs tell of our messages (made in the next step)."""

from __future__ import annotations

from datetime import datetime

from onestop.channels.email.mime import Mail
from onestop.core.enquiry import DeliveryReport


def delivery_reports(mail: Mail, *, adapter: str, received_at: datetime) -> list[DeliveryReport]:
    """Give the reports."""
    return []

"""
WhatsApp by Twilio: the messages webhook of `TwilioSms`, with `whatsapp:` before both addresses.

Twilio documentation, "WhatsApp: sending and receiving messages", "The customer service window" (read 2026-03-02).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from onestop.channels.sms.twilio import TwilioSms
from onestop.core.enquiry import Channel
from onestop.core.gateway import Capabilities

__all__ = ["TwilioWhatsApp"]


class TwilioWhatsApp(TwilioSms):
    """
    Messages by WhatsApp through Twilio, channel `chat`.

    `from_number` is the number without its prefix, or the sid of a messaging service. Words of our own reach a citizen
    for 24 hours after their last message (`capabilities.reply_window_hours`); later, WhatsApp takes templates only, and
    Twilio reports 63016.

    >>> from onestop.channels import Raw
    >>> raw = Raw(body=b"From=whatsapp%3A%2B447700900123&Body=Bin&MessageSid=SM1", received_at="2026-03-02T09:30:00Z")
    >>> TwilioWhatsApp().parse(raw)[0].channel
    'chat'
    """

    channel: Channel = "chat"
    capabilities = Capabilities(
        text_limit=1_600,
        attachments=True,
        receipts=True,
        replies=True,
        reply_window_hours=24,
        sends=True,
        signed=True,
        cost_class="low",
    )
    _prefix: ClassVar[str] = "whatsapp:"

    def __init__(
        self,
        name: str = "twilio_whatsapp",
        *,
        auth_token: str | Sequence[str] | None = None,
        account_sid: str | None = None,
        from_number: str | None = None,
    ) -> None:
        super().__init__(name, auth_token=auth_token, account_sid=account_sid, from_number=from_number)

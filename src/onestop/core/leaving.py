"""The last look at a message before it leaves: may it go to them now, by what is known of them now?"""

from __future__ import annotations

from datetime import datetime

from onestop.core.case import Case
from onestop.core.choice import LastUsed, Matter
from onestop.core.enquiry import Channel
from onestop.core.gateway import Message
from onestop.core.policy import Policy
from onestop.core.purposes import Purpose, law_of
from onestop.core.reaching import Addressee, written_to
from onestop.core.representing import denial_to
from onestop.core.sendable import GO, Deny, Sendable, check_send
from onestop.core.standing import Telling

__all__ = ["last_check"]


def last_check(
    case: Case, to: Addressee, message: Message, channel: Channel, purpose: Purpose, policy: Policy, now: datetime
) -> Sendable:
    """
    Say whether a message may leave now: go, wait until, or denied with a code.

    Who stated nothing is sent what goes to the contact point that they are known by, unless others use it, too.
    """
    if (denial := denial_to(case, to.party, to.authorities, purpose, now)) is not None:
        return Deny(denial)
    reach, urn = to.reach, to.party.urn
    if reach is None or urn is None:
        return GO
    own = message.recipient.key == urn.key
    if own and not reach.says_how and not reach.is_shared(urn) and not law_of(purpose).needs_consent:
        return GO
    can = reach.capabilities.get(channel)
    used = written_to(urn, to.wrote_on)
    telling = Telling(
        purpose,
        matter=Matter(case.service, case.id),
        last_used=LastUsed(used, urn.key, to.wrote_at) if used else None,
        by_person=(own and not message.automatic) or message.one_time_code is not None,
    )
    return check_send(
        reach.holding(urn),
        telling,
        channel,
        message.recipient,
        now,
        policy.zones,
        rendered=message.format,
        reply_window_hours=can.reply_window_hours if can else None,
        one_size=can is not None and can.one_size,
    )

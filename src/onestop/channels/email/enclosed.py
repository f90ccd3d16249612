"""A mail that somebody encloses in their own, to send it on: who really wrote it, and what."""

from __future__ import annotations

from onestop.channels.email.body import body_text
from onestop.channels.email.forwards import Forwarded, same_subject
from onestop.channels.email.headers import clean, decode_words
from onestop.channels.email.limits import Limits
from onestop.channels.email.mime import Mail, read_mail
from onestop.channels.email.reply_words import FORWARD_SUBJECT
from onestop.errors import PayloadError

__all__ = ["enclosed_mail"]

_SUBJECT_LIMIT = 998


def enclosed_mail(mail: Mail, above: str, subject: str, limits: Limits) -> Forwarded | None:
    """
    Give the one mail that is enclosed in a mail, read; None when it is no more than an enclosure.

    It is sent on where the subject says so (`Fw:`, or the subject of the enclosed mail), or where there are no words
    besides. What is enclosed as evidence stays a file alone.
    """
    inside = [part for part in mail.leaves if part.media_type in ("message/rfc822", "message/global")]
    if len(inside) != 1:
        return None
    try:
        found = read_mail(mail.content(inside[0]), limits, library=mail.library)
    except PayloadError:  # no mail, or one beyond the limits: the file is kept
        return None
    title = clean(decode_words(found.top.first("subject")), _SUBJECT_LIMIT)
    if above.strip() and not FORWARD_SUBJECT.match(subject) and not same_subject(title, subject):
        return None
    words, _ = body_text(found, limits)
    return Forwarded(above, found.top.first("from"), title, words)

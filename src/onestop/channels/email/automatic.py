"""
Mail that no person wrote.

A person's mail that is taken for a machine's is not answered, which weighs far more than an automatic answer that a
person must look at. So one sign is enough only where its standard or its maker says that it means just this.
"""

from __future__ import annotations

import re

from onestop.channels.email.bounces import is_daemon
from onestop.channels.email.headers import Header

__all__ = ["is_auto_reply"]

# Fields that only programs which answer write: cPanel, Plesk, Exim's and Zimbra's vacation, qmail's autorespond.
_SIGN_FIELDS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from", "x-mail-autoreply")

# Subjects of out-of-office answers, as mail programs in the languages of our citizens write them; a person may write
# one of them, so that another sign must be there.
_SUBJECT = re.compile(
    r"(?:auto(?:matic|mated|matisk|matische|mática|matica)?[\s:\-]*(?:re(?:ply|sponse|spons)|antwort|svar)\b"
    r"|out[\s\-]of[\s\-](?:the[\s\-])?office\b"
    r"|away from (?:my|the) (?:office|desk|mail)|on (?:annual )?leave\b|vacation\b"
    r"|ateb awtomatig|ymateb awtomatig|allan o'?r swyddfa|abwesenheit|réponse automatique|absence du bureau"
    r"|respuesta automática|fuera de la oficina|risposta automatica|resposta automática|odpowiedź automatyczna"
    r"|autoodpowiedź|răspuns automat|automatisch antwoord|afwezig)",
    re.IGNORECASE,
)


def is_auto_reply(header: Header, subject: str) -> bool:
    """
    Say whether a program answered for its owner (RFC 3834), or wrote by itself.

    X-Auto-Response-Suppress alone is no sign: it asks not to be answered by programs, and people's mail carries it.
    """
    submitted = header.get("auto-submitted", [""])[0].partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if any(header.get(name, [""])[0].strip().lower() not in ("", "no", "false") for name in _SIGN_FIELDS):
        return True
    precedence = header.get("precedence", [""])[0].strip().lower().replace("-", "_")
    if precedence == "auto_reply" or is_daemon(header):
        return True
    if not _SUBJECT.match(subject):
        return False
    return (
        "x-auto-response-suppress" in header
        or precedence in ("bulk", "junk")
        or header.get("return-path", [""])[0].strip() == "<>"
        or header.get("x-precedence", [""])[0].strip().lower() in ("auto_reply", "bulk", "junk")
    )

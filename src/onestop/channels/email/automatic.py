"""
Mail that no person wrote.

A person's mail that is taken for a machine's is not answered, which weighs far more than an automatic answer that a
person must look at. So one sign is enough only where its standard or its maker says that it means just this.
"""

from __future__ import annotations

import re

from onestop.channels.email.addresses import read_mailboxes
from onestop.channels.email.bounces import is_daemon
from onestop.channels.email.headers import Header

__all__ = ["is_auto_reply"]

# Fields of programs that answer for their owner, from before RFC 3834; no other program writes them.
_SIGN_FIELDS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-fc-machinegenerated",
)

# What mail programs put before the subject of what they answer, in the languages of our citizens. A person's answer to
# such a mail begins with "Re:".
_PREFIX = re.compile(
    r"(?:auto(?:matic|mated|matisch[es]*|matisk|mática|matica|mat)?[\s\-]*(?:re(?:ply|sponse)|answer|antwort|svar)"
    r"|out of (?:the )?office(?: auto-?(?:reply|matic reply))?|ateb awtomatig|ymateb awtomatig|allan o'?r swyddfa"
    r"|(?:automatische|abwesenheits)(?:antwort|notiz|benachrichtigung|mitteilung)|abwesend|réponse automatique"
    r"|absence du bureau|respuesta automática|fuera de la oficina|risposta automatica|resposta automática"
    r"|odpowiedź automatyczna|autoodpowiedź|răspuns automat|automatisch antwoord|afwezig|automatické odpověď)\s*:",
    re.IGNORECASE,
)
# What people choose as the subject of such an answer, and of other mails too.
_PHRASE = re.compile(
    r"(?:i am |i'm )?(?:out of (?:the )?office|away from (?:my|the) (?:office|desk|mail)|on (?:annual )?leave|vacation"
    r"|on holiday|auto-?reply|autoresponse)"
    r"(?:\s*(?:[:!.(\-–]|re\b|until\b|till\b|from\b|message\b|notification\b|reply\b|alert\b)|\s*\Z)",
    re.IGNORECASE,
)


_SUBMITTED = re.compile(r"\s*([a-z\-]+)")


def _is_form(header: Header) -> bool:
    """Say whether a program sends what a person filled in: answers go to somebody else than it writes as."""
    answered, _ = read_mailboxes(header.get("reply-to", ()), 1)
    writes, _ = read_mailboxes(header.get("from", ()), 1)
    return bool(answered and writes) and answered[0][1].key != writes[0][1].key


def is_auto_reply(header: Header, subject: str) -> bool:
    """
    Say whether a program answered for its owner (RFC 3834), or wrote by itself.

    X-Auto-Response-Suppress alone is no sign: it asks not to be answered by programs, and people's mail carries it.
    """
    submitted = _SUBMITTED.match(header.get("auto-submitted", [""])[0].lower())
    if submitted and submitted[1] != "no" and not (submitted[1] == "auto-generated" and _is_form(header)):
        return True
    if any(header.get(name, [""])[0].strip().lower() not in ("", "no", "false") for name in _SIGN_FIELDS):
        return True
    precedence = header.get("precedence", [""])[0].strip().lower().replace("-", "_")
    if precedence == "auto_reply" or is_daemon(header):
        return True
    if header.get("return-path", [""])[0].strip() == "<>" or precedence in ("bulk", "junk"):
        return bool(_PREFIX.match(subject) or _PHRASE.match(subject))
    return "x-auto-response-suppress" in header and _PREFIX.match(subject) is not None

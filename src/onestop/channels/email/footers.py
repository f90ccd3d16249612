"""
What stands at the end of a mail, or above it, and is not what its writer says: the marks of telephones, a dash and a
name, the lawyers' paragraphs, and the warning that a council's own server puts on top of mail from outside.

A legal paragraph is told by what such paragraphs do (they say what the message is, whom it is for, and what others must
do), three things of a different kind at least: a citizen who writes of a confidential letter says one or two.
"""

from __future__ import annotations

import re

from onestop.channels.email.reply_words import MOBILE, MOBILE_ELSEWHERE

__all__ = ["RULE", "ends_mail", "is_banner", "is_legal", "is_mobile", "is_sign_off"]

RULE = re.compile(r"[\s*]*[-_=—–*]{5,}[\s*]*\Z")
_LINK = re.compile(r"\s*[<(\[]+(?:https?|mailto)[^\s<>]*[>)\]]+")
_MOBILE_LENGTH = 200

# "/Jo", "-Jo Bloggs", "~Jo": not "- Bins", which is one of a list, and not "--".
_SIGN_OFF = re.compile(r"[-–—~/](?![-–—~/])[^\W\d_a-z][^\W\d_]*(?:[ '\-][^\W\d_a-z][^\W\d_]*\.?){0,2}\Z")

_LEGAL_LENGTH = 80  # characters: shorter is no lawyer's

# What the paragraphs of lawyers say, by kind; in the languages whose organisations write to councils.
_LEGAL = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:this|the|any|and its) (?:e-?mail|message|communication|transmission|attachment)|(?:e-bost|neges) hwn"
        r"|(?:ce|cet) (?:message|courriel|e-?mail)|diese (?:e-?mail|nachricht)|este (?:mensaje|correo|e-?mail|mensagem)"
        r"|(?:ta|niniejsza) wiadomość|acest (?:mesaj|e-?mail)|dit (?:bericht|e-?mail)|questo messaggio",
        r"confidential|privileged|cyfrinachol|confidentiel|vertraulich|confidencial|poufn|confidențial|vertrouwelijk"
        r"|riservat",
        r"intended (?:only |solely |exclusively )?(?:for|recipient)|addressee|named above|bwriadu|a fwriadwyd"
        r"|destinataire|bestimmt|empfänger|destinatari|adresat|geadresseerde|(?:solely|only) for the (?:use|person)",
        r"in error|by mistake|not the (?:intended|named)|drwy gamgymeriad|par erreur|irrtümlich|por error|por erro"
        r"|przez pomyłkę|omyłkowo|din eroare|per errore|abusievelijk",
        r"delete|destroy|notify (?:us|the sender)|inform the sender|contact the sender|dileu|dileër|détruire|supprimer"
        r"|löschen|vernichten|elimin|apag|usun|ștergeți|verwijder|cancellar",
        r"disclos|copying|distribut|unauthori[sz]ed|prohibited|unlawful|datgelu|diffusion|weitergabe|divulga|rozpowszech",
        r"virus|malware|accept no (?:liability|responsibility)|no liability|feirws|firws|monitored|haftung",
        r"views|opinions|do not necessarily|safbwynt",
        r"registered (?:in|office|number|charity)|company (?:no|number|registration)|vat (?:no|reg)|cofrestredig",
    )
)
# One of these is in every such paragraph; looking for it first keeps the search away from people's own words.
_STEMS = (
    "confiden",
    "privileg",
    "cyfrinach",
    "vertraulich",
    "vertrouwelijk",
    "poufn",
    "riservat",
    "intended",
    "disclos",
    "virus",
    "firws",
    "feirws",
    "destinat",
    "addressee",
    "bestimmt",
    "adresat",
    "registered",
    "in error",
    "views",
)
_GREEN = re.compile(r"(?:please )?(?:consider|think of|think about) the environment|ystyriwch yr amgylchedd")
_BANNER = re.compile(
    r"\W{0,4}(?:(?:caution|warning|external(?: e-?mail| sender)?|rhybudd|allanol|important|attention)\b.{0,40})?"
    r"(?:this|the|daeth yr) (?:e-?mail|message|e-bost) (?:hwn )?(?:has )?(?:originated|originates|was sent|came|comes"
    r"|is|o'r tu allan)(?: \w+){0,2} (?:outside|external|an external|someone outside|i'r)"
)
_BANNER_LENGTH = 600


def is_mobile(line: str) -> bool:
    """Say whether a line is a telephone's own."""
    if len(line) >= _MOBILE_LENGTH:
        return False
    bare = _LINK.sub("", line).strip("*_[]() .").casefold()
    if MOBILE.match(bare):
        return True
    return not bare.isascii() and MOBILE_ELSEWHERE.match(bare) is not None and _mostly_foreign(bare)


def _mostly_foreign(text: str) -> bool:
    """Say whether the letters that are no maker's name are of another script than the Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter > "ʯ" for letter in letters) * 3 > len(letters)


def is_sign_off(line: str) -> bool:
    """Say whether a line is a dash, or a stroke as in Sweden, and a name."""
    return _SIGN_OFF.match(line) is not None


def is_legal(paragraph: str) -> bool:
    """Say whether a paragraph is a lawyer's."""
    folded = paragraph.casefold()
    if len(paragraph) < _LEGAL_LENGTH:
        return _GREEN.search(folded) is not None
    if len(paragraph) < 2 * _LEGAL_LENGTH and _GREEN.search(folded):
        return True
    if not any(stem in folded for stem in _STEMS):
        return False
    return sum(kind.search(folded) is not None for kind in _LEGAL) >= 3


def is_banner(paragraph: str) -> bool:
    """Say whether the first paragraph of a mail is the receiving server's warning."""
    return len(paragraph) <= _BANNER_LENGTH and _BANNER.match(" ".join(paragraph.casefold().split())) is not None


def ends_mail(line: str) -> bool:
    """Say whether a line at the end of what was written is none of its writer's words."""
    return RULE.match(line) is not None or is_mobile(line)

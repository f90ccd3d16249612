"""The signed reply token: the proof, in an address or a subject, that a mail answers one of our cases."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from onestop.core.contact import Urn
from onestop.core.reference import read_token

__all__ = ["Keys", "find_token"]

_IN_SUBJECT = re.compile(r"\[([^\[\]\s]{12,60})\]")


class Keys(tuple[bytes, ...]):
    """The keys of reply tokens: the first signs, all of them prove. Never shown."""

    __slots__ = ()

    @classmethod
    def of(cls, given: str | bytes | Sequence[str | bytes] | None) -> Keys:
        """
        Give the keys as bytes.

        Raises:
            ValueError: a key is empty, which would let anybody sign.
        """
        several = () if given is None else (given,) if isinstance(given, str | bytes) else given
        keys = cls(key.encode() if isinstance(key, str) else key for key in several)
        if not all(keys):
            raise ValueError("a reply key has at least one byte")
        return keys

    def __repr__(self) -> str:
        return f"<{len(self)} keys>"


def find_token(written_to: Iterable[Urn], subject: str, keys: Keys) -> tuple[str | None, list[str]]:
    """
    Give the reference that is proved by a token in `anything+TOKEN@domain` or `[TOKEN]`, and defect codes.

    Tokens that prove two references prove none, since a mail to both would else be filed by the order of its addresses.
    """
    candidates = [urn.path.rpartition("@")[0].partition("+")[2] for urn in written_to if "+" in urn]
    if "[" in subject:
        candidates += _IN_SUBJECT.findall(subject)
    found = [token for text in candidates if (token := read_token(text, keys))]
    if not found:
        return None, []
    if not keys:
        return None, ["reply_token_unchecked"]
    defects = [] if all(token.proved for token in found) else ["reply_token_forged"]
    proved = {token.reference for token in found if token.proved}
    if len(proved) > 1:
        return None, [*defects, "reply_token_ambiguous"]
    return next(iter(proved), None), defects

"""What a mail server's codes say: of the mailbox, or of the message, of us, of the server."""

from __future__ import annotations

import re

__all__ = ["speaks_of_mailbox"]

# RFC 3463: 5.1.7 and 5.1.8 are the sender's address, 5.2.2 and 5.2.3 a mailbox that is full or takes no such size, 5.3
# to 5.7 the system, the network, the protocol, the content and the policy.
_OF_OTHERS = re.compile(r"5\.1\.[78]|5\.2\.[23]|5\.[3-7]\.\d{1,3}")


def speaks_of_mailbox(status: str | None) -> bool:
    """
    Say whether a permanent failure with this code (RFC 3463, RFC 5321) shows that the mailbox cannot be reached.

    One without a code does, or with a code of a server's own.

    >>> speaks_of_mailbox("5.1.1"), speaks_of_mailbox("5.2.2"), speaks_of_mailbox("5.7.1"), speaks_of_mailbox("550")
    (True, False, False, True)
    """
    return status is None or _OF_OTHERS.fullmatch(status) is None

"""How large, deep and manifold an e-mail may be before it is refused or cut."""

from __future__ import annotations

from onestop.core.model import Frozen

__all__ = ["Limits"]


class Limits(Frozen):
    """
    Limits of what is read. Beyond the first five an e-mail is refused (`LimitError`, so that it is kept as rejected);
    beyond the others it is read as far as they go, and a defect says so.

    They are far beyond what mail programs write. The reader's time is linear in the size for each level of nesting, so
    that `depth` is what bounds it.
    """

    size_bytes: int = 150 * 1024 * 1024  # of the whole e-mail: 100 MB of files, in base64
    header_bytes: int = 512 * 1024  # of the header of the e-mail, or of one part
    header_lines: int = 10_000
    parts: int = 1_000
    depth: int = 50  # multiparts inside each other
    recipients: int = 1_000  # kept of To and of Cc each
    references: int = 100  # kept of References: the first, and the last ones
    html_bytes: int = 4 * 1024 * 1024  # of HTML that is read for its words

"""
What we get right of real cases that other projects wrote, beside the libraries that do the same.

    python benchmarks/practice.py FOLDER [--misses] [--only replies] [--without-peers]

A peer is asked where it is installed: mail-parser-reply, email-reply-parser, mail-parser, flufl.bounce.

FOLDER holds a folder for each kind, with its cases as JSON lines. A peer that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from harness import table
from scores import OURS, Score, automated, hostile, phone, recipients, replies, signatures

INVENTED = Path(__file__).parent / "scores" / "invented"

Measure = Callable[[Path, bool], list[Score]]

# One line a folder: the function that scores it.
FOLDERS: dict[str, Measure] = {
    "recipients": recipients.measure,
    "replies": replies.measure,
    "automated": automated.measure,
    "hostile": hostile.measure,
    "signatures": signatures.measure,
    "phone": phone.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Cases right of N, for each folder of practice material.")
    parser.add_argument("folder", type=Path, nargs="?", default=INVENTED, help="left out: a few invented cases")
    parser.add_argument("--only", choices=FOLDERS, help="one folder alone")
    parser.add_argument("--misses", action="store_true", help="list the ids that we get wrong")
    parser.add_argument("--without-peers", action="store_true", help="do not look for other libraries")
    parser.add_argument("--quick", action="store_true", help="without peers: shows that it runs")
    options = parser.parse_args()
    peers = not (options.without_peers or options.quick)
    scores = [
        score
        for name, measure in FOLDERS.items()
        if options.only in (None, name) and (options.folder / name).is_dir()
        for score in measure(options.folder / name, peers)
    ]
    rows = [[each.what, f"{each.right} of {each.of}", f"{each.right / each.of:.0%}", each.program] for each in scores]
    print(table(["", "right", "share", "program"], rows))
    unscored = sorted(each.name for each in options.folder.iterdir() if each.is_dir() and each.name not in FOLDERS)
    if unscored and options.only is None:
        print(f"\nNot scored, as no adapter reads what is in them: {', '.join(unscored)}.")
    if options.misses:
        for each in scores:
            if each.program == OURS and each.misses:
                print(f"\n{each.what}:", *each.misses, sep="\n  ")


if __name__ == "__main__":
    main()

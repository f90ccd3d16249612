"""
Write the bank holidays that onestop ships from a copy of GOV.UK's.

    python tools/bank_holidays.py bank-holidays.json 2026-08-07

The file is what https://www.gov.uk/bank-holidays.json gives, the date that of the copy. Years are taken whole: bank
holidays are known until the end of the last year in which every division has all of its own.
"""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parents[1] / "src" / "onestop" / "policy" / "bank_holidays.json"
DIVISIONS = ("england-and-wales", "scotland", "northern-ireland")
FEWEST = 8  # bank holidays of a whole year in England and Wales, which has the fewest
ATTRIBUTION = "Contains public sector information licensed under the Open Government Licence v3.0. © Crown copyright."


def main() -> None:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description="Write the bank holidays that onestop ships.")
    parser.add_argument("source", type=Path, help="a copy of https://www.gov.uk/bank-holidays.json")
    parser.add_argument("as_of", type=date.fromisoformat, help="the date of the copy")
    given = parser.parse_args()
    shipped = shipped_form(json.loads(given.source.read_text("utf-8")), given.as_of)
    TARGET.write_text(json.dumps(shipped, ensure_ascii=False, indent=1) + "\n", "utf-8")


def shipped_form(feed: dict[str, Any], as_of: date) -> dict[str, Any]:
    """Give the feed as onestop keeps it: a name for each date of each division, with source and licence."""
    nations = {division: dict(map(_named, feed[division]["events"])) for division in DIVISIONS}
    years = [{year for year in _years(days) if _years(days).count(year) >= FEWEST} for days in nations.values()]
    last = max(set.intersection(*years))
    return {
        "source": "https://www.gov.uk/bank-holidays.json",
        "as_of": as_of.isoformat(),
        "licence": ATTRIBUTION,
        "known_until": f"{last}-12-31",
        "nations": nations,
    }


def _named(event: dict[str, Any]) -> tuple[str, str]:
    note = event["notes"]
    return event["date"], f"{event['title']} ({note[0].lower()}{note[1:]})" if note else event["title"]


def _years(days: dict[str, str]) -> list[int]:
    return [date.fromisoformat(day).year for day in days]


if __name__ == "__main__":
    main()

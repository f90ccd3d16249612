"""
A great many broken payloads for every adapter: nothing but an `OnestopError` comes out, and none takes long.

    python benchmarks/fuzz.py --inputs 1000000 [--only email] [--seed 7]

The payloads are the fixtures of tests/channels with bytes flipped, cut, doubled, put in, and mixed with each other; an
adapter meets its own fixtures mostly, and those of all others. The same seed gives the same payloads. What breaks an
adapter is printed as a fixture, ready to be kept.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from harness import table
from onestop import Raw
from onestop.channels import discover
from onestop.errors import OnestopError

FIXTURES = Path(__file__).parents[1] / "tests" / "channels"
LONG_S = 5.0  # a payload of these sizes that takes this long is a failure

# What formats are made of, and what their readers fell over.
TOKENS = [
    b"\x00", b"\r\n\r\n", b"\n", b"\r", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xae", b"%", b"%00", b"%ff", b"&", b"=",
    b";", b'"', b"\\", b"<", b">", b"{", b"}", b"[", b"]", b"null", b"-1", b"1e999", b"99999999999999999999", b"NaN",
    b"--", b"=?utf-8?q?=", b"Content-Type: multipart/mixed; boundary=", b"charset=", b"\\u0000", b"\\ud800", b"+", b"@",
    b"From: ", b"<?xml", b"<!DOCTYPE a [", b"\xf0\x9f\x8e\x89", "ŵ".encode(), b"0", b" " * 64, b"(" * 64, b">" * 64,
]  # fmt: skip


class Found(NamedTuple):
    """What a run over one adapter gave."""

    adapter: str
    inputs: int
    parsed: int
    refused: int
    slowest_s: float
    broken: list[str]  # fixtures, with what came out


def fixtures() -> dict[str, list[dict[str, Any]]]:
    """Give the requests of all fixtures by the adapter that they are for."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(FIXTURES.rglob("*.json")):
        fixture = json.loads(path.read_text("utf-8"))
        if not isinstance(fixture, dict) or "request" not in fixture:
            continue
        names = {each.get("adapter", "") for each in fixture.get("enquiries", []) if isinstance(each, dict)}
        for name in names or {""}:
            found.setdefault(name, []).append(fixture["request"])
    return found


def broken(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Give bytes with one to four things done to them."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.choice((1, 2, 8, 64, 512)))
        match rng.randrange(8):
            case 0 if out:
                out[at % len(out)] ^= 1 << rng.randrange(8)
            case 1:
                del out[at:end]
            case 2:
                out[at:at] = out[at:end] * rng.choice((1, 2, 50))
            case 3 | 4:
                out[at:at] = rng.choice(TOKENS)
            case 5:
                out[at:end] = rng.randbytes(end - at)
            case 6:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                out[at:end] = other[start : start + rng.choice((8, 64, 512))]
            case _:
                del out[at:]
    return bytes(out)


def payloads(name: str, known: Mapping[str, list[dict[str, Any]]], *, inputs: int, seed: int) -> Iterator[Raw]:
    """Give broken requests for an adapter: its own fixtures nine times of ten, else anybody's."""
    rng = random.Random(seed ^ zlib.crc32(name.encode()))
    everything = [Raw.from_fixture(request) for requests in known.values() for request in requests]
    own = [Raw.from_fixture(request) for request in known.get(name, []) + known.get("", [])] or everything
    bodies = [raw.body for raw in everything]
    for _ in range(inputs):
        raw = rng.choice(own if rng.random() < 0.9 else everything)
        changed: dict[str, Any] = {"body": broken(rng, raw.body, bodies)}
        if raw.headers and rng.random() < 0.1:
            field = rng.choice(sorted(raw.headers))
            value = broken(rng, raw.headers[field].encode(), bodies).decode("latin-1")
            changed["headers"] = type(raw.headers)({**raw.headers, field: value})
        if raw.url and rng.random() < 0.1:
            changed["url"] = broken(rng, raw.url.encode(), bodies).decode("latin-1")
        yield raw.model_copy(update=changed)


def fuzz(name: str, known: Mapping[str, list[dict[str, Any]]], *, inputs: int, seed: int) -> Found:
    """Give an adapter so many payloads."""
    adapter = discover()[name]()
    parsed, refused, slowest, failures = 0, 0, 0.0, []
    for raw in payloads(name, known, inputs=inputs, seed=seed):
        began = time.process_time()
        try:
            for each in adapter.parse(raw):
                each.model_dump_json()
            parsed += 1
        except OnestopError as error:
            adapter.acknowledge(error)
            refused += 1
        except Exception as error:  # noqa: BLE001  # what comes out is what is looked for
            failures.append(shown(raw, repr(error)))
        try:
            adapter.verify(raw)
        except OnestopError:
            pass
        except Exception as error:  # noqa: BLE001  # as above
            failures.append(shown(raw, f"verify: {error!r}"))
        took = time.process_time() - began
        slowest = max(slowest, took)
        if took > LONG_S:
            failures.append(shown(raw, f"{took:.1f} s"))
    return Found(name, inputs, parsed, refused, slowest, failures)


def shown(raw: Raw, why: str) -> str:
    """Give a payload as the fixture that would keep it, with what came out."""
    request = {"method": raw.method, "url": raw.url, "headers": dict(raw.headers)}
    request |= {"body_base64": base64.b64encode(raw.body).decode(), "received_at": raw.received_at.isoformat()}
    return json.dumps({"why": why, "request": request, "enquiries": []})


def main() -> None:
    parser = argparse.ArgumentParser(description="Broken payloads for every adapter.")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="for each adapter")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="one adapter alone")
    parser.add_argument("--quick", action="store_true", help="a few: shows that it runs")
    options = parser.parse_args()
    known = fixtures()
    names = [options.only] if options.only else sorted(discover())
    inputs = 50 if options.quick else options.inputs
    found = [fuzz(name, known, inputs=inputs, seed=options.seed) for name in names]
    rows = [
        [each.adapter, f"{each.inputs:,}", f"{each.parsed:,}", f"{each.refused:,}", f"{each.slowest_s * 1e3:.1f}",
         str(len(each.broken))]
        for each in found
    ]  # fmt: skip
    print(table(["adapter", "inputs", "parsed", "refused", "slowest, ms", "broken"], rows))
    for each in found:
        print(*each.broken[:20], sep="\n", end="\n" if each.broken else "")
    raise SystemExit(any(each.broken for each in found))


if __name__ == "__main__":
    main()

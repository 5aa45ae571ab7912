"""Malformed events for the ingress topics: every record it makes must end as one rejection, and cost little.

Deterministic by seed. Record values stay under the broker's limit of 1 MiB unless `BEYOND` is asked for by name.
"""

import json
import random
from collections.abc import Callable, Iterator
from itertools import cycle

from pydantic import JsonValue

from schemas.registry import dataschema
from schemas.reports import BREACH_REPORTED

Header = tuple[str, bytes]
Record = tuple[bytes | None, list[Header]]
Event = dict[str, JsonValue]

STRUCTURED: list[Header] = [("content-type", b"application/cloudevents+json")]
BEYOND: Record = (b'{"data": "' + b"x" * (1 << 20) + b'"}', STRUCTURED)
"""One record beyond the limit of 1 MiB; a broker refuses it, the gate must all the same."""

MUNICIPALITIES = ("161", "167", "530", "657", "707")


def good(rng: random.Random, number: int) -> Event:
    """Returns an event that follows the contract."""
    municipality = rng.choice(MUNICIPALITIES)
    return {
        "specversion": "1.0",
        "id": f"hostile-{number}-{rng.getrandbits(32):08x}x",
        "source": f"/forms/{municipality}/hostile-{number % 7}",
        "type": BREACH_REPORTED,
        "dataschema": dataschema(BREACH_REPORTED),
        "municipality": municipality,
        "data": {"report_channel": "staff_form", "circumstances": {"description": "Et brev gik til en forkert."}},
    }


def _bytes(event: Event) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()


def _truncated(rng: random.Random, event: Event) -> Record:
    whole = _bytes(event)
    return whole[: rng.randrange(1, len(whole) - 1)], STRUCTURED


def _wrong_type(rng: random.Random, event: Event) -> Record:
    name = rng.choice(["id", "source", "type", "dataschema", "municipality", "specversion", "data"])
    wrong: list[JsonValue] = [rng.randrange(10**6), rng.random() + 0.5, True, [], [1, "a"], "", " ", ["x"] * 5]
    return _bytes(event | {name: rng.choice(wrong)}), STRUCTURED


def _wrong_field(rng: random.Random, event: Event) -> Record:
    wrong: list[JsonValue] = [
        {"reporter": rng.randrange(100)},
        {"report_channel": f"pigeon-{rng.randrange(100)}"},
        {"discovered_at": "2026-11-20"},
        {"discovered_at": rng.randrange(10**9)},
        {"discovered_at": "2026-03-29T02:30:00"},
        {"discovered_at": "9999-12-31T23:59:59+00:00"},
        {"circumstances": {"data": [{"category": "cpr"}] * (101 + rng.randrange(20))}},
        {"circumstances": {"description": "x" * (8001 + rng.randrange(50))}},
        {"circumstances": {"subjects": {"count": {"number": -1 - rng.randrange(100)}}}},
        {"circumstances": {"records": {"number": 10 ** rng.randrange(9, 25)}}},
        {f"field-{rng.randrange(1000)}": "unknown"},
        {"place": {"unit": "afdeling " * (2 + rng.randrange(8))}},
        {"attachments": [{"sha256": "zz", "bytes": -1}]},
    ]
    return _bytes(event | {"data": rng.choice(wrong)}), STRUCTURED


def _missing(rng: random.Random, event: Event) -> Record:
    gone = rng.sample(sorted(event), k=rng.randrange(1, len(event)))
    return _bytes({name: value for name, value in event.items() if name not in gone}), STRUCTURED


def _encoding(rng: random.Random, event: Event) -> Record:
    event = event | {"data": {"circumstances": {"description": "Børn på Ærø"}}}
    encoding = rng.choice(["utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "cp500"])
    return _bytes(event).decode().encode(encoding, errors="replace"), STRUCTURED


def _noise(rng: random.Random, event: Event) -> Record:
    return rng.randbytes(rng.randrange(1, 2000)), rng.choice([[], STRUCTURED])


def _surrogate(rng: random.Random, event: Event) -> Record:
    half = f"\\ud{rng.choice('89ab')}{rng.randrange(256):02x}".encode()
    return _bytes(event).replace(b"Et brev", b"Et " + half + b" brev"), STRUCTURED


def _not_json(rng: random.Random, event: Event) -> Record:
    text = _bytes(event)
    number = str(rng.randrange(10**6)).encode()
    choices = [
        text.replace(b'"staff_form"', rng.choice([b"NaN", b"Infinity", b"-Infinity", b"1e999", b"01", b"0x1"])),
        text + text,
        text + b"," + number,
        b"// " + number + b"\n" + text,
        text.replace(b'"', b"'"),
        text[:-1] + b",}",
        text.replace(b'"staff_form"', b"9" * (31 + rng.randrange(5000))),
        b"<event><id>" + number + b"</id></event>",
        b"id=" + number + b"&type=breach",
    ]
    return rng.choice(choices), STRUCTURED


def _other_json(rng: random.Random, event: Event) -> Record:
    values: list[JsonValue] = [None, True, rng.randrange(10**6), f"text {rng.random()}", [], {}, {"a": rng.random()}]
    return json.dumps(rng.choice([*values, [event, event]])).encode(), rng.choice([[], STRUCTURED])


def _deep(rng: random.Random, event: Event) -> Record:
    depth = rng.choice([17, 50, 1000, 20_000, 100_000]) + rng.randrange(10)
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"}")])
    deep = opening * depth + b"1" + closing * depth
    return _bytes(event).replace(b'"staff_form"', deep if rng.random() < 0.7 else opening * depth), STRUCTURED


def _huge(rng: random.Random, event: Event) -> Record:
    size = rng.choice([20_000, 60_000, 150_000])
    filler = rng.choice([b"0," * (size // 2) + b"0", b'"' + b"x" * size + b'"', b'"a",' * (size // 4) + b'"b"'])
    return _bytes(event).replace(b'"staff_form"', b"[" + filler + b"]"), STRUCTURED


def _doubled(rng: random.Random, event: Event) -> Record:
    name = rng.choice(["id", "type", "municipality", "source", "data"])
    again = json.dumps(event[name]).encode()
    return _bytes(event)[:-1] + b", " + json.dumps(name).encode() + b": " + again + b"}", STRUCTURED


def _empty(rng: random.Random, event: Event) -> Record:
    headers = [("trace", str(rng.random()).encode())]
    return rng.choice([None, b"", b" " * rng.randrange(1, 9)]), rng.choice([headers, headers + STRUCTURED])


def _bare(rng: random.Random, event: Event) -> Record:
    data: Event = {"report_channel": "staff_form", "circumstances": {"description": f"uden kuvert {rng.random()}"}}
    return _bytes(data), []


def _wrong_headers(rng: random.Random, event: Event) -> Record:
    data = _bytes({"report_channel": "staff_form"})
    headers = [
        (f"ce_{name}", str(value).encode()) for name, value in event.items() if name not in ("data", "datacontenttype")
    ]
    spoilt: list[list[Header]] = [
        [("content-type", b"application/xml"), *headers],
        [("content-type", b"application/cloudevents+avro"), *headers],
        [("content-type", b"application/cloudevents-batch+json")],
        [*headers, headers[1]],
        [*headers[:1], *headers[2:]],
        [(name, b"\xff\xfe" + value) for name, value in headers],
        [(name.replace("_", "-"), value) for name, value in headers],
        [*headers, ("ce_color", b"red")],
        headers + [(f"x-{index}", b"y") for index in range(80)],
        [*headers, ("x-large", b"z" * 70_000)],
        [(name, b"") for name, _ in headers],
    ]
    return data, rng.choice(spoilt)


def _identifier(rng: random.Random, event: Event) -> Record:
    made_up = f"{rng.randrange(1, 29):02d}{rng.randrange(1, 13):02d}{rng.randrange(40, 99)}-{rng.randrange(4000):04d}"
    name = rng.choice(["id", "source", "correlationid"])
    return _bytes(event | {name: f"sag/{made_up}"}), STRUCTURED


def _wrong_kind(rng: random.Random, event: Event) -> Record:
    wrong: Event = rng.choice(
        [
            {"type": f"dk.brudvagt.unknown.{rng.randrange(1000)}"},
            {"type": "dk.brudvagt.act.acknowledge"},
            {"dataschema": dataschema(BREACH_REPORTED, f"19{rng.randrange(10, 99)}-01-01")},
            {"dataschema": dataschema("dk.brudvagt.mail.misdelivered")},
            {"specversion": f"0.{rng.randrange(1, 4)}"},
            {"municipality": f"{rng.randrange(1000, 9999)}"},
            {"subject": "a person"},
            {"data_base64": "e30="},
            {f"extension{rng.randrange(100)}": "1"},
        ]
    )
    return _bytes(event | wrong), STRUCTURED


KINDS: tuple[Callable[[random.Random, Event], Record], ...] = (
    _truncated, _wrong_type, _wrong_field, _missing, _encoding, _noise, _surrogate, _not_json, _other_json, _deep,
    _huge, _doubled, _empty, _bare, _wrong_headers, _identifier, _wrong_kind,
)  # fmt: skip


def malformed(seed: int, n: int) -> list[Record]:
    """Returns `n` distinct malformed records (value, headers), every kind in turn, the same for the same `seed`."""
    made: dict[tuple[bytes | None, tuple[Header, ...]], Record] = {}
    source = _endless(random.Random(seed))
    while len(made) < n:
        value, headers = next(source)
        made.setdefault((value, tuple(headers)), (value, list(headers)))
    return list(made.values())


def _endless(rng: random.Random) -> Iterator[Record]:
    for number, kind in enumerate(cycle(KINDS)):
        yield kind(rng, good(rng, number))

"""What happens in a world before the pipeline sees it: reports, repeats, noise and what people set out to do. Seeded."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

from pydantic import JsonValue

from pipeline.cases.identity import reference
from pipeline.foresight.world import Door
from schemas.reports import (
    BREACH_REPORTED,
    BREACH_REPORTED_BY_PROCESSOR,
    BREACH_SUPPLEMENTED,
    MAIL_MISDELIVERED,
)
from tests.simulation.acts import (
    EVERYDAY,
    HARD,
    Holders,
    Mix,
    acts_of_a_life,
    closes_again,
    event,
    odd_acts,
)
from tests.simulation.incident_acts import once_or_never, seen_through

EXAMPLES = Path(__file__).resolve().parents[2] / "schemas" / "examples"
MUNICIPALITIES = ("167", "657", "530", "707", "161")
WITHOUT_A_PLAN = "101"  # nobody there may act, so its cases ring to the end: in hard worlds only
HOUR = 3600.0
BEGINNINGS = (
    datetime(2026, 3, 31, 5, tzinfo=UTC),  # before Maundy Thursday; Easter Sunday is 5 April 2026
    datetime(2027, 3, 24, 6, tzinfo=UTC),  # Easter Sunday 28 March 2027 is also the day summer time begins
    datetime(2026, 3, 26, 6, tzinfo=UTC),  # summer time begins on 29 March 2026
    datetime(2026, 10, 22, 6, tzinfo=UTC),  # and ends on 25 October
    datetime(2026, 12, 29, 6, tzinfo=UTC),  # over New Year
    datetime(2027, 12, 30, 6, tzinfo=UTC),
    datetime(2028, 2, 26, 6, tzinfo=UTC),  # over a 29 February
    datetime(2026, 5, 12, 6, tzinfo=UTC),  # Ascension Day, 14 May 2026
)


@dataclass(frozen=True, slots=True)
class Input:
    """A record that arrives at `at` (true unix seconds), and the moments at which it says the controller was told."""

    at: float
    door: Door
    value: bytes
    claims: tuple[float, ...] = ()


@dataclass(slots=True)
class Lives:
    """Everything that will arrive, and where and when the world begins."""

    begins: float
    mix: Mix
    inputs: list[Input] = field(default_factory=list)

    @property
    def hard(self) -> bool:
        """Whether people here may be late, silent or wild."""
        return self.mix is HARD


def lives(rng: Random, holders: Holders) -> Lives:
    """Returns the inputs of one world: a handful of reports in several municipalities and what people do about them."""
    begins = rng.choice(BEGINNINGS).timestamp() + rng.uniform(-24, 60) * HOUR
    if rng.random() < 0.25:
        begins = datetime(2026, 1, 10, tzinfo=UTC).timestamp() + rng.uniform(0, 900 * 24) * HOUR
    world = Lives(begins, HARD if rng.random() < 1 / 8 else EVERYDAY)
    references: list[str] = []
    for number in range(rng.randint(3, 6) if world.hard else rng.randint(4, 16)):
        references += _incident(rng, world, holders, number, references)
    if rng.random() < 0.1:
        _noise(rng, world)
    world.inputs.sort(key=lambda one: one.at)
    return world


def _incident(rng: Random, world: Lives, holders: Holders, number: int, earlier: Sequence[str]) -> list[str]:
    at = world.begins + rng.uniform(0, 30) * HOUR
    kind = rng.choices((BREACH_REPORTED, MAIL_MISDELIVERED, BREACH_REPORTED_BY_PROCESSOR), (8, 6, 1))[0]
    known = (*MUNICIPALITIES, WITHOUT_A_PLAN) if world.hard else MUNICIPALITIES
    codes = [rng.choice(known)]
    data: dict[str, JsonValue] = {"circumstances": dict(rng.choice(_circumstances()))}
    if kind == BREACH_REPORTED_BY_PROCESSOR:
        codes = sorted(rng.sample(known, rng.randint(1, 3)))
        data |= {"processor_cvr": "12345678", "controllers": list(codes), "reporter": {"role": "processor"}}
    if kind == BREACH_REPORTED and rng.random() < 0.05:
        data["service_disrupted"] = "yes"
    correlation = f"incident-{rng.getrandbits(48):012x}"
    last_told = at
    for sender in range(rng.choices((1, 2, 3), (85, 12, 3))[0]):
        told = max(at + (0.0 if not sender else rng.uniform(-2, 40) * HOUR), world.begins)
        _report(rng, world, kind, data, codes[0], correlation, f"r{number}-{sender}", told)
        last_told = max(last_told, told)
    found = [reference(code, correlation) for code in codes]
    for case in found:
        signs = [at, last_told] if may_be_significant(data) else []
        news = last_told
        if rng.random() < 0.08:
            later = at + rng.uniform(1, 90) * HOUR
            news = max(news, later)
            body: dict[str, JsonValue] = {"reference": case, "circumstances": dict(rng.choice(_circumstances()))}
            value = event(BREACH_SUPPLEMENTED, f"s-{case}", "/forms/supplement", case[:3], body)
            world.inputs.append(Input(later, "reports", value))
            signs += [later] if may_be_significant(body) else []
        others = [one for one in earlier if one[:3] == case[:3]]
        for moment, value in acts_of_a_life(rng, case, at, holders, others, world.mix):
            world.inputs.append(Input(moment, "actions", value))
            if rng.random() < 0.05:
                world.inputs.append(Input(moment + rng.uniform(0, 5) * HOUR, "actions", value))
        if not world.hard and rng.random() < 0.25:
            for moment, value in odd_acts(rng, case, at, holders, others):
                world.inputs.append(Input(moment, "actions", value))
                news = max(news, moment)
        for moment, value in _about_nis2(rng, world, case, signs, holders):
            world.inputs.append(Input(moment, "actions", value))
            news = max(news, moment)
        if not world.hard and news > at:  # what is told later opens the case again; somebody looks, and closes it
            moment, value = closes_again(rng, case, news, holders)
            world.inputs.append(Input(moment, "actions", value))
    return found


def _about_nis2(
    rng: Random, world: Lives, case: str, signs: Sequence[float], holders: Holders
) -> list[tuple[float, bytes]]:
    """Returns what is done about NIS 2: in hard worlds at most one word, on other days an answer to every sign."""
    if world.hard:
        return once_or_never(rng, case, signs[0], holders) if signs else []
    return [act for at in sorted(set(signs)) for act in seen_through(rng, case, at, holders)]


def may_be_significant(data: Mapping[str, JsonValue]) -> bool:
    """Whether the report shows a sign of NIS 2, written out by hand."""
    circumstances = data.get("circumstances", {})
    assert isinstance(circumstances, dict)
    text = json.dumps(circumstances.get("incident_kinds"))
    signs = ("ransomware", "hacking", "vulnerability_exploited", "service_disruption")
    return data.get("service_disrupted") == "yes" or any(sign in text for sign in signs)


def _report(
    rng: Random,
    world: Lives,
    kind: str,
    data: Mapping[str, JsonValue],
    code: str,
    correlation: str,
    name: str,
    at: float,
) -> None:
    """Adds one sender's report: sometimes late from an outbox, with a claim of an earlier or a future time, or twice."""
    body, claims = dict(data), []
    role = rng.choice(("staff", "citizen", "finder", "system"))
    body.setdefault("reporter", {"role": role})
    own = kind != BREACH_REPORTED_BY_PROCESSOR and role in ("staff", "system")
    if rng.random() < 0.3:
        earlier = _whole(at - rng.uniform(-1, 20) * HOUR)
        body["discovered_at"] = _iso(earlier)
        claims += [earlier] if own else []
    if rng.random() < 0.15:
        earlier = _whole(at - rng.uniform(-0.5, 30) * HOUR)
        body["received_by_unit_at"] = _iso(earlier)
        claims.append(earlier)
    recorded = _whole(at - rng.choice((0.0, 0.0, rng.uniform(-0.2, 10))) * HOUR)
    claims.append(recorded)
    extra: dict[str, JsonValue] = {"correlationid": correlation, "recordedtime": _iso(recorded)}
    value = event(kind, name, f"/forms/{name}", code, body, extra)
    world.inputs.append(Input(at, "reports", value, tuple(claims)))
    if rng.random() < 0.2:
        world.inputs.append(Input(at + rng.uniform(0, 30) * HOUR, "reports", value, tuple(claims)))


def _noise(rng: Random, world: Lives) -> None:
    """Adds records that cannot be read, sometimes a burst of them from one producer."""
    start = world.begins + rng.uniform(0, 40) * HOUR
    for number in range(rng.choice((1, 1, 2, 9))):
        text = f'{{"specversion":"1.0","id":"n{number}-{rng.getrandbits(32)}","source":"/forms/torn",'
        text += f'"municipality":"{rng.choice((*MUNICIPALITIES, WITHOUT_A_PLAN))}","ty'
        value = rng.choice((text.encode(), text.encode(), b"\xff\xfe"))
        world.inputs.append(Input(start + number * rng.uniform(0, 600), "reports", value))


@cache
def _circumstances() -> tuple[dict[str, JsonValue], ...]:
    found = []
    for path in sorted(EXAMPLES.glob("m*.json")):
        found.append(json.loads(path.read_text(encoding="utf-8"))["data"].get("circumstances", {}))
    return tuple(found)


def _whole(at: float) -> float:
    return float(int(at))


def _iso(at: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).isoformat()

"""Adding facts to a case: set union, so that order and repetition do not matter, and a bound on its size.

Human acts are never trimmed. Of each kind of report and of machine fact 200 keep their body: of reports those with the
earliest signal, because an earlier one moves the clock; of rungs the latest due, because a series goes on from its
newest. Both are the k least of a union under a fixed order, so any order of adding agrees. Free text is shed before
bodies: severity never reads it, and the ingress topic keeps the original.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import orjson
from pydantic import JsonValue

from pipeline.clock.claims import moment, read_claims
from schemas.facts import MACHINE, REPORTS, Fact, FactKind

BODIES_KEPT = 200
IDS_KEPT = 1_000
"""Of trimmed facts so many ids a kind are remembered; a repeat of a forgotten one is trimmed again and changes nothing."""

TEXT_KEPT = 64 * 1024
"""Characters of long text that the reports of one kind may hold together."""

SHORT_TEXT, SHORT_LIST = 200, 20
SHED = "text_shed"
_REPORTS = frozenset(str(kind) for kind in REPORTS)
_MACHINE = frozenset(str(kind) for kind in MACHINE)
_HANGS_ON_OTHERS = {
    str(FactKind.REPORT_SUPPLEMENTED): "discovered_at",
    str(FactKind.CASE_ABSORB_REQUESTED): "signal_at",
}
"""Claims that count or not by what else the case holds: a fact that makes one keeps its body in any event."""

Trimmed = dict[str, tuple[str, ...]]
"""By kind, the ids of facts whose body is no longer kept. Rungs are not among them: nobody sends one again."""


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Returns facts by time, then id: the one order in which everything reads them."""
    return sorted(facts, key=lambda fact: (fact.recorded_at, fact.fact_id))


def union(facts: Iterable[Fact], trimmed: Trimmed, new: Iterable[Fact]) -> tuple[tuple[Fact, ...], Trimmed]:
    """Returns the facts with `new` among them, in order and each id once, and the ids that are known without a body."""
    by_id = {fact.fact_id: fact for fact in facts}
    gone = {kind: set(ids) for kind, ids in trimmed.items()}
    for fact in new:
        known = by_id.get(fact.fact_id)
        if known is None or _rank(fact) < _rank(known):
            by_id[fact.fact_id] = fact  # a repeat that tells of an earlier time: times only ever move back
    by_kind: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in by_id.values():
        by_kind[fact.kind].append(fact)
    kept: list[Fact] = []
    for kind, ones in by_kind.items():
        if len(ones) > BODIES_KEPT and kind == FactKind.RUNG_REACHED:
            ones = sorted(ones, key=_due)[-BODIES_KEPT:]
        elif kind in _REPORTS | _MACHINE and (len(ones) > BODIES_KEPT or kind in gone):
            ones = sorted(ones, key=_rank)
            seen = gone.setdefault(kind, set()) | {fact.fact_id for fact in ones}
            ones = ones[:BODIES_KEPT]
            gone[kind] = seen - {fact.fact_id for fact in ones}
        kept += lightened(ones) if kind in _REPORTS else ones
    return tuple(in_order(kept)), {kind: tuple(sorted(ids)[:IDS_KEPT]) for kind, ids in sorted(gone.items())}


def lightened(reports: Iterable[Fact]) -> list[Fact]:
    """Returns reports of one kind with their long texts only while TEXT_KEPT lasts, those with the earliest signal first.

    Whoever stands behind one that had to shed sheds too; so the cut depends on the set of reports and not on the order
    in which they came.
    """
    found, spent, over = [], 0, False
    for fact in sorted(reports, key=_rank):
        over = over or SHED in fact.flags
        if not over:
            spent += _long(fact.body)
            over = spent > TEXT_KEPT
        if over and SHED not in fact.flags:
            fact = fact.model_copy(update={"body": _shed(fact.body), "flags": (*fact.flags, SHED)})
        found.append(fact)
    return found


def _long(value: JsonValue) -> int:
    """Returns how many characters of `value` stand in long texts and long lists."""
    if isinstance(value, str):
        return len(value) if len(value) > SHORT_TEXT else 0
    if isinstance(value, list):
        return sum(map(_long, value)) + (len(orjson.dumps(value)) if len(value) > SHORT_LIST else 0)
    return sum(map(_long, value.values())) if isinstance(value, dict) else 0


def _shed(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {name: _short(value) for name, value in body.items() if not _is_long(value)}


def _short(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _shed(value)
    return [_short(one) for one in value if not _is_long(one)] if isinstance(value, list) else value


def _is_long(value: JsonValue) -> bool:
    if isinstance(value, str):
        return len(value) > SHORT_TEXT
    return isinstance(value, list) and len(value) > SHORT_LIST and not _is_data(value)


def _is_data(value: list[JsonValue]) -> bool:
    """Whether a list is of closed values, such as data categories: severity reads those, and they are short."""
    return all(not isinstance(one, dict) or "category" in one for one in value) and len(orjson.dumps(value)) < TEXT_KEPT


def _rank(fact: Fact) -> tuple[datetime, datetime, str, int, int, str]:
    """Returns the earliest signal that a fact gives, then what tells it, and copies of it, from all others."""
    signals = [fact.recorded_at, *(one.at for one in read_claims([fact]).signals)]
    if (at := moment(fact.body.get(_HANGS_ON_OTHERS.get(fact.kind, "")))) is not None:
        signals.append(at)
    stood = ("", 0, 0) if fact.origin is None else (fact.origin.topic, fact.origin.partition, fact.origin.offset)
    return min(signals), fact.recorded_at, *stood, fact.fact_id


def _due(fact: Fact) -> tuple[datetime, str]:
    """Returns when a rung was due, then its id."""
    return moment(fact.body.get("due_at")) or fact.recorded_at, fact.fact_id

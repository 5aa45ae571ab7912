"""The portfolio: open cases by municipality, risk and time left, kept up to date so that a scrape only has to count.

A row is read once, when its partition is opened or its change is committed, in a thread of its own: at 100,000 open
cases a scrape that read them all would hold up the clocks for two seconds.
"""

import re
import sys
import threading
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from queue import SimpleQueue
from typing import NamedTuple

import orjson
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from pipeline.clock.policy import Policy
from pipeline.exposition import Head, Ready, head
from pipeline.measure import Definition
from pipeline.metrics import BANDS, CASES_OPEN, NEAREST, RISKS, SILENCES_ACTIVE, UNJUDGED
from pipeline.routing.timing import silences
from pipeline.timebase import Clock
from schemas.case import CaseRecord
from schemas.facts import FactKind
from schemas.heartbeat import is_beat

_BOUNDS = [bound.total_seconds() for _, bound in BANDS if bound is not None]
_SILENCED = str(FactKind.ALERTS_SILENCED).encode()


_HEAD = re.compile(
    rb'\{"wake_at":[0-9.]+,"schema_version":"[^"]*","reference":"[^"]*","municipality":"([0-9]{3})","status":"open"'
    rb'(?:,"outcome":"([a-z_]+)")?,"clocks":(\[[^][]*\]),'
)
"""How the row of an open case begins, as far as it is counted: decoding the whole of it costs five times as much."""

_COUNTED = b',"municipality":"'


class Standing(NamedTuple):
    """What is counted of one open case; a tuple of plain values, which the garbage collector need not look into."""

    municipality: str
    risk: str
    deadline: float  # unix seconds of the shown clock
    silences: tuple[tuple[float, float], ...] = ()  # from, until
    head: int = 0  # hash of the bytes that all this was read from; 0 where the row had to be decoded


class Portfolio(Collector):
    """Follows casework's table; asked by Prometheus, it tells how the cases stand at that moment."""

    def __init__(self, clock: Clock, municipalities: Iterable[str], policy_of: Callable[[str], Policy]) -> None:
        """`municipalities` are zero until they have a case; `policy_of` returns a policy by its hash."""
        self._clock, self._policy_of = clock, policy_of
        self._codes = sorted(code for code in municipalities if not is_beat(code))
        self._lock = threading.Lock()
        self._rows: dict[int, dict[bytes, Standing]] = {}
        self._deadlines: dict[tuple[str, str], list[float]] = {}
        self._silenced: dict[bytes, Standing] = {}
        self._news: SimpleQueue[Callable[[], None]] = SimpleQueue()
        threading.Thread(target=self._work, name="portfolio", daemon=True).start()

    def opened(self, partition: int, table: Mapping[bytes, bytes]) -> None:
        """Takes in a partition's rows."""
        rows = iter(table.items())  # a picture of this moment, unpacked row by row in the thread
        self._news.put(lambda: self._replace(partition, rows))

    def closed(self, partition: int) -> None:
        """Forgets a partition's rows: another worker counts them now."""
        self._news.put(lambda: self._replace(partition, ()))

    def changed(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        """Takes in committed changes; None is a case that was erased."""
        if changes:
            self._news.put(lambda: self._change(partition, changes))

    def settle(self, budget_s: float) -> bool:
        """Waits until everything told so far is counted; returns whether it was in time."""
        done = threading.Event()
        self._news.put(done.set)
        return done.wait(budget_s)

    def collect(self) -> Iterable[Metric]:
        """Yields the gauges as the cases stand now."""
        now = self._clock.now()
        with self._lock:
            open_cases, nearest = self._open_cases(now), self._nearest()
            silenced = self._silences(now)
        return (open_cases, nearest, silenced)

    def _open_cases(self, now: float) -> Metric:
        rows, none = list[tuple[Head, float]](), list[float]()
        for code in sorted({*self._codes, *(code for code, _ in self._deadlines)}):
            for risk in RISKS:
                for name, number in zip(_BAND_NAMES, bands(self._deadlines.get((code, risk), none), now), strict=True):
                    rows.append((_head(CASES_OPEN, code, risk, name), number))
        return _family(CASES_OPEN, rows)

    def _nearest(self) -> Metric:
        nearest = dict[str, float]()
        for (code, _), deadlines in self._deadlines.items():
            if deadlines:
                nearest[code] = min(nearest.get(code, deadlines[0]), deadlines[0])
        return _family(NEAREST, [(_head(NEAREST, code), at) for code, at in sorted(nearest.items())])

    def _silences(self, now: float) -> Metric:
        counts = dict.fromkeys(self._codes, 0)
        for standing in self._silenced.values():
            active = any(starts <= now < ends for starts, ends in standing.silences)
            counts[standing.municipality] = counts.get(standing.municipality, 0) + active
        rows = [(_head(SILENCES_ACTIVE, code), number) for code, number in sorted(counts.items())]
        return _family(SILENCES_ACTIVE, rows)

    def _work(self) -> None:
        while True:
            self._news.get()()

    def _replace(self, partition: int, rows: Iterable[tuple[bytes, bytes]]) -> None:
        fresh = {key: found for key, value in rows if (found := self._read(key, value)) is not None}
        with self._lock:
            for key, standing in self._rows.pop(partition, {}).items():
                self._take_out(key, standing)
            self._rows[partition] = fresh
            for standing in fresh.values():
                self._deadlines.setdefault((standing.municipality, standing.risk), []).append(standing.deadline)
            for deadlines in self._deadlines.values():
                deadlines.sort()
            self._silenced.update({key: standing for key, standing in fresh.items() if standing.silences})

    def _change(self, partition: int, changes: Mapping[bytes, bytes | None]) -> None:
        known = self._rows.get(partition, {})  # this thread alone writes it
        moved = {key: value for key, value in changes.items() if not _same(known.get(key), value)}
        fresh = {key: None if value is None else self._read(key, value) for key, value in moved.items()}
        with self._lock:
            rows = self._rows.setdefault(partition, {})
            for key, standing in fresh.items():
                if (before := rows.get(key)) is not None:
                    if before == standing:
                        continue  # nothing that is counted
                    self._take_out(key, rows.pop(key))
                if standing is not None:
                    rows[key] = standing
                    insort(self._deadlines.setdefault((standing.municipality, standing.risk), []), standing.deadline)
                    if standing.silences:
                        self._silenced[key] = standing

    def _take_out(self, key: bytes, standing: Standing) -> None:
        deadlines = self._deadlines[standing.municipality, standing.risk]
        del deadlines[bisect_right(deadlines, standing.deadline) - 1]
        self._silenced.pop(key, None)

    def _read(self, key: bytes, value: bytes) -> Standing | None:
        """Returns what is counted of a row; None for what is no open case with a running clock."""
        if is_beat(key[:3].decode("ascii", "replace")):
            return None
        if (head := _HEAD.match(value)) is not None:
            code, risk, clocks = head[1].decode(), (head[2] or b"").decode(), orjson.loads(head[3])
            mark = _mark(value)
        else:
            case = orjson.loads(value)
            if case.get("status") != "open":
                return None
            code, risk, clocks, mark = case["municipality"], case.get("outcome"), case["clocks"], 0
        ends = [datetime.fromisoformat(one["deadline_at"]) for one in clocks if one.get("stopped_by") is None]
        if not ends:
            return None
        quiet = self._quiet(value, min(ends)) if _SILENCED in value else ()
        return Standing(sys.intern(code), sys.intern(risk or UNJUDGED), min(ends).timestamp(), quiet, mark)

    def _quiet(self, value: bytes, deadline: datetime) -> tuple[tuple[float, float], ...]:
        case = CaseRecord.model_validate_json(value)
        policy = self._policy_of(case.clocks[0].policy_hash)
        return tuple((start.timestamp(), end.timestamp()) for start, end in silences(case, deadline, policy))


def _mark(value: bytes) -> int:
    """Returns a hash of what is counted of a row, from the municipality to the end of the clocks; nothing there nests."""
    start = value.find(_COUNTED)
    return hash(value[start : value.find(b"]", start)])


def _same(before: Standing | None, value: bytes | None) -> bool:
    """Says whether only a rung was reached, as nearly always: then nothing that is counted has changed."""
    if before is None or value is None or before.silences or before.head != _mark(value):
        return False
    return _SILENCED not in value


_BAND_NAMES = tuple(name for name, _ in BANDS)
_LABELS = {one.name: tuple(label.name for label in one.labels) for one in (CASES_OPEN, NEAREST, SILENCES_ACTIVE)}


def bands(deadlines: Sequence[float], now: float) -> tuple[int, ...]:
    """Returns how many of the sorted `deadlines` lie in each band at `now`; a bound belongs to the shorter band."""
    if not deadlines:
        return (0,) * len(BANDS)
    up_to = [*(bisect_right(deadlines, now + bound) for bound in _BOUNDS), len(deadlines)]
    return tuple(above - below for below, above in zip([0, *up_to], up_to, strict=False))


def _head(definition: Definition, *values: str) -> Head:
    return head(definition.name, _LABELS[definition.name], values)


def _family(definition: Definition, rows: Sequence[tuple[Head, float]]) -> Metric:
    return Ready(definition.name, definition.says, definition.kind, rows)

"""Sees every commit, keeps what the end must be judged by, and asks the rules."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import orjson

from agents.routing import Watch
from pipeline.cases.catalogue import Catalogue
from pipeline.engine.record import Record
from pipeline.plans.plan import ContactPlan
from schemas.actions import Outcome
from schemas.alert import Alert, AlertKind
from schemas.case import CaseRecord, Status
from schemas.receipt import Receipt
from tests.simulation import alert_rules, case_rules, duty_rules
from tests.simulation.lives import Input
from tests.simulation.station import Done, Station
from tests.simulation.violation import require

_EAGERNESS = (0.1, 0.6, 0.9, 0.95)
_RESTS_S = 7200.0


class Ticking(NamedTuple):
    """One legal clock as it stood from a true time on."""

    at: float
    deadline_at: datetime | None
    running: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it stood from a true time on: what the last rules need of it."""

    at: float
    status: Status
    outcome: Outcome | None
    clocks: tuple[Ticking, ...]  # towards Datatilsynet, then under NIS 2 if the case carries that

    def clock(self, place: int) -> Ticking:
        """Returns a clock by its place; one that stands still if the case carries none there."""
        return self.clocks[place] if place < len(self.clocks) else Ticking(self.at, None, running=False)


class Witness:
    """What one world showed."""

    def __init__(self, plans: Mapping[str, ContactPlan], catalogue: Catalogue, begins: float, ends_at: float) -> None:
        self.plans, self.catalogue, self.begins, self.ends_at = plans, catalogue, begins, ends_at
        self.arrivals: dict[tuple[str, int, int], tuple[float, Input]] = {}
        self.receipts: dict[tuple[str, int, int], list[Receipt]] = defaultdict(list)
        self.history: dict[str, list[Seen]] = defaultdict(list)
        self.records: dict[str, CaseRecord] = {}
        self.alerts: dict[str, list[Alert]] = defaultdict(list)
        self.alert_ids: set[str] = set()
        self.outages: list[tuple[float, float]] = []
        self.tallies: set[bytes] = set()
        self.erased: set[str] = set()
        self.quiet_until: dict[str, float] = {}
        self.crashes = self.commits = 0

    @property
    def cases(self) -> int:
        """How many case-lives there were: cases that somebody reported."""
        return sum(1 for seen in self.history.values() if any(one.status is not Status.AWAITED for one in seen))

    def arrived(self, record: Record, one: Input) -> None:
        """Notes an ingress record."""
        key = (record.topic, record.partition, record.offset)
        self.arrivals[key] = (record.timestamp_ms / 1000, one)

    def outage(self, _name: str, _partition: int, start: float, end: float) -> None:
        """Notes that a station was down; nobody can be told meanwhile."""
        self.outages.append((start, end))

    def eagerness(self, alert: Alert, now: float) -> float:
        """Returns how likely the person acknowledges: a trait of the case; nobody does so twice within two hours."""
        key = f"{alert.reference} {alert.recipient}"
        if now < self.quiet_until.get(key, 0.0):
            return 0.0
        self.quiet_until[key] = now + _RESTS_S
        return _EAGERNESS[sum(str(alert.reference).encode()) % len(_EAGERNESS)]

    def committed(self, station: Station, done: Done, true_s: float) -> None:
        """Judges one commit of one station."""
        self.commits += 1
        clock_s = true_s + station.clock.skew_s
        for send in done.sends:
            if send.topic.endswith(".receipts"):
                receipt = Receipt.model_validate_json(send.value or b"")
                self.receipts[receipt.topic, receipt.partition, receipt.offset].append(receipt)
        if station.name == "casework":
            for key, value in done.changes.items():
                self._case(key, done.before[key], value, clock_s, true_s)
        if station.name == "routing":
            self._routing(done, clock_s, true_s)

    def _case(self, key: bytes, old: bytes | None, new: bytes | None, clock_s: float, true_s: float) -> None:
        reference = key.decode()
        if orjson.loads(new or old or b"{}").get("kind") == "producer":
            self.tallies.add(key)
            return
        if new is None:
            self.records.pop(reference, None)
            self.erased.add(reference)
            self.history[reference].append(Seen(true_s, Status.CLOSED, None, ()))
            return
        after = CaseRecord.model_validate_json(new)
        case_rules.judge(self.records.get(reference) if old else None, after, clock_s, true_s)
        if after.status is not Status.AWAITED:
            duty_rules.judge(after, true_s)
        self.records[reference] = after
        still_open = after.status is Status.OPEN
        clocks = (Ticking(true_s, one.deadline_at, still_open and one.stopped_by is None) for one in after.clocks)
        self.history[reference].append(Seen(true_s, after.status, after.outcome, tuple(clocks)))

    def _routing(self, done: Done, clock_s: float, true_s: float) -> None:
        sent = [Alert.model_validate_json(s.value or b"") for s in done.sends if s.topic.endswith(".alerts")]
        raised = [alert for alert in sent if alert.kind is not AlertKind.GONE]  # the word to forget reaches nobody
        alert_rules.judge_look(raised, true_s)
        for alert in raised:
            require(
                alert.alert_id not in self.alert_ids,
                "no alert is raised twice",
                f"{alert.reference} {alert.obligation}/{alert.rung} to {alert.recipient}",
                true_s,
            )
            self.alert_ids.add(alert.alert_id)
            alert_rules.judge(alert, true_s)
            if alert.reference is not None:
                self.alerts[alert.reference].append(alert)
        for key, value in done.changes.items():
            if value is None or key in self.tallies:
                continue
            old = done.before[key]
            before = None if old is None else Watch.model_validate_json(old)
            alert_rules.judge_watch(before, Watch.model_validate_json(value), clock_s, true_s)

"""Cases to test with: facts made short, and a desk that works them as casework does and keeps what comes out."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from pydantic import JsonValue

from pipeline.cases.casework import Change, work
from pipeline.cases.catalogue import Catalogue
from pipeline.cases.identity import case_digest, reference
from pipeline.cases.minting import derive
from schemas.actions import By
from schemas.case import CaseRecord, Demand, Obligation, ObligationName
from schemas.facts import Fact, FactKind, Origin
from schemas.receipt import IngressOutcome, Problem, Receipt
from schemas.values import Role

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
T0 = datetime(2026, 11, 20, 14, 45, tzinfo=UTC)
"""Friday 20 November 2026, 15:45 Danish time: the third of the worked vectors."""

DEADLINE = datetime(2026, 11, 23, 14, 45, tzinfo=UTC)
"""Monday 15:45: the weekend runs on."""

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CORRELATION = "sag-1"
REFERENCE = reference("657", CORRELATION)
OTHER = reference("657", "sag-2")

Body = dict[str, JsonValue]

HARMLESS: Body = {
    "circumstances": {
        "aspects": ["confidentiality"],
        "cause": "external_malicious",
        "malicious": "yes",
        "medium": "device",
        "data": [{"category": "name", "detail": "content"}],
        "identifiers": ["name"],
        "subjects": {"count": {"kind": "exact", "number": 3}, "minors": "no", "vulnerable": "no",
                     "protected_address": "no", "safety_at_stake": "no"},
        "exposure": "exposed", "published": "no", "integrity": "none", "availability": "none",
        "effect_on_people": "no", "protection": "intact", "key_safe": "yes", "restorable": "yes",
        "access_possible": "no", "use_excluded_by_logs": "yes",
        "recipient": {"kind": "thief", "relation": "none", "read": "no", "passed_on": "no"},
    }
}  # fmt: skip
"""A stolen tablet, encrypted, its key safe, with a backup: unlikely risk (EDPB 01/2021 case 10)."""

GRAVE: Body = {
    "circumstances": {
        "aspects": ["confidentiality"],
        "medium": "digital_post",
        "data": [{"category": "cpr", "detail": "content"}, {"category": "name", "detail": "content"},
                 {"category": "benefits", "detail": "content"}],
        "identifiers": ["cpr_and_name"],
        "exposure": "known_recipients",
        "subjects": {"protected_address": "no", "safety_at_stake": "no"},
        "recipient": {"kind": "citizen", "relation": "none", "opened": "yes", "read": "yes"},
    }
}  # fmt: skip
"""A decision on benefits with CPR to another citizen, who read it: high risk (Datatilsynet 2021-442-13805)."""

PROTECTED: Body = {
    "circumstances": {
        "medium": "digital_post",
        "data": [{"category": "protected_address", "detail": "content"}],
        "exposure": "known_recipients",
        "subjects": {"protected_address": "yes"},
        "recipient": {"kind": "citizen", "relation": "opposing_party", "read": "yes"},
    }
}
"""A protected address to the other party: very high, at once (Datatilsynet 2020-432-0037)."""

SENDER = By(role=Role.SENDER, local_id="form")
DPO = By(role=Role.DPO, local_id="dpo")
DECIDER = By(role=Role.DECISION_MAKER, local_id="direktion")
CASEWORKER = By(role=Role.CASEWORKER, local_id="sagsbehandling")
_numbers = itertools.count()


@cache
def catalogue() -> Catalogue:
    """Returns the shipped policies and rule sets."""
    return Catalogue.load(DEPLOY)


def fact(
    kind: FactKind,
    at: datetime,
    body: Body | None = None,
    *,
    by: By = SENDER,
    case_id: str = REFERENCE,
    source: str = "/forms/657/staff",
    event: str | None = None,
    form: datetime | None = None,
    answers: bool = True,
) -> Fact:
    """Returns one fact from outside, its id derived from source, event and body; a fresh event unless one is named."""
    number = next(_numbers)
    event = event or f"e{number}"
    body = body or {}
    reports = by.role is Role.SENDER
    return Fact(
        fact_id=derive(source, event, body, case_id),
        kind=kind,
        case_id=case_id,
        municipality=case_id[:3],
        occurred_at=at,
        recorded_at=at,
        by=by,
        sender=source if reports else f"{by.role}:{by.local_id}",
        body=body,
        event_type=str(kind),
        event_id=event,
        form_recorded_at=form,
        digest=case_digest("657", CORRELATION) if reports and case_id == REFERENCE else None,
        origin=Origin(topic="reports" if reports else "actions", partition=0, offset=number, answers=answers),
    )


def report(at: datetime = T0, body: Body | None = None, *, role: str = "staff", event: str | None = None) -> Fact:
    """Returns a breach report by the form of the staff."""
    return fact(FactKind.REPORT_RECEIVED, at, {"reporter": {"role": role}, **(body or {})}, event=event)


def misdelivery(at: datetime = T0, body: Body | None = None) -> Fact:
    """Returns a notice of misdelivered mail from a citizen."""
    return fact(FactKind.MISDELIVERY_RECEIVED, at, {"reporter": {"role": "citizen"}, **(body or GRAVE)})


def acknowledge(at: datetime) -> Fact:
    """Returns the DPO's acknowledgement."""
    return fact(FactKind.ALERT_ACKNOWLEDGED, at, by=DPO)


def advise(at: datetime, notify: str = "yes") -> Fact:
    """Returns the DPO's advice."""
    return fact(FactKind.DPO_ADVISED, at, {"notify_authority": notify}, by=DPO)


def decide(at: datetime, notify: str = "yes", **more: JsonValue) -> Fact:
    """Returns the controller's decision."""
    return fact(FactKind.CONTROLLER_DECIDED, at, {"notify_authority": notify, **more}, by=DECIDER)


def submit(at: datetime, kind: str = "initial", *, filed: datetime | None = None, **more: JsonValue) -> Fact:
    """Returns the statement that somebody filed with the authority, at `filed` if not now."""
    made = fact(FactKind.NOTIFICATION_SUBMITTED, at, {"kind": kind, **more}, by=DECIDER)
    return made.model_copy(update={"occurred_at": filed or at})


def close(at: datetime, closing: str = "done", *, case_id: str = REFERENCE, **more: JsonValue) -> Fact:
    """Returns the act of closing."""
    return fact(FactKind.CASE_CLOSED, at, {"closing": closing, **more}, by=DECIDER, case_id=case_id)


@dataclass(slots=True)
class Desk:
    """One case as casework holds it, and everything that came out. Every step must leave a wake-up ahead, or none."""

    record: CaseRecord | None = None
    receipts: list[Receipt] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    refused: list[tuple[Fact, Problem]] = field(default_factory=list)
    last: Change | None = None

    def take(self, *new: Fact, now: datetime | None = None) -> "Desk":
        """Works facts, at the latest of their times unless `now` is given."""
        now = now or max(one.recorded_at for one in new)
        change = work(self.record, new, now, catalogue())
        seen = max([now, *(one.recorded_at for one in new)])
        if change.record is not None and change.record.wake_at is not None:
            assert change.record.wake_at > seen.timestamp(), "a timer that is due at once would spin"
        self.last, self.record = change, change.record
        self.receipts += change.receipts
        self.facts += change.facts
        self.refused += change.refused
        return self

    def wake(self, now: datetime) -> "Desk":
        """Works the time alone, as after an outage."""
        return self.take(now=now)

    def live(self, until: datetime) -> "Desk":
        """Lets time pass: every timer at its time, up to and with `until`."""
        while self.record is not None and self.record.wake_at is not None and self.record.wake_at <= until.timestamp():
            self.wake(datetime.fromtimestamp(self.record.wake_at, UTC))
        return self

    def status(self) -> str:
        """Returns where the case stands, in the word of the record."""
        return str(self.case.status)

    @property
    def case(self) -> CaseRecord:
        """The record, which must be there."""
        assert self.record is not None
        return self.record

    def owed(self) -> list[str]:
        """Returns the names of what is owed, in the order of the acts."""
        return [str(one.name) for one in self.case.obligations if one.settled_by is None]

    def obligation(self, name: ObligationName) -> Obligation | None:
        """Returns one obligation, open or settled."""
        return next((one for one in self.case.obligations if one.name is name), None)

    def demand(self, clock: str = "gdpr33-dk") -> Demand:
        """Returns what is asked for now on that clock."""
        return next(one for one in self.case.demands if one.clock == clock)

    def deadline(self) -> datetime:
        """Returns the deadline towards the authority."""
        return self.case.clocks[0].deadline_at

    def rungs(self) -> list[tuple[str, datetime, datetime]]:
        """Returns name, due time and recording time of every rung recorded."""
        return [
            (str(one.body["rung"]), datetime.fromisoformat(str(one.body["due_at"])), one.recorded_at)
            for one in self.case.facts
            if one.kind == FactKind.RUNG_REACHED
        ]

    def outcomes(self) -> list[str]:
        """Returns the outcomes of the receipts given so far."""
        return [str(one.outcome) for one in self.receipts]


ACCEPTED, DUPLICATE, REJECTED = (str(one) for one in IngressOutcome)

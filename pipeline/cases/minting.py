"""How facts come to be: from an admitted event, from an unreadable record, or from the machine itself.

A `fact_id` is derived, never random: the same input gives the same fact, so that adding it twice adds it once.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import orjson
from pydantic import JsonValue

from schemas import actions, reports
from schemas.actions import By
from schemas.case import Rung
from schemas.envelope import Envelope
from schemas.facts import Fact, FactKind, Origin
from schemas.values import Role

MACHINE = By(role=Role.MACHINE, local_id="brudvagt")
SENDER = By(role=Role.SENDER, local_id="form")

_REPORT_KINDS = {
    reports.BREACH_REPORTED: FactKind.REPORT_RECEIVED,
    reports.BREACH_REPORTED_BY_PROCESSOR: FactKind.REPORT_RECEIVED,
    reports.MAIL_MISDELIVERED: FactKind.MISDELIVERY_RECEIVED,
    reports.BREACH_SUPPLEMENTED: FactKind.REPORT_SUPPLEMENTED,
}
_ACT_KINDS = {
    "acknowledge": FactKind.ALERT_ACKNOWLEDGED,
    "advise": FactKind.DPO_ADVISED,
    "decide": FactKind.CONTROLLER_DECIDED,
    "submit": FactKind.NOTIFICATION_SUBMITTED,
    "correct_awareness": FactKind.AWARENESS_CORRECTED,
    "confirm_recipient": FactKind.RECIPIENT_CONFIRMED,
    "inform_subjects": FactKind.SUBJECTS_INFORMED,
    "assess": FactKind.ASSESSMENT_STATED,
    "request_info": FactKind.INFO_REQUESTED,
    "forward": FactKind.CASE_FORWARDED,
    "contact_department": FactKind.DEPARTMENT_CONTACTED,
    "silence": FactKind.ALERTS_SILENCED,
    "choose_policy": FactKind.POLICY_CHOSEN,
    "incident": FactKind.INCIDENT_STATED,
    "link": FactKind.CASE_LINKED,
    "close": FactKind.CASE_CLOSED,
    "erase": FactKind.CASE_ERASED,
}
_TASK_KINDS = {"opened": FactKind.TASK_OPENED, "done": FactKind.TASK_DONE, "unanswered": FactKind.TASK_UNANSWERED}


def derive(*parts: JsonValue) -> str:
    """Returns 32 hex digits derived from `parts` by way of their canonical JSON."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def kind_of(event_type: str, body: dict[str, JsonValue]) -> FactKind:
    """Returns which kind of fact an admitted event becomes. Raises KeyError for a type outside the contract."""
    if event_type in _REPORT_KINDS:
        return _REPORT_KINDS[event_type]
    name = event_type.removeprefix(actions.PREFIX)
    if name == "task":
        return _TASK_KINDS[str(body.get("state", "done"))]
    return _ACT_KINDS[name]


def from_event(
    envelope: Envelope,
    body: dict[str, JsonValue],
    data_digest: str,
    *,
    case_id: str,
    by: By,
    received_at: datetime,
    digest: str | None = None,
    correlation: str | None = None,
    flags: tuple[str, ...] = (),
    origin: Origin | None = None,
) -> Fact:
    """Returns the fact that one admitted event is for one case.

    `received_at` is the broker's time, in UTC and on the shown clock. `occurred_at` becomes the act's own time if it
    gave one that is not in the future, else the time of receipt.
    """
    person = by.role is not Role.SENDER
    claimed = body.get("at")
    occurred = datetime.fromisoformat(claimed) if isinstance(claimed, str) else received_at
    return Fact(
        fact_id=derive(envelope.source, envelope.id, data_digest, case_id),
        kind=kind_of(envelope.type, body),
        case_id=case_id,
        municipality=case_id[:3],
        occurred_at=min(occurred, received_at),
        recorded_at=received_at,
        by=by,
        sender=f"{by.role}:{by.local_id}" if person else envelope.source,
        body=body,
        event_type=envelope.type,
        event_id=envelope.id,
        form_recorded_at=envelope.recordedtime,
        flags=flags,
        digest=digest,
        origin=origin,
        correlation=correlation,
    )


def unreadable(
    *,
    case_id: str,
    received_at: datetime,
    record_digest: str,
    producer: str,
    codes: tuple[str, ...],
    digest: str,
    origin: Origin,
) -> Fact:
    """Returns the fact that the municipality was told something that could not be read: its clock runs all the same."""
    return Fact(
        fact_id=derive("unreadable", case_id, record_digest),
        kind=FactKind.REPORT_UNREADABLE,
        case_id=case_id,
        municipality=case_id[:3],
        occurred_at=received_at,
        recorded_at=received_at,
        by=SENDER,
        sender=producer,
        body={"codes": list(codes), "record_digest": record_digest},
        digest=digest,
        origin=origin,
    )


def by_machine(
    kind: FactKind, *, case_id: str, at: datetime, identity: tuple[JsonValue, ...], body: dict[str, JsonValue]
) -> Fact:
    """Returns a fact that the pipeline itself adds; `identity` makes it this one and no other (a rung's due time)."""
    return Fact(
        fact_id=derive("machine", kind, case_id, *identity),
        kind=kind,
        case_id=case_id,
        municipality=case_id[:3],
        occurred_at=at,
        recorded_at=at,
        by=MACHINE,
        sender="brudvagt",
        body=body,
    )


class Moment(NamedTuple):
    """A moment as what is written at it needs it: unix microseconds, and the text of a JSON string."""

    at_us: int
    text: bytes


@lru_cache(maxsize=4)
def moment(at: datetime) -> Moment:
    """Returns the moment `at`, in UTC; all rungs of a batch are reached at the same."""
    return Moment(_unix_us(at), orjson.dumps(at, option=orjson.OPT_UTC_Z)[1:-1])


class RungFact(NamedTuple):
    """The fact that a rung was reached, written at once: by climbing in place nobody needs it as a `Fact`."""

    rung: str
    late_s: float
    encoded: bytes  # what the `encode` of `rung_reached` gives


class RungAhead(NamedTuple):
    """The same before anybody knows when it will be reached: the bytes between which that is written."""

    rung: str
    due_us: int
    late_from_us: int
    parts: tuple[bytes, bytes]

    def reached(self, now: Moment) -> RungFact:
        """Returns the fact of a rung reached `now`; a test holds it to the bytes of `rung_reached`."""
        late_s = late(self.late_from_us, now)
        head, body = self.parts
        encoded = b'%b%b","recorded_at":"%b%b%b},"flags":[]}' % (head, now.text, now.text, body, orjson.dumps(late_s))
        return RungFact(self.rung, late_s, encoded)


def rung_ahead(fact_id: str, case_id: str, opened_at: datetime, rung: Rung) -> RungAhead:
    """Returns the fact of a rung that will be reached; `fact_id` is its `rung_id`."""
    named = {"fact_id": fact_id, "kind": FactKind.RUNG_REACHED, "case_id": case_id,
             "municipality": case_id[:3]}  # fmt: skip
    body = {"by": _BY_MACHINE, "sender": "brudvagt",
            "body": {"clock": rung.clock, "rung": rung.name, "due_at": _due(rung)}}  # fmt: skip
    parts = (
        orjson.dumps(named)[:-1] + b',"occurred_at":"',
        b'",' + orjson.dumps(body)[1:-2] + b',"late_s":',
    )
    return RungAhead(rung.name, _unix_us(rung.due_at), late_from_us(rung.due_at, opened_at), parts)


def rung_reached(case_id: str, opened_at: datetime, rung: Rung, now: datetime) -> Fact:
    """Returns the fact that a rung of a case was reached `now`, with how late that is; before it opened nobody could."""
    due, late_s = _due(rung), late(late_from_us(rung.due_at, opened_at), moment(now))
    return by_machine(
        FactKind.RUNG_REACHED,
        case_id=case_id,
        at=now,
        identity=(rung.clock, rung.name, due),
        body={"clock": rung.clock, "rung": rung.name, "due_at": due, "late_s": late_s},
    )


def rung_id(case_id: str, rung: Rung) -> str:
    """Returns the id of that fact, which does not depend on when the rung was reached."""
    return derive("machine", FactKind.RUNG_REACHED, case_id, rung.clock, rung.name, _due(rung))


def late_from_us(due_at: datetime, opened_at: datetime) -> int:
    """Returns from when a rung counts as late, unix microseconds: before its case opened nobody could reach it."""
    return _unix_us(max(due_at, opened_at))


def late(from_us: int, now: Moment) -> float:
    """Returns how late it is `now`, in seconds to the millisecond."""
    return round(max(0, now.at_us - from_us) / 1_000_000, 3)


def _unix_us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _due(rung: Rung) -> str:
    return rung.due_at.astimezone(UTC).isoformat()


_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_BY_MACHINE = {"role": MACHINE.role, "local_id": MACHINE.local_id}

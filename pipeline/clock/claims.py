"""The times that reports claim: signals to the controller, discoveries by others, and those that cannot be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import JsonValue

from pipeline.clock.localtime import long_form
from schemas.facts import REPORTS, Fact, FactKind
from schemas.reports import BREACH_REPORTED_BY_PROCESSOR
from schemas.times import from_local
from schemas.values import ReporterRole

OWN = frozenset({ReporterRole.STAFF, ReporterRole.SYSTEM})
"""Reporters whose discovery is the controller's own: an employee, or its own detection."""

_TOLD = frozenset(str(kind) for kind in REPORTS)


class SignalKind(StrEnum):
    """How the controller got a signal."""

    BROKER = "broker"
    FORM = "form"
    CLAIMED_UNIT = "claimed_unit"
    STAFF_DISCOVERY = "staff_discovery"
    ABSORBED = "absorbed"


_IN_DANISH = {
    SignalKind.BROKER: "modtagelsen",
    SignalKind.FORM: "formularens tidspunkt",
    SignalKind.CLAIMED_UNIT: "den oplyste modtagelse i kommunen",
    SignalKind.STAFF_DISCOVERY: "medarbejderens opdagelse",
    SignalKind.ABSORBED: "den overtagne sags første tidspunkt",
}


@dataclass(frozen=True, slots=True)
class Signal:
    """A moment at which the controller was told, in UTC, with the fact that says so and when that was recorded."""

    fact_id: str
    at: datetime
    kind: SignalKind
    told_at: datetime

    def doubt(self, floor: datetime) -> str:
        """Returns the sentence, in Danish, that asks a person to look at a time that may be mistyped."""
        counted = f"; fristen regnes fra {long_form(floor)}, da reglen begyndte at gælde" if self.at < floor else ""
        return (
            f"{_IN_DANISH[self.kind].capitalize()} er oplyst til {long_form(self.at)}, længe før registreringen "
            f"{long_form(self.told_at)}. Tidspunktet tæller{counted}. Er det en tastefejl, kan en person rette det."
        )


@dataclass(frozen=True, slots=True)
class Claims:
    """What the reports of a case say about time."""

    signals: tuple[Signal, ...]
    broker: tuple[datetime, ...]  # when the municipality's system had each report
    by_others: tuple[datetime, ...]
    ignored: tuple[str, ...]


def read_claims(facts: Sequence[Fact]) -> Claims:
    """Returns the signals, others' discoveries and impossible times in `facts`; no broker time if nothing was reported.

    A request to absorb another case brings that case's first signal, and its broker time if the request holds one
    (`broker_at`). It counts from the request on, whatever is answered: earlier is the safe side.
    """
    signals: list[Signal] = []
    broker: list[datetime] = []
    others: list[datetime] = []
    ignored: list[str] = []
    reports = [fact for fact in facts if fact.kind in _TOLD]
    own_senders = {fact.sender for fact in reports if _is_own(fact)}
    for fact in reports:
        told_at = fact.recorded_at.astimezone(UTC)
        broker.append(told_at)
        signals.append(Signal(fact.fact_id, told_at, SignalKind.BROKER, told_at))
        for kind, at in _claimed(fact, own=fact.sender in own_senders):
            if at > told_at:
                ignored.append(
                    f"{_IN_DANISH[kind].capitalize() if kind else 'Andres opdagelse'} er oplyst til {long_form(at)}, "
                    f"efter registreringen {long_form(told_at)}, og tæller ikke."
                )
            elif kind is None:
                others.append(at)
            else:
                signals.append(Signal(fact.fact_id, at, kind, told_at))
    if reports:
        for fact in facts:
            first = moment(fact.body.get("signal_at")) if fact.kind == FactKind.CASE_ABSORB_REQUESTED else None
            if first is not None:
                signals.append(Signal(fact.fact_id, first, SignalKind.ABSORBED, fact.recorded_at.astimezone(UTC)))
                broker.append(moment(fact.body.get("broker_at")) or first)
    return Claims(tuple(signals), tuple(broker), tuple(others), tuple(ignored))


def moment(value: JsonValue) -> datetime | None:
    """Returns the time that a fact's body holds as text, in UTC; None if there is none or it cannot be read."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value)
        return from_local(at) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _claimed(fact: Fact, *, own: bool) -> Iterable[tuple[SignalKind | None, datetime]]:
    """Yields every time a report claims with the kind of signal it is; None for the discovery of somebody else."""
    if fact.form_recorded_at is not None:
        yield SignalKind.FORM, fact.form_recorded_at.astimezone(UTC)
    if (at := moment(fact.body.get("received_by_unit_at"))) is not None:
        yield SignalKind.CLAIMED_UNIT, at
    if (at := moment(fact.body.get("discovered_at"))) is not None:
        supplement = fact.kind == FactKind.REPORT_SUPPLEMENTED
        yield (SignalKind.STAFF_DISCOVERY if _is_own(fact) or (supplement and own) else None), at
    if (at := moment(fact.body.get("processor_aware_at"))) is not None:
        yield None, at


def _is_own(fact: Fact) -> bool:
    """Says whether the reporter belongs to the controller; a processor's staff never does, whatever its notice says."""
    reporter = fact.body.get("reporter")
    return (
        fact.event_type != BREACH_REPORTED_BY_PROCESSOR and isinstance(reporter, dict) and reporter.get("role") in OWN
    )

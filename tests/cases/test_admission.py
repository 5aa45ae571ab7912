"""From an event to facts on cases: which case, whose fact, since when; and the case that a refused report opens."""

import json
from collections.abc import Mapping
from dataclasses import replace

from pydantic import JsonValue

from pipeline.cases.admission import At, facts_of, rejected_report
from pipeline.cases.identity import case_digest, correlation_digest, reference
from pipeline.gate.gate import Admitted, Refused, admit
from pipeline.plans.plan import ContactPlan
from schemas.facts import Fact, FactKind
from schemas.receipt import Problem
from tests.cases.scene import DAY, HOUR, T0, Body, Desk
from tests.gate.events import STRUCTURED, event
from tests.routing.scene import plan

AT = At(topic="brudvagt.reports", partition=2, offset=7, received_at=T0)
PLANS: Mapping[str, ContactPlan] = {code: plan(code) for code in ("000", "657", "161", "530", "707", "167")}
PROCESSOR = "dk.brudvagt.breach.reported_by_processor"
SUPPLEMENT = "dk.brudvagt.breach.supplemented"
DIGEST = "d" * 64


def admitted(*args: JsonValue, **changes: JsonValue) -> Admitted:
    """Returns an admitted report or act."""
    made = event(*args, **changes)  # type: ignore[arg-type]
    value = json.dumps(made).encode()
    is_act = ".act." in str(made["type"])
    verdict = admit(value, STRUCTURED, accepts="actions") if is_act else admit(value, STRUCTURED, accepts="reports")
    assert isinstance(verdict, Admitted), verdict
    return verdict


def taken(verdict: Admitted, at: At = AT) -> tuple[Fact, ...]:
    """Returns the facts of an event that must be taken."""
    facts = facts_of(verdict, at, PLANS)
    assert not isinstance(facts, Problem), facts
    return facts


def problem(verdict: Admitted) -> tuple[str, str]:
    """Returns code and path of why an event is refused after all."""
    found = facts_of(verdict, AT, PLANS)
    assert isinstance(found, Problem)
    return found.code, found.path


def act(name: str, ref: str, by: Body, **body: JsonValue) -> Admitted:
    """Returns an act on a case by its reference."""
    data: Body = {"reference": ref, "by": by, **body}
    return admitted(f"dk.brudvagt.act.{name}", data, municipality=ref[:3])


DPO: Body = {"role": "dpo", "local_id": "dpo"}


def test_the_correlation_names_the_case() -> None:
    """Two forms that give one correlation tell of one case; without it, source and id name it."""
    (one,) = taken(admitted(correlationid="KMD-7"))
    (two,) = taken(admitted(id="other", source="/forms/657/citizen", correlationid="KMD-7"))
    assert one.case_id == two.case_id == reference("657", "KMD-7")
    assert one.digest == case_digest("657", "KMD-7")
    assert one.correlation == correlation_digest("KMD-7")
    (alone,) = taken(admitted(id="e-9"))
    assert alone.case_id == reference("657", "/forms/657/staff#e-9")


def test_a_processors_fault_makes_a_case_in_each_municipality() -> None:
    """One event, five municipalities: five cases, five clocks from receipt, one shared correlation, one answer."""
    codes: list[JsonValue] = ["657", "161", "530", "707", "167", "161"]
    facts = taken(admitted(PROCESSOR, {"processor_cvr": "12345678", "controllers": codes}, correlationid="KOMBIT-1"))
    assert {one.case_id for one in facts} == {reference(str(code), "KOMBIT-1") for code in codes}
    assert len(facts) == 5
    assert {one.correlation for one in facts} == {correlation_digest("KOMBIT-1")}
    assert [one.origin.answers for one in facts if one.origin] == [True, False, False, False, False]
    desks = [Desk().take(one) for one in facts]
    assert {desk.deadline() for desk in desks} == {T0 + 72 * HOUR}
    (receipt,) = [one for desk in desks for one in desk.receipts]
    assert set(receipt.references) == {one.case_id for one in facts}


def test_the_same_event_gives_the_same_fact_and_other_data_another() -> None:
    """The id is derived from source, id and data: never random."""
    (one,), (same,) = taken(admitted()), taken(admitted(), replace(AT, offset=9))
    assert one.fact_id == same.fact_id
    (other,) = taken(admitted("dk.brudvagt.breach.reported", {"reporter": {"role": "staff"}}))
    assert other.fact_id != one.fact_id
    (elsewhere,) = taken(admitted(source="/forms/657/citizen"))
    assert elsewhere.fact_id != one.fact_id


def test_a_supplement_finds_its_case_by_reference_or_by_correlation() -> None:
    """The reference may be another correlation's; its check character is looked at."""
    ref = reference("657", "KMD-7")
    (by_reference,) = taken(admitted(SUPPLEMENT, {"reference": ref}))
    (by_correlation,) = taken(admitted(SUPPLEMENT, {}, correlationid="KMD-7"))
    assert by_reference.case_id == by_correlation.case_id == ref
    assert by_reference.kind == FactKind.REPORT_SUPPLEMENTED


def mistyped(ref: str) -> str:
    """Returns the reference with one letter of its body wrong."""
    return ref[:5] + ("2" if ref[5] != "2" else "3") + ref[6:]


def test_a_mistyped_reference_is_refused() -> None:
    """Whether on an act or on a supplement: it would land on nobody's case."""
    wrong = mistyped(reference("657", "KMD-7"))
    assert problem(act("acknowledge", wrong, DPO)) == ("reference_invalid", "/data/reference")
    assert problem(admitted(SUPPLEMENT, {"reference": wrong})) == ("reference_invalid", "/data/reference")


def test_an_act_for_another_municipality_is_refused() -> None:
    """Herning's DPO has no say in Glostrup, even if both have somebody with that local id."""
    ref = reference("161", "KMD-7")
    verdict = act("acknowledge", ref, DPO)
    claimed = replace(verdict, envelope=verdict.envelope.model_copy(update={"municipality": "657"}))
    assert problem(claimed) == ("municipality_mismatch", "/data/reference")
    assert problem(verdict) == ("not_entitled", "/data/by/local_id")


def test_an_act_is_its_persons_fact() -> None:
    """Role and local id vouch for it, and it happened when that person says, if that is not in the future."""
    ref = reference("657", "KMD-7")
    (fact,) = taken(act("acknowledge", ref, DPO, at=(T0 - HOUR).isoformat()))
    assert (fact.sender, fact.by.role, fact.kind) == ("dpo:dpo", "dpo", FactKind.ALERT_ACKNOWLEDGED)
    assert (fact.occurred_at, fact.recorded_at) == (T0 - HOUR, T0)
    (ahead,) = taken(act("acknowledge", ref, DPO, at=(T0 + HOUR).isoformat()))
    assert ahead.occurred_at == T0


def refused(value: bytes) -> Refused:
    """Returns the verdict on something that must be refused."""
    verdict = admit(value, STRUCTURED, accepts="reports")
    assert isinstance(verdict, Refused)
    return verdict


def test_a_refused_report_opens_a_case_and_its_clock_runs() -> None:
    """The municipality has been told something, so somebody must look."""
    broken = json.dumps(event(data={"unknown_field": 1})).encode()
    desk = Desk().take(rejected_report(refused(broken), AT, DIGEST))
    assert desk.case.reference == reference("657", "/forms/657/staff#form-1")
    assert desk.case.kind == "unreadable"
    assert desk.deadline() == T0 + 72 * HOUR
    assert desk.case.outcome in ("risk", "high_risk"), "unlikely risk must be shown, not assumed"
    assert desk.receipts == [], "intake has answered already"


def test_an_illegible_report_goes_to_the_plan_of_last_resort_and_repeats_join() -> None:
    """Nothing can be read: the digest of the bytes names the case, tenant 000."""
    verdict = refused(b"\xff\xfe not json")
    one, again = rejected_report(verdict, AT, DIGEST), rejected_report(verdict, replace(AT, offset=9), DIGEST)
    other = rejected_report(verdict, AT, "e" * 64)
    assert one.municipality == "000"
    assert one.case_id == again.case_id != other.case_id
    assert one.fact_id == again.fact_id
    assert Desk().take(one).take(again).last is not None


def test_a_replay_joins_the_case_that_its_rejection_opened_and_keeps_the_time() -> None:
    """Mended a day later: the same case, the original time, no collision, and the deadline does not move."""
    fact = rejected_report(refused(b"\xff\xfe not json"), AT, DIGEST)
    desk = Desk().take(fact)
    where = At("brudvagt.replays", 0, 0, T0, reference=fact.case_id)
    verdict = admitted(municipality="000", correlationid="KMD-8")
    (replayed,) = taken(verdict, where)
    assert replayed.case_id == fact.case_id
    assert replayed.recorded_at == T0
    desk.take(replayed, now=T0 + DAY)
    assert desk.refused == []
    assert desk.outcomes() == ["accepted"]
    assert desk.deadline() == T0 + 72 * HOUR
    assert desk.case.kind == "breach"


def test_a_replay_that_names_another_municipality_opens_that_ones_case() -> None:
    """Mended, the report turns out to be Herning's: its clock is Herning's, from the original time."""
    fact = rejected_report(refused(b"\xff\xfe not json"), AT, DIGEST)
    where = At("brudvagt.replays", 0, 0, T0, reference=fact.case_id)
    (replayed,) = taken(admitted(correlationid="KMD-8"), where)
    assert replayed.case_id == reference("657", "KMD-8")
    assert Desk().take(replayed, now=T0 + DAY).deadline() == T0 + 72 * HOUR

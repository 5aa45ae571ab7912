"""Every ingress record has one outcome and one receipt; acts wait for their case, and only who may act does."""

import pytest

from schemas.case import Status
from schemas.facts import FactKind
from schemas.receipt import IngressOutcome
from tests.agents.events import DECIDES, DPO, LETTER, act, case, report
from tests.agents.quiet import until_quiet
from tests.agents.running import Running
from tests.agents.watch import Watch


async def test_the_same_event_twice_is_a_duplicate_and_other_data_under_its_id_is_a_further_fact(
    running: Running,
) -> None:
    """accepted, duplicate, accepted with the flag `id_reused`: one case with two facts, each record answered once."""
    ref = case("twice")
    once = report("twice", number="form-9")
    other = report("twice", {**LETTER, "report_channel": "phone"}, number="form-9")
    async with Watch(running) as watch:
        receipts = []
        for event in (once, once, other):  # one after the other: which of two simultaneous ones is first is open
            receipts += await watch.answers(*await running.report(event))
        assert [one.outcome for one in receipts] == ["accepted", "duplicate", "accepted"]
        assert [one.flags for one in receipts] == [(), (), ("id_reused",)]
        assert {one.references for one in receipts} == {(ref,)}
        told = [fact for fact in watch.cases[ref].facts if fact.kind == FactKind.REPORT_RECEIVED]
    assert len(told) == 2


async def test_a_rejected_report_opens_a_case_whose_clock_runs_and_says_why(running: Running) -> None:
    """The receipt has code and path, never the value; the case is in the municipality that was legible."""
    async with Watch(running) as watch:
        (position,) = await running.report(report("pigeon", {"report_channel": "pigeon-post"}))
        (receipt,) = await watch.answers(position)
        assert receipt.outcome is IngressOutcome.REJECTED
        assert receipt.references == (case("pigeon"),)
        assert [problem.path for problem in receipt.problems] == ["/data/report_channel"]
        assert "pigeon-post" not in receipt.model_dump_json()
        await watch.until(lambda: case("pigeon") in watch.cases)
        record = watch.cases[case("pigeon")]
    assert record.kind == "unreadable"
    assert record.clocks[0].stopped_by is None
    assert record.clocks[0].deadline_at.timestamp() - receipt.received_at.timestamp() == pytest.approx(72 * 3600)


async def test_only_who_may_act_does(running: Running) -> None:
    """The DPO advises, the controller decides: the other way round is `not_entitled`, as is a stranger."""
    ref = case("entitled")
    async with Watch(running) as watch:
        await watch.answers(*await running.report(report("entitled")))
        receipts = await watch.answers(
            *await running.act(
                act("acknowledge", ref, DPO),
                act("decide", ref, DPO, notify_authority="yes"),
                act("decide", ref, DECIDES, notify_authority="yes"),
                act("advise", ref, DECIDES, notify_authority="yes"),
                act("acknowledge", ref, "dpo:somebody-else"),
            )
        )
        await watch.until(lambda: len(watch.letters) >= 3)
    said = [(one.outcome, tuple((p.code, p.path) for p in one.problems)) for one in receipts]
    role, person = ("not_entitled", "/data/by/role"), ("not_entitled", "/data/by/local_id")
    assert said == [
        ("accepted", ()),
        ("rejected", (role,)),
        ("accepted", ()),
        ("rejected", (role,)),
        ("rejected", (person,)),
    ]
    assert all(not receipt.references for receipt in receipts if receipt.outcome == "rejected")


async def test_an_act_waits_for_the_report_of_its_case(running: Running) -> None:
    """Until then it has no receipt and the case is not shown; with the report both are accepted."""
    ref = case("act-first")
    async with Watch(running) as watch:
        (waiting,) = await running.act(act("acknowledge", ref))
        await watch.until(lambda: ref in watch.cases)
        assert watch.cases[ref].status is Status.AWAITED
        assert watch.cases[ref].clocks == ()
        assert watch.answered(waiting) == []
        assert watch.raised(ref) == []
        (told,) = await running.report(report("act-first"))
        receipts = await watch.answers(waiting, told)
        await watch.until(lambda: watch.cases[ref].status is Status.OPEN)
    assert [one.outcome for one in receipts] == ["accepted", "accepted"]
    assert watch.cases[ref].acknowledged_by == ("dpo",)


async def test_an_act_for_another_municipality_than_its_case_is_rejected(running: Running) -> None:
    """A DPO of Hvidovre cannot reach a case of Herning, whatever the event claims."""
    async with Watch(running) as watch:
        await watch.answers(*await running.report(report("foreign")))
        wrong = act("acknowledge", case("foreign"), municipality="167")
        (receipt,) = await watch.answers(*await running.act(wrong))
    assert receipt.outcome is IngressOutcome.REJECTED
    assert [(one.code, one.path) for one in receipt.problems] == [("municipality_mismatch", "/data/reference")]


async def test_a_mistyped_reference_is_rejected_by_its_check_character(running: Running) -> None:
    """No case is made up for it."""
    ref = case("mistyped")
    wrong = ref[:-1] + ("0" if ref[-1] != "0" else "1")
    async with Watch(running) as watch:
        (receipt,) = await watch.answers(*await running.act(act("acknowledge", wrong)))
    assert [(one.outcome, one.problems[0].path) for one in [receipt]] == [("rejected", "/data/reference")]
    assert wrong not in watch.cases


async def test_one_notice_for_several_municipalities_gets_one_receipt_that_names_each_case(running: Running) -> None:
    """A processor's fault that hits three makes three cases."""
    notice = (
        report("fault")
        .replace(b"breach.reported", b"breach.reported_by_processor")
        .replace(
            b'"report_channel": "self_service_form"',
            b'"processor_cvr": "12345678", "controllers": ["657", "167", "530"]',
        )
        .replace(b'"role": "finder"', b'"role": "processor"')
    )
    refs = {case("fault", code) for code in ("657", "167", "530")}
    async with Watch(running) as watch:
        (position,) = await running.report(notice)
        (receipt,) = await watch.answers(position)
        assert receipt.outcome is IngressOutcome.ACCEPTED, receipt.problems
        assert set(receipt.references) == refs
        await watch.until(lambda: refs <= watch.cases.keys())
        await until_quiet(running)
        await watch.until(lambda: all(watch.raised(ref) for ref in refs))
        assert len(watch.answered(position)) == 1


async def test_every_record_so_far_has_one_receipt(running: Running) -> None:
    """Counted over all of the above when nothing is left to do: as many receipts as records, none twice."""
    async with Watch(running) as watch:
        await running.report(report("last"))
        await until_quiet(running)
        ingress = (running.topics.reports, running.topics.actions, running.topics.replays)
        await watch.until(lambda: any(case("last") in receipt.references for receipt in watch.receipts))
        await watch.abreast()
        received = [(one.topic, one.partition, one.offset) for one in watch.everything if one.topic in ingress]
        answered = [(one.topic, one.partition, one.offset) for one in watch.receipts]
    assert sorted(received) == sorted(answered)
    assert sum(watch.outcomes().values()) == len(received)

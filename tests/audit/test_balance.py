"""Every ingress record has one outcome, and every report is in a case."""

from datetime import timedelta

import pytest

from pipeline.audit.audit import audit
from pipeline.audit.evidence import gather
from pipeline.audit.finding import Code
from pipeline.audit.receipts import balance
from pipeline.kafka.replays import Original, headers_of
from schemas.receipt import IngressOutcome
from tests.audit.scene import CASE, NOW, TOLD, TOPICS, Body, Parts, Scene, case, fact, iso, origin, receipt, story


def codes(scene: Scene) -> list[Code]:
    """Returns what the auditor finds in a scene."""
    return [finding.code for finding in audit(scene.snapshot()).findings]


def test_a_sound_story_gives_no_finding() -> None:
    """Nothing is found where everything fits, and the figures say in how much."""
    report = audit(story().snapshot())
    assert report.findings == ()
    assert report.figures.sentence == "received 1 = 1 accepted + 0 duplicate + 0 rejected + 0 in flight"
    assert (report.figures.cases, report.figures.open_cases, report.figures.alerts) == (1, 1, 1)
    assert report.figures.deliveries == {"sent": 1}


def test_empty_topics_give_no_finding() -> None:
    """A fresh installation is sound."""
    assert codes(Scene()) == []


def test_a_record_without_receipt_is_found() -> None:
    """Intake has read it, no fact waits, no receipt came: it is lost."""
    report = audit(story(Parts(receipt=None)).snapshot())
    assert [(one.code, one.where) for one in report.findings] == [(Code.UNANSWERED, "a.reports[0]@0")]


def test_a_record_that_intake_has_not_read_is_in_flight() -> None:
    """Behind intake's position nothing is owed yet; that it waits is said in its own right."""
    scene = story()
    scene.put(TOPICS.reports, {"id": "e-9"}, at=NOW - timedelta(hours=1))
    assert balance(gather(scene.snapshot())).in_flight == 1
    assert codes(scene) == [Code.INPUT_WAITS]


def test_a_record_whose_fact_waits_for_casework_is_in_flight() -> None:
    """The fact lies beyond casework's position: its receipt comes with the case."""
    scene = story()
    scene.put(TOPICS.reports, {"id": "e-9"})
    scene.all_read()
    scene.put(TOPICS.facts, fact(fact_id="b" * 32, origin=origin(offset=1)), at=NOW)
    found = balance(gather(scene.snapshot()))
    assert (found.received, found.in_flight, found.holds) == (2, 1, True)
    assert codes(scene) == []


def test_an_act_that_waits_for_its_report_is_in_flight() -> None:
    """Casework holds it for a day; its answer is not owed before."""
    scene = Scene()
    scene.put(TOPICS.actions, {"id": "e-2"})
    act = fact("dpo.advised", origin=origin(TOPICS.actions))
    held = case([act], status="awaited", kind="awaited", awareness=None, clocks=[], demands=[], obligations=[])
    scene.put(TOPICS.cases, held, key=CASE)
    scene.all_read()
    assert balance(gather(scene.snapshot())).in_flight == 1
    assert codes(scene) == []


def test_a_record_of_the_last_minutes_is_in_flight() -> None:
    """What has just come may be anywhere on its way."""
    scene = story()
    scene.put(TOPICS.reports, {"id": "e-9"}, at=NOW - timedelta(minutes=4))
    scene.all_read()
    assert codes(scene) == []


def test_the_last_two_days_of_retention_prove_nothing() -> None:
    """Records go by segment: a record of 29 days may outlive its receipt, one of 27 may not."""
    for days, expected in ((29, []), (27, [Code.UNANSWERED])):
        scene = Scene()
        scene.put(TOPICS.reports, {"id": "e-1"}, at=NOW - timedelta(days=days))
        scene.all_read()
        assert codes(scene) == expected


def test_two_receipts_for_one_record_are_found() -> None:
    """Exactly one outcome: a second receipt is a finding even if it says the same."""
    scene = story()
    scene.put(TOPICS.receipts, receipt())
    scene.all_read()
    assert codes(scene) == [Code.ANSWERED_TWICE]
    assert balance(gather(scene.snapshot())).holds is False


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({}, []),
        ({"event_id": "e-0"}, [Code.ANSWERED_TWICE]),  # of an event that no case knows
        ({"event_id": "e-1"}, [Code.ANSWERED_TWICE]),  # of the event that lies there
        ({"received_at": iso(TOLD)}, [Code.ANSWERED_TWICE]),  # the case knows it from another time
    ],
)
def test_a_receipt_for_a_record_of_the_cluster_that_was_lost_is_none_for_the_record_at_its_place(
    other: dict[str, str], expected: list[Code]
) -> None:
    """A report that the backup found on its way is answered after the restore, by the place at which it lay."""
    before = TOLD - timedelta(days=2)
    kept = fact(fact_id="a" * 32, event_id="e-9", recorded_at=iso(before), occurred_at=iso(before))
    scene = story(Parts(case=case([fact(), kept])))
    told: Body = {**receipt(), "event_id": "e-9", "received_at": iso(before), **other}
    scene.put(TOPICS.receipts, told)
    scene.all_read()
    assert [code for code in codes(scene) if code is Code.ANSWERED_TWICE] == expected


def test_a_receipt_for_a_record_that_is_not_there_is_found() -> None:
    """It lies between the log's ends and nobody sent it."""
    scene = story(Parts(ingress=None))
    scene.put(TOPICS.reports, {"id": "e-2"})  # takes offset 0 …
    scene.records.pop()  # … and is gone
    scene.all_read()
    assert codes(scene) == [Code.RECEIPT_WITHOUT_RECORD]


def test_a_receipt_that_outlives_its_record_is_no_finding() -> None:
    """Retention took the record: the log now begins behind it."""
    scene = story()
    scene.records = [one for one in scene.records if one.topic != TOPICS.reports]
    scene.starts[TOPICS.reports, 0] = 1
    assert codes(scene) == []


@pytest.mark.parametrize("outcome", ["accepted", "rejected"])
def test_a_report_without_its_case_is_found(outcome: str) -> None:
    """Accepted or rejected, a report opens a case; an answered one without a case has no clock."""
    broken = story(Parts(receipt=receipt(outcome), case=None, chains=None, alert=None, delivery=None))
    findings = audit(broken.snapshot()).findings
    assert [(one.code, one.where) for one in findings] == [(Code.REPORT_WITHOUT_CASE, CASE)]


def test_a_rejected_report_that_names_no_case_is_found() -> None:
    """The receipt itself admits that nothing was opened."""
    scene = story()
    scene.put(TOPICS.reports, {"id": "e-9"})
    scene.put(TOPICS.receipts, receipt("rejected", 1, references=[]))
    scene.all_read()
    assert codes(scene) == [Code.REPORT_WITHOUT_CASE]


def test_a_report_whose_case_was_erased_is_no_finding() -> None:
    """A tombstone says that a person ordered it."""
    scene = story()
    scene.put(TOPICS.cases, None, key=CASE)
    scene.put(TOPICS.chains, None, key=CASE)
    scene.put(TOPICS.deliveries, None, key="a" * 31 + "1")
    scene.all_read()
    assert codes(scene) == []


def test_an_accepted_report_that_its_case_does_not_hold_is_found() -> None:
    """The case exists, and what was told is not in it."""
    other = fact(fact_id="c" * 32, event_id="e-7", origin=origin(offset=7))
    assert codes(story(Parts(case=case([other])))) == [Code.REPORT_NOT_IN_CASE]


def test_a_rejected_act_needs_no_case() -> None:
    """An act on a case that nobody reported is a dead letter only; so is its replay."""
    scene = story()
    scene.put(TOPICS.actions, {"id": "e-2"})
    first = Original(TOPICS.actions, 0, 0, int(TOLD.timestamp() * 1000), None)
    scene.put(TOPICS.replays, {"id": "e-2"}, headers=headers_of(first, ()))
    for topic in (TOPICS.actions, TOPICS.replays):
        scene.put(TOPICS.receipts, receipt("rejected", topic=topic, references=["657-00000-00000-0"]))
    scene.all_read()
    assert codes(scene) == []
    assert balance(gather(scene.snapshot())).outcomes[IngressOutcome.REJECTED] == 2


def test_of_a_very_large_case_some_facts_keep_only_their_id() -> None:
    """Then it cannot be seen that the report is missing, and nothing is claimed."""
    other = fact(fact_id="c" * 32, event_id="e-7", origin=origin(offset=7))
    large = case([other], trimmed={"report.received": ["d" * 32]})
    assert codes(story(Parts(case=large))) == []

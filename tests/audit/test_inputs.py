"""Stages that stand still, records about to expire, dead letters of our own making, records out of shape."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import JsonValue

from pipeline.audit.audit import audit
from pipeline.audit.finding import Code, Severity
from pipeline.audit.policies import read_policies
from pipeline.kafka.replays import Original, headers_of
from tests.audit.scene import CASE, NOW, TOLD, TOPICS, Parts, Scene, case, fact, iso, receipt, story
from tests.audit.test_balance import codes

RELEASED = Path(__file__).resolve().parents[2] / "deploy" / "policies"


def waiting(age: timedelta) -> Scene:
    """Returns the sound story with a fact that casework has not read for `age`."""
    scene = story()
    scene.put(TOPICS.facts, fact(), key=CASE, at=NOW - age)
    return scene


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=4), []),
        (timedelta(minutes=6), [Code.INPUT_WAITS]),
        (timedelta(days=23), [Code.INPUT_WAITS]),
        (timedelta(days=25), [Code.RETENTION_NEAR]),
    ],
)
def test_a_stage_that_stands_still_is_found(age: timedelta, expected: list[Code]) -> None:
    """After five minutes; from 24 of 30 days on the records themselves are in danger."""
    assert codes(waiting(age)) == expected


def test_retention_is_what_the_brokers_keep_and_not_what_the_design_says() -> None:
    """A fact unread for six of seven days is in danger; one of 29 days is not where the operator keeps them for 60."""
    short, long = waiting(timedelta(days=6)), waiting(timedelta(days=29))
    short.retentions[TOPICS.facts], long.retentions[TOPICS.facts] = timedelta(days=7), timedelta(days=60)
    assert (codes(short), codes(long)) == ([Code.RETENTION_NEAR], [Code.INPUT_WAITS])


def test_the_oldest_unread_record_tells_the_age_of_its_topic() -> None:
    """Two wait, one of them longer; what was read is of no age, and a topic that keeps its records for ever is left out."""
    scene = waiting(timedelta(days=25))
    scene.put(TOPICS.facts, fact(), key=CASE, at=NOW - timedelta(days=3))
    scene.retentions[TOPICS.alerts] = None
    found = audit(scene.snapshot()).figures.waiting
    assert {name: round(one.age_s / 86_400) for name, one in found.items()} == {
        "reports": 0,
        "actions": 0,
        "replays": 0,
        "facts": 25,
    }
    assert {one.retention_s for one in found.values()} == {30 * 86_400}


def test_records_that_expired_unread_are_found() -> None:
    """The log begins behind the position: what lay between is gone."""
    scene = story()
    scene.starts[TOPICS.reports, 0] = 5
    scene.records = [one for one in scene.records if one.topic != TOPICS.reports]
    findings = audit(scene.snapshot()).findings
    assert [(one.code, one.where) for one in findings] == [(Code.EXPIRED_UNREAD, "a.reports[0]")]
    assert "up to 4 records" in findings[0].sentence


def test_the_last_position_row_counts() -> None:
    """A table holds one row per transaction until it is compacted."""
    scene = waiting(timedelta(minutes=6))
    scene.all_read()
    assert codes(scene) == []


def letter(code: str, **other: JsonValue) -> dict[str, JsonValue]:
    """Returns a dead letter of the record at offset 1."""
    problem: dict[str, JsonValue] = {"code": code, "path": "", "reason": "r", "remedy": "m"}
    return {
        "stage": "intake",
        "topic": TOPICS.reports,
        "partition": 0,
        "offset": 1,
        "received_at": iso(TOLD),
        "digest": "d" * 64,
        "bytes": 10,
        "problems": [problem],
        "reference": CASE,
        **other,
    }


def buried(code: str) -> Scene:
    """Returns the sound story with one more record, which became a dead letter of its case."""
    scene = story()
    scene.put(TOPICS.reports, {"id": "e-9"})
    scene.put(TOPICS.receipts, receipt("rejected", 1))
    scene.put(TOPICS.deadletters, letter(code), key="a.reports[0]@1")
    scene.all_read()
    return scene


def test_open_dead_letters_are_counted() -> None:
    """A sender's mistake was told to the sender and opened a case: a number, no finding."""
    report = audit(buried("data_invalid").snapshot())
    assert (report.figures.dead_letters, report.figures.dead_letters_open, report.findings) == (1, 1, ())


def test_a_dead_letter_of_our_own_making_is_found() -> None:
    """Our code could not handle it: somebody has to read it."""
    report = audit(buried("internal_error").snapshot())
    assert [(one.code, one.severity) for one in report.findings] == [(Code.INTERNAL_ERROR_OPEN, Severity.WARNING)]


def test_a_replayed_dead_letter_is_no_longer_open() -> None:
    """The operator handed it to intake again."""
    scene = buried("internal_error")
    scene.put(TOPICS.replays, {"id": "e-9"}, headers=headers_of(Original(TOPICS.reports, 0, 1, 0, CASE), ()))
    scene.put(TOPICS.receipts, receipt(topic=TOPICS.replays))
    scene.all_read()
    report = audit(scene.snapshot())
    assert (report.figures.dead_letters, report.figures.dead_letters_open, report.findings) == (1, 0, ())


def test_a_dead_letter_ends_with_its_case() -> None:
    """Who closed the case has dealt with what it could not read."""
    scene = story(Parts(case=case(status="closed", demands=[], wake_at=None)))
    scene.put(TOPICS.deadletters, letter("internal_error"))
    scene.all_read()
    assert audit(scene.snapshot()).figures.dead_letters_open == 0


@pytest.mark.parametrize("topic", [TOPICS.receipts, TOPICS.cases, TOPICS.alerts, TOPICS.deliveries, TOPICS.chains])
@pytest.mark.parametrize("value", [b"{", b"[]", b'{"alert": 1, "status": "x", "wake_at": "x"}'])
def test_a_record_out_of_shape_is_found(topic: str, value: bytes) -> None:
    """A foreign hand, or a newer version: either way nothing is passed over and nothing breaks."""
    scene = story()
    scene.put(topic, value, key="x")
    scene.all_read()
    assert codes(scene) == [Code.UNREADABLE]


def test_the_released_policies_are_read() -> None:
    """72 hours today; the proposals of 96 are not law and are known all the same."""
    found = {policy.id: policy for policy in read_policies(RELEASED)}
    assert found["gdpr33-dk"].deadline == timedelta(hours=72)
    assert found["gdpr33-dk"].awareness_cap == timedelta(hours=24)
    assert found["gdpr33-dk"].page_within == timedelta(hours=12)
    assert found["omnibus-ep-2026-06"].deadline == timedelta(hours=96)
    assert found["omnibus-ep-2026-06"].starts_at is None


def test_a_policy_that_the_auditor_cannot_read_is_refused(tmp_path: Path) -> None:
    """It says so and does not guess."""
    (tmp_path / "p.v1.yaml").write_text("id: p\ndeadline: P3M\nawareness_cap: PT0H\npage_within: PT12H\n")
    with pytest.raises(ValueError, match=r"p\.v1\.yaml: deadline 'P3M'"):
        read_policies(tmp_path)

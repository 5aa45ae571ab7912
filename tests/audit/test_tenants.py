"""A municipality's own topics hold what the platform's hold of it: the same rows, the same receipts, nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import JsonValue

from pipeline.audit.audit import audit
from pipeline.audit.evidence import gather
from pipeline.audit.finding import Code
from pipeline.audit.receipts import balance
from pipeline.audit.snapshot import Snapshot
from pipeline.kafka.replays import Original, headers_of
from tests.audit.scene import CASE, NOW, TOLD, Body, Parts, Scene, case, clock, fact, origin, receipt, story
from tests.audit.scene import TOPICS as PLATFORM

TOPICS = replace(PLATFORM, tenants=("657",))
OWN = TOPICS.of("657")
OTHER = "740-7F3KQ-2M9XB-0"


def came(offset: int = 0, topic: str = OWN.reports) -> Body:
    """Returns where a fact came from: the municipality's own topic."""
    return {**origin(topic, offset), "tenant": "657"}


def told() -> Scene:
    """Returns the sound story, come in by the municipality's own topic, with its copies on the own topics out."""
    scene = Scene()
    parts = Parts(ingress=None, receipt=own_receipt(), case=own_case())
    scene.put(OWN.reports, {"id": "e-1"}, key="any")
    scene.put(OWN.receipts, own_receipt(), key="/forms/657/staff#e-1")
    scene.put(OWN.cases, own_case(), key=CASE, at=TOLD + timedelta(hours=24))
    scene.put(OWN.cases, {}, key="\x00complete")
    story(parts, scene)
    read(scene)
    return scene


def read(scene: Scene) -> None:
    """Intake has read the own topics too."""
    ends = scene._ends
    own = {f"{name}.657": ends[f"a.{name}.657"] for name in ("reports", "actions")}
    scene.positions(TOPICS.intake, reports=ends[TOPICS.reports], replays=ends[TOPICS.replays], **own)


def own_case(**other: JsonValue) -> Body:
    """Returns the case, its fact come in by the own topic."""
    return case([fact(origin=came())], **other)


def own_receipt(outcome: str = "accepted", offset: int = 0, **other: JsonValue) -> Body:
    """Returns the receipt of a record on the own topic."""
    return receipt(outcome, offset, **{"topic": OWN.reports, "tenant": "657", **other})


def snapshot(scene: Scene) -> Snapshot:
    """Returns the scene's snapshot, as the auditor of an installation with own topics takes it."""
    found = scene.snapshot()
    names = [spec.name for spec in TOPICS.specs()]
    return replace(
        found,
        topics=TOPICS,
        starts={(name, 0): scene.starts.get((name, 0), 0) for name in names},
        ends={(name, 0): scene._ends[name] for name in names},
    )


def found(scene: Scene) -> list[tuple[Code, str]]:
    """Returns what the auditor finds, with where."""
    return [(one.code, one.where) for one in audit(snapshot(scene)).findings]


def test_a_sound_story_by_an_own_topic_gives_no_finding() -> None:
    """It is counted once, though its receipt stands twice."""
    scene = told()
    assert found(scene) == []
    report = audit(snapshot(scene))
    assert report.figures.sentence == "received 1 = 1 accepted + 0 duplicate + 0 rejected + 0 in flight"
    assert (report.figures.cases, report.figures.open_cases) == (1, 1)


def test_a_record_without_receipt_on_an_own_topic_is_found() -> None:
    """The balance reaches over the own topics."""
    scene = told()
    scene.put(OWN.reports, {"id": "e-2"}, key="any")
    read(scene)
    assert found(scene) == [(Code.UNANSWERED, "a.reports.657[0]@1")]


def test_a_record_that_waits_on_an_own_topic_is_found() -> None:
    """As on any input."""
    scene = told()
    scene.put(OWN.actions, {"id": "e-2"}, key="any")
    assert found(scene) == [(Code.INPUT_WAITS, "a.actions.657[0]@0")]
    assert balance(gather(snapshot(scene))).in_flight == 1


def test_a_report_of_an_own_topic_without_its_case_is_found_and_an_act_is_not() -> None:
    """Which of the two a record was is told by its topic's name."""
    scene = told()
    for topic in (OWN.reports, OWN.actions):
        scene.put(topic, {"id": "e-2"}, key="any")
        rejected = own_receipt("rejected", scene._ends[topic] - 1, topic=topic, references=[])
        scene.put(TOPICS.receipts, rejected)
        scene.put(OWN.receipts, rejected)
    read(scene)
    assert found(scene) == [(Code.REPORT_WITHOUT_CASE, "a.reports.657[0]@1")]


@pytest.mark.parametrize("put", [OWN.cases, OWN.receipts])
def test_another_municipalitys_record_on_an_own_topic_is_a_breach(put: str) -> None:
    """Even in the last minutes, and even if a later record replaced it."""
    scene = told()
    if put == OWN.cases:
        seen = scene.put(put, case(reference=OTHER, municipality="740"), key=OTHER, at=NOW)
    else:
        seen = scene.put(put, own_receipt(municipality="740"), at=NOW)
    assert (Code.TENANT_SEES_ANOTHER, f"{put}[0]@{seen.offset}") in found(scene)


def test_a_row_that_differs_or_is_missing_is_found_once_it_is_not_fresh() -> None:
    """Both are written at one moment, but the auditor looks at the topics one after the other."""
    for at, expected in ((NOW - timedelta(hours=1), [(Code.TENANT_ROW_DIFFERS, CASE)]), (NOW, [])):
        scene = told()
        scene.put(OWN.cases, own_case(clocks=[clock(hours=71.0)]), key=CASE, at=at)
        assert found(scene) == expected
    scene = told()
    scene.records = [one for one in scene.records if one.topic != OWN.cases]
    assert found(scene) == [(Code.TENANT_ROW_DIFFERS, CASE)]


def test_a_row_that_was_erased_and_is_kept_on_the_own_topic_is_found() -> None:
    """The worst of it: a person's order was carried out on one topic of two."""
    scene = told()
    for topic in (TOPICS.cases, TOPICS.chains):
        scene.put(topic, None, key=CASE, at=NOW - timedelta(hours=1))
    scene.put(TOPICS.deliveries, None, key="a" * 31 + "1", at=NOW - timedelta(hours=1))
    scene.positions(TOPICS.chains, cases=scene._ends[TOPICS.cases])
    assert (Code.TENANT_KEEPS_ERASED, CASE) in found(scene)
    scene.put(OWN.cases, None, key=CASE, at=NOW - timedelta(hours=1))
    assert not [code for code, _ in found(scene) if code.startswith("tenant_")]


@pytest.mark.parametrize("lacks", [OWN.receipts, TOPICS.receipts])
def test_a_receipt_on_one_topic_alone_is_found(lacks: str) -> None:
    """The own topic's sender, or the platform, would not know of the outcome."""
    scene = told()
    scene.records = [one for one in scene.records if one.topic != lacks]
    assert (Code.TENANT_RECEIPT_DIFFERS, "a.reports.657[0]@0") in found(scene)


def test_a_replayed_act_of_an_own_topic_needs_no_case() -> None:
    """What it was is told by the topic that it first came by."""
    scene = told()
    for offset, topic in enumerate((OWN.actions, OWN.reports)):
        scene.put(TOPICS.replays, {"id": "e-2"}, headers=headers_of(Original(topic, 0, 9, 0, None), ()))
        rejected = receipt("rejected", offset, topic=TOPICS.replays, tenant="657", references=[])
        scene.put(TOPICS.receipts, rejected)
        scene.put(OWN.receipts, rejected)
    read(scene)
    assert found(scene) == [(Code.REPORT_WITHOUT_CASE, "a.replays[0]@1")]


def test_a_replays_receipt_is_owed_where_the_original_came_by() -> None:
    """By the replay's own headers, not by what the receipt says of itself."""
    scene = told()
    first = Original(OWN.reports, 0, 0, 0, None)
    scene.put(TOPICS.replays, {"id": "e-1"}, headers=headers_of(first, ()))
    answer = receipt("duplicate", topic=TOPICS.replays, tenant="657")
    scene.put(TOPICS.receipts, answer)
    read(scene)
    assert found(scene) == [(Code.TENANT_RECEIPT_DIFFERS, "a.replays[0]@0")]
    scene.put(OWN.receipts, answer)
    assert found(scene) == []

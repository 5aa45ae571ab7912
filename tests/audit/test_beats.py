"""Whose record it is: the heartbeat's own are passed over, and nothing else can hide behind its kommunekode."""

from datetime import timedelta

import orjson
import pytest

from pipeline.audit.beats import Beats
from pipeline.cases.casework import work
from pipeline.cases.minting import by_machine
from pipeline.heartbeat import events
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics
from schemas.deadletter import DeadLetter
from schemas.facts import FactKind
from tests.cases.scene import T0
from tests.simulation.runs import context

TOPICS = Topics("brudvagt", 4, 1)
OWN = {"stage": "casework", "topic": TOPICS.facts, "source": "brudvagt", "municipality": "999"}
LETTER = {"stage": "casework", "topic": TOPICS.actions, "source": "/brudvagt/heartbeat", "municipality": "999"}


def seen(topic: str, value: bytes) -> Seen:
    """Returns a record as a reader sees it."""
    return Seen(topic, 0, 0, 0, None, value, ())


@pytest.mark.parametrize(
    ("record", "beat"),
    [
        (seen(TOPICS.reports, events.report("beat-1")), True),
        (seen(TOPICS.actions, events.acknowledge(events.case_of("beat-1"))), True),
        (seen(TOPICS.deadletters, orjson.dumps(LETTER)), True),
        (seen(TOPICS.deadletters, orjson.dumps({**LETTER, "source": "/forms/herning/staff"})), False),
        (seen(TOPICS.deadletters, orjson.dumps({**LETTER, "municipality": "657"})), False),
        (seen(TOPICS.deadletters, orjson.dumps(OWN)), True),
        (seen(TOPICS.deadletters, orjson.dumps({**OWN, "topic": TOPICS.reports})), False),
        (seen(TOPICS.deadletters, orjson.dumps({**OWN, "municipality": "657"})), False),
        (seen(TOPICS.deadletters, orjson.dumps({**OWN, "source": None})), False),
        (seen(TOPICS.reports, b'{"municipality": "999", torn'), False),
    ],
)
def test_a_beat_is_what_the_heart_itself_sent(record: Seen, beat: bool) -> None:
    """An act that came after its beat's case was gone is a dead letter of nobody's, and so is what a stage said of it then;
    a form's never is.
    """
    assert Beats(TOPICS).is_beat(record) is beat


def test_what_a_stage_says_of_a_beat_that_is_gone_ends_as_a_dead_letter_of_nobodys() -> None:
    """The end of a beat's chain, told after its case was erased, waits a day for a report that never comes."""
    reference = events.case_of("beat-1")
    told = by_machine(FactKind.CHAIN_EXHAUSTED, case_id=reference, at=T0, identity=(), body={})
    awaited = work(None, [told], T0, context().catalogue).record
    assert awaited is not None
    (refused,) = work(awaited, [], T0 + timedelta(days=1), context().catalogue).refused
    fact, problem = refused
    letter = DeadLetter(
        stage="casework", topic=TOPICS.facts, partition=0, offset=0, received_at=T0, digest=fact.fact_id, bytes=1,
        problems=(problem,), source=fact.sender, municipality=fact.municipality, reference=fact.case_id,
    )  # fmt: skip
    assert problem.code == "unknown_case"
    assert Beats(TOPICS).is_beat(seen(TOPICS.deadletters, letter.encode()))

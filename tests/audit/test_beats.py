"""Whose record it is: the heartbeat's own are passed over, and nothing else can hide behind its kommunekode."""

import orjson
import pytest

from pipeline.audit.beats import Beats
from pipeline.heartbeat import events
from pipeline.kafka.records import Seen
from pipeline.kafka.topics import Topics

TOPICS = Topics("brudvagt", 4, 1)
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
        (seen(TOPICS.reports, b'{"municipality": "999", torn'), False),
    ],
)
def test_a_beat_is_what_the_heart_itself_sent(record: Seen, beat: bool) -> None:
    """An act that came after its beat's case was gone is a dead letter of nobody's; a form's never is."""
    assert Beats(TOPICS).is_beat(record) is beat

"""Whose a record is: by the topic that it came by, through replays, and after its municipality has left."""

from dataclasses import replace

import pytest

from agents.intake import intake, where
from agents.tenants import receipt_topics
from pipeline.engine import Record
from pipeline.kafka.replays import Original, headers_of
from pipeline.kafka.topics import Topics
from tests.simulation.runs import context

TOPICS = Topics(prefix="i", tenants=("657",))


def at(topic: str, original: str | None = None) -> tuple[str | None, str]:
    """Returns the municipality and the kind of ingress that intake sees in a record, a replay of `original` if given."""
    headers = () if original is None else tuple(headers_of(Original(original, 0, 0, 0, None), ()))
    found, _, accepts = where(replace(context(), topics=TOPICS), Record(topic, 0, 0, None, b"", headers, 0))
    return found.tenant, accepts


@pytest.mark.parametrize(
    ("topic", "original", "expected"),
    [
        ("i.reports", None, (None, "reports")),
        ("i.actions", None, (None, "actions")),
        ("i.reports.657", None, ("657", "reports")),
        ("i.actions.657", None, ("657", "actions")),
        ("i.replays", "i.reports", (None, "reports")),
        ("i.replays", "i.actions", (None, "actions")),
        ("i.replays", "i.reports.657", ("657", "reports")),
        ("i.replays", "i.actions.657", ("657", "actions")),
        ("i.replays", "i.actions.740", ("740", "actions")),  # it left, or never had topics here
        ("i.replays", None, (None, "reports")),
        ("i.reports.657", "i.actions.740", ("657", "reports")),  # whoever may write it cannot say that it is a replay
        ("i.reports", "i.reports.657", (None, "reports")),
    ],
)
def test_whose_a_record_is_and_what_it_may_be(topic: str, original: str | None, expected: tuple[str, str]) -> None:
    """By where it first stood; headers of a replay count on the operator's topic alone."""
    assert at(topic, original) == expected


def test_without_own_topics_intake_is_declared_as_it_always_was() -> None:
    """Inputs and outputs, in their order."""
    platform = Topics(prefix="i")
    stage = intake(replace(context(), topics=platform))
    assert stage.inputs == ("i.reports", "i.actions", "i.replays")
    assert stage.outputs == ("i.facts", "i.receipts", "i.deadletters", "i.deadletters.raw")
    assert receipt_topics(TOPICS) == ("i.receipts", "i.receipts.657")

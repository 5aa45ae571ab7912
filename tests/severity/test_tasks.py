"""A misdelivery opens its first-hour tasks in the order that the municipality's page demands."""

import pytest

from pipeline.severity.tasks import first_hour_tasks
from schemas.actions import TaskName
from schemas.facts import FactKind
from tests.severity.said import report

RECALL, CHECK, CONFIRM = TaskName.RECALL, TaskName.PROTECTED_ADDRESS_CHECK, TaskName.WRITTEN_CONFIRMATION


@pytest.mark.parametrize(
    ("medium", "tasks"),
    [
        ("digital_post", (RECALL, CHECK, CONFIRM)),
        ("aula", (RECALL, CHECK, CONFIRM)),
        ("letter", (CHECK, CONFIRM)),
        ("spoken", (CHECK, CONFIRM)),
        ("unknown", (RECALL, CHECK, CONFIRM)),
    ],
)
def test_tasks_follow_the_medium(medium: str, tasks: tuple[TaskName, ...]) -> None:
    """Only what can be called back is called back; an unknown medium might be."""
    assert first_hour_tasks([report({"medium": medium}, kind=FactKind.MISDELIVERY_RECEIVED)]) == tasks


def test_where_finders_destroy_the_check_comes_first() -> None:
    """BIL-3, BIL-4: the letter itself will be gone."""
    facts = [report({"medium": "digital_post"}, kind=FactKind.MISDELIVERY_RECEIVED)]
    assert first_hour_tasks(facts, destroy_only=True) == (CHECK, RECALL, CONFIRM)


def test_other_reports_open_no_such_tasks() -> None:
    """The tasks are a misdelivery's own."""
    assert first_hour_tasks([report({"medium": "digital_post"})]) == ()

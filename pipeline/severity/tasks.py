"""The first hour after a misdelivery: which tasks open, in the order that the municipality's page demands."""

from collections.abc import Sequence

from pipeline.severity.combine import combine
from schemas.actions import TaskName
from schemas.facts import Fact, FactKind

_RECALLABLE = frozenset({"digital_post", "email", "aula", "sms"})
"""Media whose carrier can lock or call back an item. Datatilsynet's advice of 12 Jan 2024 has e-Boks do so on request."""


def first_hour_tasks(facts: Sequence[Fact], *, destroy_only: bool = False) -> tuple[TaskName, ...]:
    """Returns the tasks that a misdelivery among `facts` opens; none if nobody reported one.

    Recall and the protected-address check open when the report arrives, for the item itself may soon be gone (BIL-4).
    `destroy_only`: the municipality's page asks finders to destroy (BIL-3); the check comes first, as nothing comes back.
    The written confirmation is asked for wherever somebody else had the item (EDPB 01/2021 cases 9, 13, 16).
    """
    if not any(fact.kind == FactKind.MISDELIVERY_RECEIVED for fact in facts):
        return ()
    picture = combine(facts).picture
    recall = (TaskName.RECALL,) if not picture.media or picture.media & _RECALLABLE else ()
    if destroy_only:
        return (TaskName.PROTECTED_ADDRESS_CHECK, *recall, TaskName.WRITTEN_CONFIRMATION)
    return (*recall, TaskName.PROTECTED_ADDRESS_CHECK, TaskName.WRITTEN_CONFIRMATION)

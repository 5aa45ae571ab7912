"""A broker that has just started is waited for before anything is said of its groups."""

from types import SimpleNamespace

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
    for_code,
)

from pipeline.kafka import groups
from pipeline.kafka.errors import TopicsError


class Answering:
    """Stands for an admin client: gives these error codes one after the other, the last one for ever."""

    def __init__(self, *codes: int) -> None:
        self._codes = list(codes)

    async def describe_consumer_groups(self, _: list[str]) -> list[SimpleNamespace]:
        """One group without members."""
        code = self._codes.pop(0) if len(self._codes) > 1 else self._codes[0]
        return [SimpleNamespace(groups=[(code, "g", "Empty", "", "", [])])]

    async def list_consumer_group_offsets(self, _: str) -> dict[object, object]:
        """No offsets, or the error."""
        code = self._codes.pop(0) if len(self._codes) > 1 else self._codes[0]
        if code:
            raise for_code(code)
        return {}


LOADING, NOT_MINE, REFUSED = (
    one.errno for one in (GroupLoadInProgressError, NotCoordinatorForGroupError, GroupAuthorizationFailedError)
)


async def test_a_coordinator_that_is_not_there_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading its groups, or moved a moment ago: neither is an answer."""
    monkeypatch.setattr(groups, "LOOK_AGAIN_S", 0.001)
    assert await groups._members(Answering(NOT_MINE, LOADING, NOT_MINE, 0), "g") == ("Empty", ())
    assert await groups._offsets(Answering(LOADING, NOT_MINE, 0), "g") == {}


async def test_one_that_never_comes_is_told_as_such_and_a_missing_right_as_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each with its own remedy; a missing right is not waited for."""
    monkeypatch.setattr(groups, "LOOK_AGAIN_S", 0.001)
    with pytest.raises(TopicsError, match="needs Describe on it"):
        await groups._members(Answering(REFUSED), "g")
    monkeypatch.setattr(groups, "COORDINATOR_BUDGET_S", 0.01)
    with pytest.raises(TopicsError, match=r"NotCoordinatorForGroupError\. Its brokers have just started"):
        await groups._members(Answering(NOT_MINE), "g")
    with pytest.raises(GroupLoadInProgressError):
        await groups._offsets(Answering(LOADING), "g")

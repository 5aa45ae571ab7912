"""The pipeline that tests share is there before anybody's quiet hours, however long the tests before have taken."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline.kafka.connection import Connection
from tests.agents import installing
from tests.agents.running import MONDAY_MORNING


def test_a_pipeline_is_shared_until_the_afternoon_and_then_a_fresh_one_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """At 9 and at 13.59 it is the same; at 14 it is another, the first has stopped, and in the end both have."""
    now, stopped, made = [MONDAY_MORNING], list[object](), list[Any]()

    @contextlib.contextmanager
    def installation(*_: object, **__: object) -> Iterator[object]:
        now[0] = MONDAY_MORNING
        one = SimpleNamespace(clock=SimpleNamespace(datetime=lambda: now[0]))
        made.append(one)
        yield one
        stopped.append(one)

    monkeypatch.setattr(installing, "installation", installation)
    with installing.mornings(cast("Connection", None), lambda: tmp_path, speed=30) as running:
        first = running()
        now[0] = MONDAY_MORNING + timedelta(hours=4, minutes=59)
        assert running() is first
        now[0] = MONDAY_MORNING + timedelta(hours=5)
        second = running()
        assert second is not first
        assert stopped == [first]
        assert running() is second
    assert stopped == [first, second] == made

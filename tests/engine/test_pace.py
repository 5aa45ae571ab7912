"""The watcher by which a rolling restart is judged: it sees a machine that does not run programs, and when that was."""

import asyncio
import itertools
import signal
import time
from pathlib import Path

import pytest

from tests.engine.bench import until
from tests.engine.pace import TURNS_S, Look, Watcher, idle_s, pace_between, slowness


def test_a_machine_that_stands_still_is_seen(tmp_path: Path) -> None:
    """Stopped for a second and continued, the watcher has had a core for next to nothing of that time."""
    with Watcher(tmp_path) as watcher:
        asyncio.run(until(lambda: len(watcher.looks()) > 3))
        watcher.process.send_signal(signal.SIGSTOP)
        began = time.time()
        asyncio.run(until(lambda: time.time() - began > 1.0))
        ended = time.time()
        watcher.process.send_signal(signal.SIGCONT)
        asyncio.run(until(lambda: watcher.looks()[-1].at > ended))
        looks = watcher.looks()
    assert pace_between(looks, began, ended) < 0.1
    assert all(0.003 <= one.had_s <= one.wanted_s + 0.001 for one in looks)


def test_a_core_that_computes_at_half_the_speed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its CPU time for the same turns is double; a quicker one excuses nothing and takes nothing away."""
    for per_look, expected in ((2 * TURNS_S, 2.0), (TURNS_S / 2, 1.0)):
        looks = itertools.count()
        monkeypatch.setattr(time, "thread_time", lambda looks=looks, per_look=per_look: next(looks) * per_look)
        assert slowness() == pytest.approx(expected)
        looks = itertools.count()
        assert idle_s([Look(10.0, 0.006, 0.003)], 9.0, 13.0) == pytest.approx(
            2.0 / expected
        )  # had a core half the time


def test_only_the_looks_inside_count() -> None:
    """By hand: 3 of 6 ms, then 3 of 3 ms, then 3 of 30 ms."""
    looks = [Look(10.0, 0.006, 0.003), Look(11.0, 0.003, 0.003), Look(12.0, 0.03, 0.003)]
    assert pace_between(looks, 9.5, 10.5) == pytest.approx(0.5)
    assert pace_between(looks, 10.5, 11.5) == pytest.approx(1.0)
    assert pace_between(looks, 9.5, 12.5) == pytest.approx(9 / 39)
    assert pace_between(looks, 11.99, 12.5) == pytest.approx(0.1)
    assert pace_between(looks, 20.0, 30.0) == 1.0

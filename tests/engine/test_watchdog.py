"""What the watchdog ends: a handler that never ends, a hold without end, a loop that stands still."""

import asyncio
import time

import pytest

from pipeline.engine import Budgets
from pipeline.engine.fatal import EXIT_FATAL
from pipeline.engine.watchdog import Watchdog
from tests.engine.bench import until
from tests.engine.owner import owner_of

STANDS_STILL = Budgets(heartbeat_s=0.1, session_s=0.4, farewell_s=0.3, blocked_s=0.5)


async def test_the_watchdog_ends_a_handler_that_never_ends_and_a_hold_without_end() -> None:
    """A stuck handler and a rebalance that never comes back are both an end of the process, in words."""
    short = Budgets(work_s=25.1, held_s=20.1)
    async with owner_of(short) as owner:
        watchdog = Watchdog(short, [owner.ownership], lambda reason, error: owner.ends.append(reason))
        await owner.cluster.put("m-in", (b"k", b"x"))
        owner.ownership.assign({0})
        await until(lambda: 0 in owner.ownership.partitions and owner.ownership.partitions[0].current is not None)
        watchdog.look()
        assert owner.ends == []
        owner.ownership.partitions[0].since -= 26
        watchdog.look()
        assert owner.ends == ["work on m-own[0] is stuck for 25.1 s"]
        owner.gate.set()
        await owner.ownership.hold(1.0)
        owner.ownership.partitions[0].since -= 21
        watchdog.look()
        assert "held by a rebalance" in owner.ends[-1]
        owner.ownership.assign({0})


def test_a_loop_that_stands_still_is_ended_from_outside(capfd: pytest.CaptureFixture[str]) -> None:
    """A handler that computes for ever, a process suspended: nothing on the loop can notice, a thread does."""
    ended: list[int] = []

    async def stuck() -> None:
        watching = asyncio.create_task(Watchdog(STANDS_STILL, [], lambda reason, error: None, ended.append).run())
        await asyncio.sleep(0)  # it has begun
        deadline = time.monotonic() + 30
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)  # noqa: ASYNC251  # a loop that stands still is what the test is about
        watching.cancel()
        await asyncio.wait({watching})

    asyncio.run(stuck())
    assert ended == [EXIT_FATAL]
    assert "event loop blocked for 0.5 s: exit status 70" in capfd.readouterr().err

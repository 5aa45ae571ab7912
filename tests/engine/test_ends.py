"""The fatal path, when everything that could be waited for hangs."""

import asyncio
import time

from structlog.testing import capture_logs

from pipeline.engine.errors import EngineError
from pipeline.engine.fatal import EXIT_FATAL, FatalExit
from tests.engine.bench import until


async def test_the_fatal_path_ends_although_every_goodbye_hangs() -> None:
    """Kafka does not answer: the process is gone after the farewell budget, with one critical line for the first reason."""
    ended: list[tuple[int, float]] = []
    began = time.monotonic()
    fatal = FatalExit(0.2, lambda status: ended.append((status, time.monotonic() - began)))
    said: list[str] = []

    async def quick() -> None:
        said.append("goodbye")

    async def hangs() -> None:
        await asyncio.Event().wait()

    fatal.before(quick)
    fatal.before(hangs)
    with capture_logs() as logged:
        fatal("it broke", EngineError("in[0]@7 came again"))
        fatal("and so did this", RuntimeError("a secret text"))
        await until(lambda: bool(ended))
    assert said == ["goodbye"]
    assert ended[0][0] == EXIT_FATAL == 70
    assert 0.15 < ended[0][1] < 10
    assert [(one["reason"], one["detail"]) for one in logged] == [("it broke", "in[0]@7 came again")]


def test_the_fatal_path_ends_although_the_loop_stands_still() -> None:
    """A handler that never gives the loop back: a thread ends the process a second after the farewell budget."""
    ended: list[int] = []

    async def stuck() -> None:
        FatalExit(0.1, ended.append)("it broke")
        deadline = time.monotonic() + 20
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)  # noqa: ASYNC251  # a loop that stands still is what the test is about

    asyncio.run(stuck())
    assert ended[:1] == [70]

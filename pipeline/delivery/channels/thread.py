"""Blocking calls of foreign libraries, each in a thread of its own with a budget.

Not the loop's own pool: a call that hangs would hold one of its few threads, and its exit is waited for at the end of the
process. These threads are daemons: a worker that stops does not wait for a far end that never answers.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


async def in_thread(call: Callable[[], Answer], budget_s: float) -> Answer:
    """Returns what `call` returns, or raises what it raises. Raises TimeoutError after the budget; the call itself cannot
    be ended and runs on, its result is dropped.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def settle(answer: Answer | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(answer)  # type: ignore[arg-type]

    def run() -> None:
        answer, problem = None, None
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001  # whatever it is, the caller judges it
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, answer, problem)

    threading.Thread(target=run, name="channel", daemon=True).start()
    async with asyncio.timeout(budget_s):
        return await done

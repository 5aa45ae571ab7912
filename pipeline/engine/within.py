"""A wait with an end: what hangs is given up in words."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from pipeline.engine.errors import BudgetSpent

_Result = TypeVar("_Result")


async def within(budget_s: float, what: str, work: Coroutine[object, object, _Result]) -> _Result:
    """Returns what `work` returns, or raises what it raises; raises BudgetSpent naming `what` after `budget_s` seconds.

    What is given up is cancelled, but nobody waits until it has noticed: what hangs may swallow its cancellation too.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task}, timeout=budget_s)
        if not task.done():
            raise BudgetSpent(f"{what} was not done within {budget_s:g} s")
        return task.result()
    finally:
        task.cancel()

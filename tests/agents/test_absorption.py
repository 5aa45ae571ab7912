"""A duplicate ends by request and answer between two cases that live on different partitions."""

import itertools

from pipeline.engine.partitioner import partition_of
from schemas.case import Status
from schemas.facts import FactKind
from tests.agents.events import DPO, act, case, report
from tests.agents.quiet import until_quiet
from tests.agents.running import Running
from tests.agents.watch import Watch

FIRST = "twin-0"


def elsewhere() -> str:
    """Returns an incident whose case lies on another partition than the first one's."""
    home = partition_of(case(FIRST).encode(), 4)
    return next(
        f"twin-{number}" for number in itertools.count(1) if partition_of(case(f"twin-{number}").encode(), 4) != home
    )


async def test_closing_as_a_duplicate_ends_with_the_case_absorbed(running: Running) -> None:
    """The other case says yes and takes the earlier signal; the absorbed one raises nothing any more."""
    a, b = case(FIRST), case(elsewhere())
    async with Watch(running) as watch:
        (first,) = await watch.answers(*await running.report(report(FIRST)))
        await watch.answers(*await running.report(report(elsewhere())))
        closing = act("close", a, DPO, closing="duplicate_of", duplicate_of=b, reason="Samme brev.")
        (receipt,) = await watch.answers(*await running.act(closing))
        assert receipt.outcome == "accepted", receipt.problems
        await watch.until(lambda: watch.cases[a].status is Status.ABSORBED)
        await until_quiet(running)
        await watch.until(lambda: any(f.kind == FactKind.CASE_ABSORB_REQUESTED for f in watch.cases[b].facts))
        into, absorbed = watch.cases[b], watch.cases[a]
    assert absorbed.absorbed_by == b
    assert absorbed.wake_at is None
    assert into.status is Status.OPEN
    assert into.awareness is not None
    assert into.awareness.signal_at == first.received_at


async def test_a_case_that_does_not_exist_absorbs_nothing(running: Running) -> None:
    """The request is refused, and the case keeps its clock."""
    ref, nobody = case("lonely"), case("never reported")
    async with Watch(running) as watch:
        await watch.answers(*await running.report(report("lonely")))
        await running.act(act("close", ref, DPO, closing="duplicate_of", duplicate_of=nobody))
        await watch.until(lambda: any(f.kind == FactKind.CASE_ABSORB_REFUSED for f in watch.cases[ref].facts))
        record = watch.cases[ref]
    assert record.status is Status.OPEN
    assert record.clocks[0].stopped_by is None
    assert nobody not in watch.cases

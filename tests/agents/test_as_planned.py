"""What `brudvagt plan` says of a report is what real workers on a real Kafka then do with it."""

import json
from datetime import datetime, timedelta

from pipeline.cases.catalogue import Catalogue
from pipeline.foresight.foresee import Foreseen, foresee
from pipeline.foresight.happenings import Alerted, ClockSet, ClockStopped, RungReached
from pipeline.foresight.script import Line
from pipeline.plans.load import load_plans
from schemas.case import CaseRecord
from schemas.facts import Fact, FactKind
from tests.agents.events import DECIDES, DPO, LETTER, act, case, report
from tests.agents.running import Running
from tests.agents.watch import Watch
from tests.cases.scene import DEPLOY, PROTECTED

NAME = "as-planned"
Told = tuple[object, ...]
AFTER = timedelta(minutes=3)  # what the last act brings about comes within six real seconds
GAP = timedelta(minutes=5)
"""Ten real seconds: so far from every alert that is foreseen the two are compared, for the workers take time and `plan` none.
Who was not reached is asked again every quarter of a shown hour.
"""


def foreseen(record: CaseRecord, told: bytes, acts: list[bytes], end: datetime) -> Foreseen:
    """Returns what `plan` makes of the report and of the acts, each at the time at which the pipeline took it."""
    events = [json.loads(one) for one in acts]
    taken = {fact.event_id: fact.recorded_at for fact in record.facts}
    start = min(fact.recorded_at for fact in record.facts)
    script = [Line(n, taken[event["id"]] - start, {"event": event}) for n, event in enumerate(events, 1)]
    return foresee(told, script, start, end, Catalogue.load(DEPLOY), load_plans(DEPLOY / "municipalities"))


def quiet_from(record: CaseRecord, told: bytes, acts: list[bytes]) -> datetime:
    """Returns the first moment after the acts, and what they bring about, before which for some time nobody is alerted, and
    after it neither.
    """
    end = max(fact.recorded_at for fact in record.facts) + AFTER
    seen = foreseen(record, told, acts, end + timedelta(hours=2))
    alerts = [one.raised_at for one in seen.happenings if isinstance(one, Alerted)]
    while any(end - AFTER / 2 < at < end + GAP for at in alerts):
        end += timedelta(minutes=1)
        assert end < max(alerts), "somebody is alerted at every moment"
    return end


def rungs(facts: tuple[Fact, ...]) -> set[tuple[str, str, datetime]]:
    """Returns clock, name and due time of every rung reached."""
    reached = (fact.body for fact in facts if fact.kind == FactKind.RUNG_REACHED)
    return {(str(one["clock"]), str(one["rung"]), datetime.fromisoformat(str(one["due_at"]))) for one in reached}


def alerts_of(seen: Foreseen) -> set[Told]:
    """Returns every alert that is foreseen: how loud, about what, to whom, by which channel, at which round and step."""
    return {
        (one.level, one.obligation, one.rung, one.role, one.local_id, one.channel, one.round, one.step)
        for one in seen.happenings
        if isinstance(one, Alerted)
    }


def raised(watch: Watch, reference: str) -> set[Told]:
    """Returns the same of the alerts that the workers raised."""
    return {
        (one.level, one.obligation, one.rung, one.role, one.recipient, one.channel, one.round, one.step)
        for one in watch.raised(reference)
    }


async def test_workers_do_what_was_foreseen(running: Running) -> None:
    """A protected address and a disrupted service: two clocks, two people paged, information security asked; then three
    acts. The same deadlines, rungs and end of the clock, and the same alerts to the same people by the same channels.
    """
    data = {**LETTER, **PROTECTED, "service_disrupted": "yes"}
    ref, told = case(NAME), report(NAME, data)
    acts = [
        act("acknowledge", ref, DPO, number="as-planned-1"),
        act("decide", ref, DECIDES, number="as-planned-2", notify_authority="yes", inform_subjects="yes"),
        act("submit", ref, DECIDES, number="as-planned-3", complete="yes", receipt_reference="ab" * 20),
    ]
    async with Watch(running) as watch:
        await running.report(told)
        await watch.until(lambda: ref in watch.cases)
        for number in range(
            len(acts) + 1
        ):  # one act after another, each when everybody has been told of what came before
            record = watch.cases[ref]
            planned = alerts_of(foreseen(record, told, acts[:number], max(one.recorded_at for one in record.facts)))
            await watch.until(lambda wanted=planned: wanted <= raised(watch, ref))  # type: ignore[misc]
            for one in acts[number : number + 1]:
                await running.act(one)
                event_id = json.loads(one)["id"]
                await watch.until(lambda wanted=event_id: wanted in {it.event_id for it in watch.cases[ref].facts})  # type: ignore[misc]
        end = quiet_from(watch.cases[ref], told, acts)
        seen = foreseen(watch.cases[ref], told, acts, end)
        await watch.until(lambda: running.clock.datetime() > end and alerts_of(seen) <= raised(watch, ref))
        record, done = watch.cases[ref], raised(watch, ref)
    happened = seen.happenings
    clocks = {one.policy: one.deadline_at for one in happened if isinstance(one, ClockSet)}
    assert {one.policy: one.deadline_at for one in record.clocks} == clocks
    assert len(clocks) == 2
    stopped = [one.by for one in happened if isinstance(one, ClockStopped)]
    assert stopped == ["notification.submitted"]
    assert [one.stopped_by is not None for one in record.clocks] == [True, False]
    assert rungs(record.facts) == {
        (one.clock, one.rung, one.due_at) for one in happened if isinstance(one, RungReached)
    }
    assert done == alerts_of(seen)
    assert {role for _, _, _, role, *_ in done} >= {"dpo", "decision_maker", "security"}

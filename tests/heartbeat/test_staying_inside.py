"""What keeps a beat inside: its plan, its channel, its ladder, and who may use its kommunekode."""

import asyncio
import json
from datetime import timedelta

import pytest

from pipeline.cases.admission import At, facts_of, rejected_report
from pipeline.cases.casework import work
from pipeline.cases.catalogue import Catalogue
from pipeline.clock.policy import named
from pipeline.delivery.channels.heartbeat import HeartbeatChannel
from pipeline.delivery.outcome import SENT
from pipeline.delivery.texts import Text
from pipeline.gate.gate import Admitted, Legible, Refused, admit
from pipeline.heartbeat import events
from pipeline.heartbeat.tenant import PLAN, WithHeartbeat
from pipeline.plans import checks
from pipeline.plans.address import Destinations
from pipeline.routing.route import route
from schemas.alert import Level
from schemas.facts import Fact
from schemas.heartbeat import CHANNEL, SOURCE, TENANT
from schemas.receipt import Problem
from tests.cases.scene import DEPLOY
from tests.delivery.scene import alert
from tests.routing.scene import T0, plan

STRUCTURED = [("content-type", b"application/cloudevents+json")]
HERE = At("brudvagt.reports", 0, 0, T0)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped dated data."""
    return Catalogue.load(DEPLOY)


def admitted(value: bytes) -> Admitted:
    """What the gate makes of an event."""
    found = admit(value, STRUCTURED, accepts="reports")
    assert isinstance(found, Admitted), found
    return found


def beat() -> Fact:
    """The fact that a beat's report becomes."""
    found = facts_of(admitted(events.report("beat-1")), HERE, WithHeartbeat({}))
    assert not isinstance(found, Problem)
    return found[0]


def test_a_beat_climbs_its_own_ladder_and_its_rung_is_a_timer(catalogue: Catalogue) -> None:
    """Nothing is asked for when the case opens; two seconds later the listener is told, by the heartbeat's channel alone."""
    opened = work(None, [beat()], T0, catalogue).record
    assert opened is not None
    assert opened.clocks[0].policy == "heartbeat"
    assert opened.demands == ()
    assert opened.wake_at == (T0 + timedelta(seconds=2)).timestamp()
    at = T0 + timedelta(seconds=2)
    rung = work(opened, [], at, catalogue).record
    assert rung is not None
    routed = route(rung, None, PLAN, named(catalogue.policies, "heartbeat.v1"), at)
    assert [(one.recipient, one.channel, one.level) for one in routed.alerts] == [
        ("heartbeat-listener", CHANNEL, Level.ACT)
    ]
    assert routed.alerts[0].not_before is None


def test_no_real_case_climbs_the_heartbeats_ladder(catalogue: Catalogue) -> None:
    """And without the file a beat climbs the law's."""
    real = beat().model_copy(update={"case_id": "657-7F3KQ-2M9XB-T", "municipality": "657"})
    found = work(None, [real], T0, catalogue).record
    assert found is not None
    assert found.clocks[0].policy == "gdpr33-dk"
    law = Catalogue(tuple(one for one in catalogue.policies if one.id != "heartbeat"), catalogue.rulesets)
    fallen = work(None, [beat()], T0, law).record
    assert fallen is not None
    assert fallen.clocks[0].policy == "gdpr33-dk"
    assert fallen.demands


def test_everybody_in_the_plan_is_inside_the_program() -> None:
    """Each channel of each person is the heartbeat's, and no role is held by anybody else."""
    kinds = {channel.kind for person in PLAN.delivery.people.values() for channel in person.channels}
    assert kinds == {CHANNEL}
    assert {one for holders in PLAN.delivery.roles.values() for one in holders} == set(PLAN.delivery.people)


def test_its_channel_takes_beats_and_refuses_to_swallow_anything_else() -> None:
    """A real alert in it would be an alarm that nobody hears: it raises, and the story stays undelivered."""
    to, text = PLAN.delivery.people["heartbeat-listener"].channels[0], Text("s", "p", "h")
    mine = alert().model_copy(update={"municipality": TENANT})
    assert asyncio.run(HeartbeatChannel().send(mine, to, text, T0)) == SENT
    with pytest.raises(ValueError, match="no beat"):
        asyncio.run(HeartbeatChannel().send(alert(), to, text, T0))


def test_plans_that_would_let_it_out_or_somebody_in_are_refused() -> None:
    """No file may be the heartbeat's plan, and no person may have its channel."""
    stolen = plan().model_copy(update={"kommunekode": TENANT})
    assert "kommunekode" in {one.field for one in checks.problems("999-x.yaml", stolen, Destinations.EXAMPLE_ONLY)}
    people = {**plan().delivery.people, "dpo": PLAN.delivery.people["heartbeat-listener"]}
    deaf = plan().model_copy(update={"delivery": plan().delivery.model_copy(update={"people": people})})
    found = [
        one for one in checks.problems("657-x.yaml", deaf, Destinations.EXAMPLE_ONLY) if "reaches nobody" in one.reason
    ]
    assert [one.field for one in found] == ["delivery.people.dpo.channels"]


def test_only_the_heartbeats_own_source_may_use_its_code() -> None:
    """A form's slip is refused, and its case opens where there is a person."""
    slip = events.report("beat-1").replace(SOURCE.encode(), b"/forms/657/citizen")
    refused = facts_of(admitted(slip), HERE, WithHeartbeat({}))
    assert isinstance(refused, Problem)
    assert (refused.code, refused.path) == ("municipality_mismatch", "/municipality")
    fact = rejected_report(Refused(Legible("/forms/657/citizen", "1", None, TENANT, None), (refused,)), HERE, "d" * 64)
    assert fact.municipality == "000"


def test_a_processors_notice_cannot_name_it_among_real_municipalities() -> None:
    """All or nothing: the notice is refused whole, and opens its case."""
    notice = json.loads((DEPLOY.parent / "schemas" / "examples" / "m37-processor-search-fault.json").read_bytes())
    notice["data"]["controllers"].append(TENANT)
    assert isinstance(facts_of(admitted(json.dumps(notice).encode()), HERE, WithHeartbeat({})), Problem)

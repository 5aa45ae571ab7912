"""The event loop: takes what comes next and does with it what the stages do, in the order in which they would."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.cases.admission import NOBODYS, At, facts_of, rejected_report
from pipeline.cases.casework import work
from pipeline.cases.minting import by_machine
from pipeline.cases.tally import announce, count, tally_reference
from pipeline.delivery.deliver import undeliverable
from pipeline.foresight.differences import note_change, note_found, note_refusal
from pipeline.foresight.happenings import Alerted, Fate
from pipeline.foresight.world import Arrival, Outage, Sending, Table, Timer, World
from pipeline.gate.cloudevents import STRUCTURED
from pipeline.gate.gate import Admitted, Refused, admit
from pipeline.privacy.digest import keyed_digest
from pipeline.routing.producers import announcements
from pipeline.routing.route import route
from schemas.alert import Alert
from schemas.case import Status
from schemas.delivery import Delivery, DeliveryStatus
from schemas.facts import Fact
from schemas.receipt import Problem

_HEADERS = (("content-type", STRUCTURED.encode()),)
_DIGEST_KEY = b"foresight keeps nothing"  # repeats within one run are seen; a real installation has its own secret
_MOST_EVENTS = 200_000
"""More within one run would be a timer that never moves on; a report that nobody answers takes about 400 a day."""


class Endless(RuntimeError):
    """The run does not come to an end: some timer never moves on."""


def run(world: World, until: datetime) -> World:
    """Runs the world to `until` (aware UTC, included) and returns it. Raises Endless for a timer that stands still."""
    for _ in range(_MOST_EVENTS):
        if not step(world, until):
            world.now = max(world.now, until)
            return world
    raise Endless(f"after {_MOST_EVENTS} events it is still {world.now.isoformat()}")


def step(world: World, until: datetime) -> bool:
    """Does what comes next at `until` or before; False if nothing does."""
    following = world.next(until)
    if following is None:
        return False
    world.now = max(world.now, following[0])
    match following[1]:
        case Arrival() as arrival:
            _arrive(world, arrival)
        case Timer() as timer:
            _wake(world, timer)
        case Sending(alert=alert):
            _deliver(world, alert)
        case Outage(local_id=local_id, until=end):
            world.outages[local_id] = end
    return True


def _arrive(world: World, arrival: Arrival) -> None:
    """Does what intake does: an outcome for the event, and its facts to their cases."""
    at = At(arrival.door, 0, world.arrivals, world.now)
    world.arrivals += 1
    verdict = admit(arrival.value, _HEADERS, accepts=arrival.door)
    if isinstance(verdict, Admitted):
        facts = facts_of(verdict, at, world.plans)
        if not isinstance(facts, Problem):
            for fact in facts:
                _casework(world, fact.case_id, [fact])
            return
        note_refusal(world, None, facts)
        return
    for problem in verdict.problems:
        note_refusal(world, None, problem)
    if arrival.door == "reports":
        _unreadable(world, verdict, at, arrival.value)


def _unreadable(world: World, refused: Refused, at: At, value: bytes) -> None:
    """A rejected report opens a case all the same, by way of its producer's tally."""
    fact = rejected_report(refused, at, keyed_digest(_DIGEST_KEY, value))
    key = tally_reference(fact.municipality, fact.sender)
    world.tallies[key], fact = count(world.tallies.get(key), key, fact)
    world.arm(Table.TALLIES, key, world.tallies[key].wake_at)
    _casework(world, fact.case_id, [fact])


def _wake(world: World, timer: Timer) -> None:
    """Handles a timer if its row is still due; a row that has moved has a timer of its own."""
    row = world.row(timer)
    if row is None or row.wake_at is None or row.wake_at > world.now.timestamp():
        return
    if timer.table is Table.CASES:
        _casework(world, timer.key, [])
    elif timer.table is Table.CHAINS:
        _routing(world, timer.key)
    else:
        _announce(world, timer.key)


def _casework(world: World, reference: str, facts: Sequence[Fact]) -> None:
    before = world.cases.get(reference)
    change = work(before, facts, world.now, world.catalogue)
    for fact, problem in change.refused:
        note_refusal(world, fact.case_id, problem)
    if not change.changed:
        return
    if change.record is None:
        world.cases.pop(reference, None)
    else:
        world.cases[reference] = change.record
        world.arm(Table.CASES, reference, change.record.wake_at)
        note_change(world, before, change.record)
    _routing(world, reference)
    for fact in change.facts:
        _casework(world, fact.case_id, [fact])


def _routing(world: World, reference: str) -> None:
    case = world.cases.get(reference)
    if case is None or case.status in (Status.AWAITED, Status.ABSORBED) or not case.clocks:
        world.chains.pop(reference, None)
        return
    plan = world.plan(case.municipality)
    routed = route(case, world.chains.get(reference), plan, world.policy(case), world.now)
    if routed.state is None:
        world.chains.pop(reference, None)
    else:
        world.chains[reference] = routed.state
        world.arm(Table.CHAINS, reference, routed.state.wake_at)
    for alert in routed.alerts:
        _send(world, alert)
    minted = []
    for found in routed.facts:
        note_found(world, reference, found)
        minted.append(
            by_machine(found.kind, case_id=reference, at=found.occurred_at, identity=found.identity, body=found.body)
        )
    if minted:
        _casework(world, reference, minted)


def _announce(world: World, key: str) -> None:
    tally = world.tallies[key] = announce(world.tallies[key], world.now)
    told = world.announced.get(key, frozenset())
    fresh = {hour: number for hour, number in tally.announced.items() if hour not in told}
    world.announced[key] = told | frozenset(fresh)
    for alert in announcements(tally, fresh, world.plan(tally.municipality or NOBODYS), world.now):
        _send(world, alert)


def _send(world: World, alert: Alert) -> None:
    """Lets an alert go out at once, or at its time; of several that wait for one person only the newest goes."""
    world.newest[alert.supersedes or alert.alert_id] = alert.alert_id
    world.expect(max(world.now, alert.not_before or world.now), Sending(alert))


def _deliver(world: World, alert: Alert) -> None:
    """Delivery takes no time here; it fails for whom the script says so, permanently, and the chain is told."""
    waited = alert.not_before is not None
    down_until = world.outages.get(alert.recipient)
    if waited and world.newest[alert.supersedes or alert.alert_id] != alert.alert_id:
        _note_alert(world, alert, Fate.SUPERSEDED)
    elif down_until is not None and world.now < down_until:
        _note_alert(world, alert, Fate.UNDELIVERABLE)
        found = undeliverable(Delivery(alert=alert, status=DeliveryStatus.GIVEN_UP), world.now)
        if found is not None and alert.reference in world.cases:
            fact = by_machine(
                found.kind, case_id=alert.reference, at=world.now, identity=found.identity, body=found.body
            )
            _casework(world, alert.reference, [fact])
    else:
        _note_alert(world, alert, Fate.SENT)


def _note_alert(world: World, alert: Alert, fate: Fate) -> None:
    world.note(
        Alerted(
            at=world.now,
            reference=alert.reference,
            fate=fate,
            level=alert.level,
            kind=str(alert.kind),
            obligation=alert.obligation,
            rung=alert.rung,
            role=alert.role,
            local_id=alert.recipient,
            channel=alert.channel,
            why=alert.why,
            round=alert.round,
            step=alert.step,
            raised_at=alert.created_at,
            missed=alert.missed,
        )
    )

"""What people do about NIS 2 once something showed a sign of a significant incident: in hard worlds, and every day."""

from random import Random

from tests.simulation.acts import HOUR, Body, Holders, Person

REFUSED: Body = {"significant": "no", "reason": "Kortvarigt."}
WARNED: Body = {"filed": "early_warning"}
NOTIFIED: Body = {"filed": "notification"}

FORGOTTEN = 0.05
"""Of signs in everyday worlds so many are answered by nobody: their clock rings to the end of the world."""

Acts = list[tuple[float, bytes]]


def once_or_never(rng: Random, case: str, at: float, holders: Holders) -> Acts:
    """Returns one word on NIS 2, or none: whoever warns early notifies of nothing after it, and the clock runs out."""
    if rng.random() < 0.2:
        return []
    body = rng.choice([REFUSED, REFUSED, WARNED, NOTIFIED])
    return [(at + rng.uniform(0.2, 30) * HOUR, _states(rng, case, holders, body))]


def seen_through(rng: Random, case: str, at: float, holders: Holders) -> Acts:
    """Returns how an everyday incident ends: a reasoned no, or the stages of the law one after another, now and then
    late. With an incident that was notified the controller decides on the breach too, for the case stays open.
    """
    if rng.random() < FORGOTTEN:
        return []
    bodies = rng.choices(([REFUSED], [WARNED, REFUSED], [WARNED, NOTIFIED], [NOTIFIED]), (5, 2, 2, 1))[0]
    hours = sorted(rng.uniform(0.2, limit) for limit in (26.0, 60.0)[: len(bodies)])
    found = [(at + hour * HOUR, _states(rng, case, holders, body)) for hour, body in zip(hours, bodies, strict=True)]
    if NOTIFIED in bodies:
        ground: Body = {"inform_subjects": "no", "not_informing_ground": "not_high_risk"}
        decides = Person(rng, case, holders)
        value = decides.does("decide", "decision_maker", notify_authority="no", reason="Ingen risiko.", **ground)
        found.append((found[-1][0] + rng.uniform(0.1, 3) * HOUR, value))
    return found


def _states(rng: Random, case: str, holders: Holders, body: Body) -> bytes:
    return Person(rng, case, holders).does("incident", "security", **body)

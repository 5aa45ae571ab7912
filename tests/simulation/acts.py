"""What people do about a case: in order, out of order, late, not at all; and what somebody does who was just alerted."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from pydantic import JsonValue

from schemas.actions import PREFIX
from schemas.reports import VERSION

HOUR = 3600.0
LAST_ACT = 118 * HOUR  # after the beginning: what waits for its report has a day to come to an end
RECEIPT = "0123456789abcdef0123456789abcdef01234567"

MANNERS = ("brief", "brisk", "diligent", "late", "silent", "refusing", "wild")
Mix = tuple[int, ...]
EVERYDAY: Mix = (76, 16, 3, 0, 0, 5, 0)
HARD: Mix = (0, 60, 8, 3, 1, 6, 6)
"""How often each manner is met. A report that is judged and closed the same day is what a municipality sees most; one
that nobody answers costs the pipeline, and a run, a hundred times as much, and one world in eight is of that kind."""

Holders = Callable[[str, str], Sequence[str]]
"""(municipality, role) → local ids."""

Body = dict[str, JsonValue]


def event(
    kind: str, number: str, source: str, municipality: str, data: Mapping[str, JsonValue], extra: Body | None = None
) -> bytes:
    """Returns a structured CloudEvent."""
    envelope: Body = {
        "specversion": "1.0",
        "id": number,
        "source": source,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": municipality,
        "data": dict(data),
        **(extra or {}),
    }
    return json.dumps(envelope).encode()


def act(rng: Random, name: str, case: str, role: str, local_id: str, **body: JsonValue) -> bytes:
    """Returns one person's act."""
    data: Body = {"reference": case, "by": {"role": role, "local_id": local_id}, **body}
    return event(PREFIX + name, f"a-{rng.getrandbits(64):016x}", "/tools/people", case[:3], data)


def acts_of_a_life(
    rng: Random, case: str, at: float, holders: Holders, others: Sequence[str], mix: Mix
) -> list[tuple[float, bytes]]:
    """Returns what is done about `case`, which is first told of around `at`, and when."""
    manner = rng.choices(MANNERS, mix)[0]
    if manner == "silent":
        return []
    person = Person(rng, case, holders)
    if manner == "wild":
        moments = [at + rng.uniform(-1, 110) * HOUR for _ in range(rng.randint(2, 9))]
        found = [(moment, _wild(rng, person, others, moment)) for moment in moments]
    else:
        longest = {"brief": 6.0, "brisk": 9.0, "refusing": 20.0, "late": 105.0}.get(manner, 62.0)
        steps = _briefly(person) if manner == "brief" else _in_order(person, manner)
        hours = sorted(rng.uniform(0.1, longest) for _ in range(9))
        found = [(at + hour * HOUR, value) for hour, value in zip(hours, steps, strict=False)]
    return [(moment, value) for moment, value in found if moment < at + LAST_ACT - 30 * HOUR]


def closes_again(rng: Random, case: str, news: float, holders: Holders) -> tuple[float, bytes]:
    """Returns how somebody closes the case anew, within hours of the last that was told of it."""
    value = Person(rng, case, holders).does("close", "decision_maker", closing="not_a_breach", reason="Intet nyt.")
    return news + rng.uniform(0.2, 5.0) * HOUR, value


def odd_acts(rng: Random, case: str, at: float, holders: Holders, others: Sequence[str]) -> list[tuple[float, bytes]]:
    """Returns a few acts out of turn: a correction, a withdrawal, a link, a duplicate, an assessment and the like."""
    person = Person(rng, case, holders)
    moments = [at + rng.uniform(-0.5, 60) * HOUR for _ in range(rng.randint(1, 3))]
    return [(moment, _wild(rng, person, others, moment)) for moment in moments]


class Person:
    """Makes acts of whoever holds a role in the case's municipality; operations where nobody does."""

    def __init__(self, rng: Random, case: str, holders: Holders) -> None:
        self.rng, self.case, self.holders = rng, case, holders

    def does(self, name: str, role: str, **body: JsonValue) -> bytes:
        known = self.holders(self.case[:3], role)
        return act(self.rng, name, self.case, role, self.rng.choice(known) if known else "drift-vagt", **body)


def _briefly(person: Person) -> list[bytes]:
    """Returns the acts of a case that ends the day it came: no breach, or no risk and the first-hour tasks done."""
    decides = "decision_maker"
    if person.rng.random() < 0.5:
        return [person.does("close", decides, closing="not_a_breach", reason="Ingen personoplysninger.")]
    ground: Body = {"inform_subjects": "no", "not_informing_ground": "not_high_risk"}
    tasks = ("recall", "protected_address_check", "written_confirmation")
    return [
        person.does("decide", decides, notify_authority="no", reason="Ingen risiko.", **ground),
        *(person.does("task", "caseworker", task=task, state="done", answer="no") for task in tasks),
        person.does("close", decides, closing="done"),
    ]


def _in_order(person: Person, manner: str) -> list[bytes]:
    dpo, decides = "dpo", "decision_maker"
    steps = [person.does("acknowledge", dpo), person.does("advise", dpo, notify_authority="yes")]
    if manner == "refusing":
        ground: Body = {"inform_subjects": "no", "not_informing_ground": "not_high_risk"}
        steps.append(person.does("decide", decides, notify_authority="no", reason="Ingen risiko.", **ground))
    else:
        told = person.rng.choice(("yes", "no", "unknown"))
        steps.append(person.does("decide", decides, notify_authority="yes", inform_subjects=told))
        thorough = manner == "brisk" or person.rng.random() < 0.7
        numbers: Body = {"receipt_reference": RECEIPT} if thorough else {}
        complete = "yes" if manner == "brisk" else person.rng.choice(("yes", "yes", "no", "unknown"))
        late: Body = {"late_reason": "Sagen lå."} if person.rng.random() < 0.5 else {}
        steps.append(person.does("submit", decides, complete=complete, **numbers, **late))
    steps.append(person.does("inform_subjects", decides, informed="yes", how="brev"))
    if manner in ("brisk", "refusing"):
        tasks = ("recall", "protected_address_check", "written_confirmation")
        steps[1:1] = [person.does("task", "caseworker", task=task, state="done", answer="no") for task in tasks]
    steps.append(person.does("close", decides, closing="done"))
    return steps


def _wild(rng: Random, person: Person, others: Sequence[str], at: float) -> bytes:
    role = rng.choice(("dpo", "decision_maker", "deputy", "caseworker", "security", "operations"))
    other = rng.choice(others) if others else person.case
    options: list[Callable[[], bytes]] = [
        lambda: person.does("acknowledge", role),
        lambda: person.does("advise", "dpo"),
        lambda: person.does("decide", "decision_maker", notify_authority=rng.choice(("yes", "no")), reason="Fordi."),
        lambda: person.does("submit", "decision_maker", kind=rng.choice(("initial", "follow_up", "withdrawal"))),
        lambda: person.does("assess", "dpo", outcome=rng.choice(("unlikely_risk", "risk", "high_risk")), reason="Set."),
        lambda: person.does("task", "dpo", task="recall", state="done", answer=rng.choice(("yes", "no"))),
        lambda: person.does("confirm_recipient", "dpo", deletion_confirmed="yes"),
        lambda: person.does("close", "decision_maker", closing="not_a_breach", reason="Intet brud."),
        lambda: person.does("close", "dpo", closing="duplicate_of", duplicate_of=other, reason="Samme."),
        lambda: person.does("link", "dpo", other=other),
        lambda: person.does("erase", "decision_maker", reason="Opbevaringstiden er gået."),
        lambda: person.does(
            "correct_awareness",
            "dpo",
            aware_at=_iso(at - rng.uniform(-1, rng.choice((12, 60))) * HOUR),
            ground=rng.choice(("investigation", "clerical_error")),
            reason="Undersøgt.",
        ),
        lambda: person.does("silence", "dpo", until=_iso(at + rng.uniform(0, 30) * HOUR), reason="Møde."),
        lambda: person.does("choose_policy", "dpo", policy="gdpr33-dk", reason="Valgt."),
    ]
    return rng.choice(options)()


def _iso(at: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(at))).isoformat()

"""What must hold in a plan beyond its shape: somebody for every role, and nobody who advises and decides."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from pipeline.plans.address import Destinations, allowed, is_mail
from pipeline.plans.plan import FALLBACK, ContactPlan
from pipeline.plans.problems import PlanProblem
from schemas.heartbeat import CHANNEL, is_beat
from schemas.values import Role

_NEEDED = {
    Role.DPO: "no DPO: a public authority must have one (GDPR Art. 37(1)(a))",
    Role.DEPUTY: "no deputy: nobody answers when the DPO is away",
    Role.DECISION_MAKER: "no decision maker: the DPO only advises, the controller must decide",
    Role.SECURITY: "no information-security coordinator: the chain has a gap",
    Role.DUTY_MANAGEMENT: "no duty management: the chain has no end",
    Role.CASEWORKER: "no caseworker: nobody recalls a misdelivered letter",
    Role.OPERATIONS: "no operations: nobody hears when the whole chain is silent",
}
_HOLDABLE = frozenset(_NEEDED)
_SERVICE = re.compile(r"[a-z][a-z0-9-]{1,31}")


def problems(file: str, plan: ContactPlan, destinations: Destinations) -> Iterator[PlanProblem]:
    """Yields every fault that makes a plan unusable."""
    yield from _heartbeat(file, plan)
    yield from _roles(file, plan)
    yield from _people(file, plan, destinations)
    yield from _substitutions(file, plan)
    yield from _references(file, plan)


def warnings(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    """Yields what works but should be better: a `page` that hangs on a single way of reaching somebody."""
    for role in (Role.DPO, Role.DECISION_MAKER, Role.DUTY_MANAGEMENT, Role.OPERATIONS):
        for local_id in plan.holders(role):
            person = plan.person(local_id)
            if person is not None and len({channel.kind for channel in person.channels}) < 2:
                yield PlanProblem(
                    file,
                    f"delivery.people.{local_id}.channels",
                    "a page reaches this person by one kind of channel only",
                    "Add a second one that does not depend on the mail server, such as a webhook to an SMS gateway.",
                )


def _heartbeat(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    if is_beat(plan.kommunekode):
        yield PlanProblem(
            file, "kommunekode", "this code is the heartbeat's, which has its plan in the program", "Take the file out."
        )
    for local_id, person in plan.delivery.people.items():
        if any(channel.kind == CHANNEL for channel in person.channels):
            yield PlanProblem(
                file,
                f"delivery.people.{local_id}.channels",
                "the heartbeat's channel reaches nobody: it ends inside the program",
                "Name a channel that reaches this person, such as smtp.",
            )


def _roles(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    roles = plan.delivery.roles
    for role, reason in _NEEDED.items():
        if plan.kommunekode == FALLBACK and role is not Role.OPERATIONS:
            continue
        if not roles.get(role):
            yield PlanProblem(file, f"delivery.roles.{role}", reason, f"Add `{role}: [local-id]` and that person.")
    for role, holders in roles.items():
        if role not in _HOLDABLE:
            yield PlanProblem(file, f"delivery.roles.{role}", "nobody can hold this role", "Take the line out.")
        if role not in _NEEDED and not holders:
            yield PlanProblem(file, f"delivery.roles.{role}", "a role that nobody holds", "Name somebody.")
        for local_id in holders:
            if local_id not in plan.delivery.people:
                yield _unknown(file, f"delivery.roles.{role}", local_id)
    advisers = {*plan.holders(Role.DPO), *plan.holders(Role.DEPUTY)}
    for local_id in sorted(advisers & {*plan.holders(Role.DECISION_MAKER)}):
        yield PlanProblem(
            file,
            "delivery.roles.decision_maker",
            f"{local_id} advises as DPO or deputy and cannot also decide (GDPR Art. 38(6))",
            "Name another person as decision maker.",
        )
    steps = [role for step in plan.delivery.chain for role in ((step,) if isinstance(step, Role) else step)]
    if plan.kommunekode != FALLBACK:
        for role in (Role.DPO, Role.DUTY_MANAGEMENT):
            if role not in steps:
                yield PlanProblem(
                    file, "delivery.chain", f"the chain never reaches {role}", f"Add {role}, or leave `chain` out."
                )
    for role in steps:
        if not roles.get(role) and role not in _NEEDED:
            yield PlanProblem(file, "delivery.chain", f"{role} stands in the chain and nobody holds it", "Take it out.")


def _people(file: str, plan: ContactPlan, destinations: Destinations) -> Iterator[PlanProblem]:
    for local_id, person in plan.delivery.people.items():
        field = f"delivery.people.{local_id}.channels"
        for name, times in Counter(channel.name for channel in person.channels).items():
            if times > 1:
                yield PlanProblem(file, field, f"two channels are called {name}", "Give each a name of its own.")
        for channel in person.channels:
            here = f"{field}.{channel.name}"
            if channel.kind == "smtp" and not is_mail(channel.address):
                yield PlanProblem(file, here, "this is no mail address", "Write one address, such as dpo@by.example.")
            elif channel.kind == "webhook" and urlsplit(channel.address).scheme != "https":
                yield PlanProblem(file, here, "a webhook's address begins with https://", "Write it in full.")
            elif channel.kind == "apprise":
                if _SERVICE.fullmatch(channel.address) is None:
                    yield PlanProblem(
                        file,
                        here,
                        "the address of an apprise channel is the name of a service, never its URL: that holds a secret",
                        "Write the name under which BRUDVAGT_APPRISE_FILE has the URL, such as sms-vagt.",
                    )
            elif not allowed(channel.address, destinations):
                yield PlanProblem(
                    file,
                    here,
                    "this address lies outside .example, and Brudvagt is not set to real destinations",
                    "Use an address that ends in .example, or set BRUDVAGT_PRODUCTION=true on purpose.",
                )
            if channel.certificate is not None and channel.kind != "smtp":
                yield PlanProblem(file, here, "only mail is encrypted to a certificate", "Take `certificate` out.")


def _substitutions(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    listed = plan.delivery.substitutions
    for number, one in enumerate(listed, start=1):
        field = f"delivery.substitutions.{number}"
        if one.ends <= one.starts:
            yield PlanProblem(file, field, "it ends before it begins", "Exchange `starts` and `ends`.")
        for local_id in {one.absent, one.substitute} - {None}:
            if local_id not in plan.delivery.people:
                yield _unknown(file, field, str(local_id))
        if one.substitute == one.absent:
            yield PlanProblem(file, field, "somebody stands in for themselves", "Name another substitute.")
        if any(o.absent == one.absent and o.starts < one.ends and one.starts < o.ends for o in listed[: number - 1]):
            yield PlanProblem(file, field, f"two substitutes for {one.absent} at one time", "Let one end sooner.")
        advises = any(one.absent in plan.holders(role) for role in (Role.DPO, Role.DEPUTY))
        decides = one.absent in plan.holders(Role.DECISION_MAKER)
        advisers = {*plan.holders(Role.DPO), *plan.holders(Role.DEPUTY)}
        if (advises and one.substitute in plan.holders(Role.DECISION_MAKER)) or (
            decides and one.substitute in advisers
        ):
            yield PlanProblem(
                file,
                field,
                "the substitute would both advise and decide (GDPR Art. 38(6))",
                "Name a substitute from the same side: advisers for the DPO, management for the decision maker.",
            )


def _references(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    for kind, local_id in plan.delivery.inbound.items():
        if local_id not in plan.delivery.people:
            yield _unknown(file, f"delivery.inbound.{kind}", local_id)


def _unknown(file: str, field: str, local_id: str) -> PlanProblem:
    return PlanProblem(
        file, field, f"{local_id} stands under no `people`", "Add that person with a channel, or correct the local id."
    )

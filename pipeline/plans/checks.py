"""What must hold in a plan beyond its shape: somebody for every role, and nobody who advises and decides."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from pipeline.municipalities import municipalities
from pipeline.plans.address import Destinations, allowed, is_mail
from pipeline.plans.plan import BLANK, FALLBACK, ChainStep, ContactPlan
from pipeline.plans.problems import PlanProblem
from schemas.heartbeat import CHANNEL, is_beat
from schemas.values import Role

_NEEDED = {
    Role.DPO: "her mangler en databeskyttelsesrådgiver; en offentlig myndighed skal have en (GDPR art. 37, stk. 1, litra a)",
    Role.DEPUTY: "her mangler en stedfortræder; ingen svarer, når databeskyttelsesrådgiveren er væk",
    Role.DECISION_MAKER: "her mangler en beslutningstager; databeskyttelsesrådgiveren rådgiver kun, kommunen skal beslutte",
    Role.SECURITY: "her mangler en informationssikkerhedskoordinator; kæden har et hul",
    Role.DUTY_MANAGEMENT: "her mangler en ledelsesvagt; kæden ender hos ingen",
    Role.CASEWORKER: "her mangler en sagsbehandler; ingen kalder et fejlsendt brev tilbage",
    Role.OPERATIONS: "her mangler driften; ingen hører, når hele kæden er tavs",
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
    """Yields what works but should be better: a code of no municipality, a `page` that hangs on one way of reaching
    somebody.
    """
    if plan.kommunekode not in (*municipalities(), FALLBACK):
        yield PlanProblem(
            file,
            "kommunekode",
            f"ingen dansk kommune har koden {plan.kommunekode}",
            "Se koden i kommuner.csv; lad den stå, hvis det er en prøve.",
        )
    for role in (Role.DPO, Role.DECISION_MAKER, Role.DUTY_MANAGEMENT, Role.OPERATIONS):
        for local_id in plan.holders(role):
            person = plan.person(local_id)
            if person is not None and len({channel.kind for channel in person.channels}) < 2:
                yield PlanProblem(
                    file,
                    f"delivery.people.{local_id}.channels",
                    "en hastealarm når kun denne person ad én slags kanal",
                    "Tilføj en kanal, der ikke afhænger af mailserveren, for eksempel en webhook til en SMS-gateway.",
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
            yield PlanProblem(
                file,
                f"delivery.roles.{role}",
                reason,
                f"Skriv `{role}: [lokalt-id]`, og giv personen en kanal under `people`.",
            )
    for role, holders in roles.items():
        if role not in _HOLDABLE:
            yield PlanProblem(file, f"delivery.roles.{role}", "den rolle kan ingen have", "Fjern linjen.")
        if role not in _NEEDED and not holders:
            yield PlanProblem(
                file,
                f"delivery.roles.{role}",
                "rollen står her, men ingen har den",
                "Nævn en person, eller fjern linjen.",
            )
        for local_id in holders:
            if local_id not in plan.delivery.people:
                yield _unknown(file, f"delivery.roles.{role}", local_id)
    advisers = {*plan.holders(Role.DPO), *plan.holders(Role.DEPUTY)}
    for local_id in sorted(advisers & {*plan.holders(Role.DECISION_MAKER)}):
        yield PlanProblem(
            file,
            "delivery.roles.decision_maker",
            f"{local_id} er databeskyttelsesrådgiver eller stedfortræder og kan ikke også beslutte (GDPR art. 38, stk. 6)",
            "Vælg en anden beslutningstager.",
        )
    yield from _chain(file, "delivery.chain", plan, plan.delivery.chain)
    for number, branch in enumerate(plan.delivery.branches, start=1):
        yield from _chain(file, f"delivery.branches.{number}.chain", plan, branch.chain)


def _chain(file: str, field: str, plan: ContactPlan, chain: Sequence[ChainStep]) -> Iterator[PlanProblem]:
    """Yields what is wrong with a chain. Every one reaches the DPO and ends at the duty management, so that silence is
    heard."""
    steps = [role for step in chain for role in ((step,) if isinstance(step, Role) else step)]
    if plan.kommunekode != FALLBACK:
        for role in (Role.DPO, Role.DUTY_MANAGEMENT):
            if role not in steps:
                yield PlanProblem(file, field, f"kæden når aldrig {role}", f"Tilføj {role}, eller udelad kæden.")
    for role in steps:
        if not plan.holders(role) and role not in _NEEDED:
            yield PlanProblem(file, field, f"{role} står i kæden, men ingen har rollen", "Fjern den.")


def _people(file: str, plan: ContactPlan, destinations: Destinations) -> Iterator[PlanProblem]:
    for local_id, person in plan.delivery.people.items():
        field = f"delivery.people.{local_id}.channels"
        for name, times in Counter(channel.name for channel in person.channels).items():
            if times > 1:
                yield PlanProblem(file, field, f"to kanaler hedder {name}", "Giv dem hver sit navn.")
        for channel in person.channels:
            here = f"{field}.{channel.name}"
            if channel.address == BLANK:
                yield PlanProblem(file, here, "adressen er ikke udfyldt endnu", f"Skriv den i stedet for {BLANK}.")
            elif channel.kind == "smtp" and not is_mail(channel.address):
                yield PlanProblem(
                    file, here, "dette er ikke en mailadresse", "Skriv én adresse, f.eks. dpo@by.example."
                )
            elif channel.kind == "webhook" and urlsplit(channel.address).scheme != "https":
                yield PlanProblem(file, here, "en webhooks adresse begynder med https://", "Skriv hele adressen.")
            elif channel.kind == "apprise":
                if _SERVICE.fullmatch(channel.address) is None:
                    yield PlanProblem(
                        file,
                        here,
                        "adressen på en apprise-kanal er navnet på en tjeneste, aldrig dens URL, for den rummer en hemmelighed",
                        "Skriv det navn, som BRUDVAGT_APPRISE_FILE har URL'en under, f.eks. sms-vagt.",
                    )
            elif not allowed(channel.address, destinations):
                yield PlanProblem(
                    file,
                    here,
                    "adressen ligger uden for .example, og Brudvagt er ikke sat til rigtige modtagere",
                    "Brug en adresse, der ender på .example, eller sæt med vilje BRUDVAGT_PRODUCTION=true.",
                )
            if channel.certificate is not None and channel.kind != "smtp":
                yield PlanProblem(file, here, "kun mail krypteres til et certifikat", "Fjern `certificate`.")


def _substitutions(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    listed = plan.delivery.substitutions
    for number, one in enumerate(listed, start=1):
        field = f"delivery.substitutions.{number}"
        if one.ends <= one.starts:
            yield PlanProblem(file, field, "fraværet slutter, før det begynder", "Byt om på `starts` og `ends`.")
        for local_id in {one.absent, one.substitute} - {None}:
            if local_id not in plan.delivery.people:
                yield _unknown(file, field, str(local_id))
        if one.substitute == one.absent:
            yield PlanProblem(file, field, "en person er sin egen afløser", "Vælg en anden afløser.")
        if any(o.absent == one.absent and o.starts < one.ends and one.starts < o.ends for o in listed[: number - 1]):
            yield PlanProblem(file, field, f"{one.absent} har to afløsere på samme tid", "Lad den ene slutte før.")
        advises = any(one.absent in plan.holders(role) for role in (Role.DPO, Role.DEPUTY))
        decides = one.absent in plan.holders(Role.DECISION_MAKER)
        advisers = {*plan.holders(Role.DPO), *plan.holders(Role.DEPUTY)}
        if (advises and one.substitute in plan.holders(Role.DECISION_MAKER)) or (
            decides and one.substitute in advisers
        ):
            yield PlanProblem(
                file,
                field,
                "afløseren ville både rådgive og beslutte (GDPR art. 38, stk. 6)",
                "Vælg en afløser på samme side: en rådgiver for rådgiveren, en leder for beslutningstageren.",
            )


def _references(file: str, plan: ContactPlan) -> Iterator[PlanProblem]:
    for kind, local_id in plan.delivery.inbound.items():
        if local_id not in plan.delivery.people:
            yield _unknown(file, f"delivery.inbound.{kind}", local_id)


def _unknown(file: str, field: str, local_id: str) -> PlanProblem:
    return PlanProblem(
        file, field, f"{local_id} står ikke under `people`", "Tilføj personen med en kanal, eller ret det lokale id."
    )

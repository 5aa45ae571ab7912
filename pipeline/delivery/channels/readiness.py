"""What contact plans ask of channels and this installation cannot do: told before a night on which it is needed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from pipeline.delivery.channels.channel import Kind, Misconfigured, Site
from pipeline.delivery.channels.registry import kinds
from pipeline.plans.plan import Channel, ContactPlan, Person
from pipeline.plans.problems import PlanProblem

EVERY_PLAN = "planerne tilsammen"
FIELD = "kanaler af slagsen"


def unready(plans: Mapping[str, ContactPlan], site: Site, at: datetime) -> Iterator[PlanProblem]:
    """Yields what cannot be used at `at`: a sentence for each kind of channel that is absent or badly set, and one for
    each channel that would not get through although its kind is there.
    """
    known = kinds()
    usable: set[str] = set()
    wanted = Counter(channel.kind for _, _, channel in _channels(plans))
    for kind, times in sorted(wanted.items()):
        field = f"{FIELD} {kind} ({times})"
        if kind not in known:
            yield PlanProblem(
                EVERY_PLAN, field, "den slags kanal findes ikke", f"Skriv en af: {', '.join(sorted(known))}."
            )
            continue
        try:
            if known[kind].configured(site) is not None:
                usable.add(kind)
                continue
        except Misconfigured as error:
            yield PlanProblem(EVERY_PLAN, field, str(error), "Indtil det er rettet, når ingen alarm frem ad den vej.")
            continue
        remedy = f"Sæt BRUDVAGT_{known[kind].setting.upper()}; docs/channels.md viser hvordan."
        yield PlanProblem(EVERY_PLAN, field, "den er ikke sat op her", remedy)
    told: set[tuple[str, str]] = set()
    for file, local_id, channel in _channels(plans):
        fault = known[channel.kind].fault(channel, site, at) if channel.kind in usable else None
        here = (file, f"delivery.people.{local_id}.channels.{channel.name}")
        if fault is not None and here not in told:
            told.add(here)
            yield PlanProblem(*here, fault.reason, fault.remedy)


def absent(plans: Mapping[str, ContactPlan], site: Site) -> tuple[Kind, ...]:
    """Returns the kinds that plans use and that are not set up here. Raises Misconfigured."""
    wanted = {channel.kind for _, _, channel in _channels(plans)}
    return tuple(kind for name, kind in kinds().items() if name in wanted and kind.configured(site) is None)


def _channels(plans: Mapping[str, ContactPlan]) -> Iterator[tuple[str, str, Channel]]:
    """Yields file, local id and channel; the people of an office that several plans share come once for each."""
    for plan in plans.values():
        for local_id, person in plan.delivery.people.items():
            for channel in person.channels:
                yield _file(plan, person), local_id, channel


def _file(plan: ContactPlan, person: Person) -> str:
    return f"{plan.kommunekode} ({plan.name})" if person.office is None else f"offices/{person.office}.yaml"

"""A municipality's contact plan: roles, people by local id, channels, substitutions, hours; and what citizens are
shown.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.plans.display import Display
from pipeline.plans.hours import Week
from schemas.alert import Level
from schemas.case import ObligationName
from schemas.shape import Kommunekode, LocalId, Short
from schemas.times import from_local
from schemas.values import InboundKind, Role

FALLBACK = "000"
"""The plan for reports whose municipality cannot be read; it has a person too."""

BLANK = "UDFYLD"
"""What a starting file has where an address belongs; `plans check` names each one that is left."""

_TIME = "et tidspunkt skrives med dato og klokkeslæt, f.eks. 2026-12-23T12:00"

DEFAULT_CHAIN: tuple[Role, ...] = (Role.DPO, Role.DEPUTY, Role.SECURITY, Role.DUTY_MANAGEMENT)


class Part(BaseModel):
    """A part of a plan: unknown fields are an error that names them."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _local_time(value: Any) -> Any:
    if isinstance(value, str) and len(value) > len("2026-12-23"):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(_TIME) from None
    if not isinstance(value, datetime):
        raise ValueError(_TIME)  # a date alone says neither when somebody leaves nor when they are back
    if value.tzinfo is not None:
        return value
    try:
        return from_local(value)
    except ValueError:
        raise ValueError(f"{value:%Y-%m-%d %H:%M} findes ikke: den nat stilles uret frem") from None


LocalTime = Annotated[datetime, BeforeValidator(_local_time, json_schema_input_type=str)]
"""A time in a plan: without an offset it is local Danish time."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
Language = Literal["da", "en"]


class Channel(Part):
    """One way to reach a person. `name` tells two of a kind apart and is what an alert carries instead of the address.

    A mail channel with a `certificate` (a file under `certificates/` beside the plans, without its ending) is encrypted
    to it or not used at all.
    """

    name: Name
    kind: Name
    address: Annotated[str, Field(min_length=3, max_length=500)]
    certificate: Name | None = None


class Person(Part):
    """Somebody or some desk that holds roles, under a local id; never a name."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    language: Language = "da"
    office: Name | None = None  # set by loading: the office that this person belongs to

    def channel(self, name: str) -> Channel | None:
        """Returns the channel of that name, if there still is one."""
        return next((one for one in self.channels if one.name == name), None)


class Substitution(Part):
    """A period in which `substitute` stands in for `absent`; without a substitute the chain passes on."""

    absent: LocalId
    substitute: LocalId | None = None
    starts: LocalTime
    ends: LocalTime

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in the period; its end does not."""
        return self.starts <= at < self.ends


ChainStep = Role | tuple[Role, ...]


class Branch(Part):
    """A chain of its own for a level, for certain obligations, or for both; what no branch fits takes the plan's chain."""

    level: Level | None = None
    obligations: tuple[ObligationName, ...] = ()
    chain: tuple[ChainStep, ...] = Field(min_length=1)

    def fits(self, level: Level, obligation: str) -> bool:
        """Whether an alarm of that level for that obligation takes this branch."""
        return self.level in (None, level) and (not self.obligations or obligation in self.obligations)


class Delivery(Part):
    """Where alerts go. Addresses stand here and nowhere else."""

    roles: dict[Role, tuple[LocalId, ...]]
    people: dict[LocalId, Person] = Field(default_factory=dict)
    offices: tuple[Name, ...] = ()  # files under offices/ whose people this plan may name
    substitutions: tuple[Substitution, ...] = ()
    chain: tuple[ChainStep, ...] = DEFAULT_CHAIN  # a list within the list is told together
    branches: tuple[Branch, ...] = ()  # the first that fits counts
    inbound: dict[InboundKind, LocalId] = Field(default_factory=dict)  # what is no breach, and who gets it


class Opening(Part):
    """`working` hours count for the chain's steps; outside `quiet_outside` only a `page` is sent."""

    working: Week
    quiet_outside: Week


class ContactPlan(Part):
    """One municipality's plan."""

    kommunekode: Kommunekode
    name: Short
    hours: Opening
    delivery: Delivery
    display: Display = Display()

    def holders(self, role: Role) -> tuple[str, ...]:
        """Returns the local ids that hold `role`, in the plan's order; absence is not looked at."""
        return self.delivery.roles.get(role, ())

    def person(self, local_id: str) -> Person | None:
        """Returns who stands behind a local id, or None if the plan no longer knows it."""
        return self.delivery.people.get(local_id)


class Office(Part):
    """An office that serves several municipalities, such as a shared DPO: written once, named by each plan."""

    office: Name
    organisation: Short
    people: dict[LocalId, Person] = Field(min_length=1)

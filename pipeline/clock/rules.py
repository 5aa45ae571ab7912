"""The parts of a policy: what starts it, what it asks, the steps of its ladder, and when people are reminded."""

from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from pipeline.clock.durations import Duration, Period


class PolicyStatus(StrEnum):
    """Whether a policy is law. A draft can never be chosen for a case."""

    IN_FORCE = "in_force"
    DRAFT = "draft"
    REPEALED = "repealed"


class Trigger(StrEnum):
    """The event from which a policy counts."""

    CONTROLLER_AWARE_AT = "controller_aware_at"
    PROCESSOR_AWARE_AT = "processor_aware_at"
    SIGNIFICANT_INCIDENT_AWARE_AT = "significant_incident_aware_at"
    HEARTBEAT_SENT_AT = "heartbeat_sent_at"  # no law: the synthetic cases that prove that alarms arrive


class Threshold(StrEnum):
    """From which gravity on the authority must be told."""

    NOT_UNLIKELY_RISK = "not_unlikely_risk"
    HIGH_RISK = "high_risk"
    SIGNIFICANT_INCIDENT = "significant_incident"


class From(StrEnum):
    """What a rung counts from."""

    AWARENESS = "awareness"
    DEADLINE = "deadline"


class Part(BaseModel):
    """A part of a policy file: an unknown field is an error, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RungRule(Part):
    """One rung of the ladder: forward from awareness, or back from the deadline (a negative offset, or none)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    counted_from: From = Field(alias="from")
    offset: Duration

    @model_validator(mode="after")
    def _direction(self) -> Self:
        if self.counted_from is From.AWARENESS and self.offset < timedelta(0):
            raise PydanticCustomError("rung", "a rung from awareness counts forward; write an offset such as PT24H")
        if self.counted_from is From.DEADLINE and self.offset > timedelta(0):
            raise PydanticCustomError("rung", "a rung from the deadline counts back; write -PT4H, or PT0H for the end")
        return self


class Reminder(Part):
    """When an open obligation asks again: first so long after it arose, then every so often."""

    first: Duration = timedelta(0)
    every: Duration = Field(gt=timedelta(0))


class AcknowledgementRule(Part):
    """How long an acknowledgement holds: max(min, min(max, share of the time left)); `overdue` once time is up."""

    min: Duration = Field(gt=timedelta(0))
    max: Duration = Field(gt=timedelta(0))
    share: float = Field(gt=0, le=1)
    overdue: Duration = Field(gt=timedelta(0))

    def holds_for(self, time_left: timedelta) -> timedelta:
        """Returns how long an acknowledgement given now holds, with `time_left` to the deadline (negative: overdue)."""
        if time_left <= timedelta(0):
            return self.overdue
        return max(self.min, min(self.max, time_left * self.share))


class Signs(Part):
    """What in a report makes a case carry a second clock until a person says otherwise: any one of it is enough."""

    service_disrupted: tuple[str, ...] = ()
    incident_kinds: tuple[str, ...] = ()
    final_report: str  # the step whose report ends the matter
    asked_before: Duration  # how long before that report is due it is first asked for

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.service_disrupted and not self.incident_kinds:
            raise PydanticCustomError("signs", "no sign is named; name some, or remove carried_when")
        return self


class Step(Part):
    """A stage of a notification in several stages (NIS 2: early warning, notification, final report)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    after: str = "trigger"  # or the name of an earlier step, counted from its submission
    period: Period | None = None  # None: on the authority's request only


def _clock_time(value: object) -> object:
    if isinstance(value, int):  # YAML 1.1 reads an unquoted 08:30 as a number in base 60
        raise PydanticCustomError("time_of_day", 'is no time of day; write it in quotes, as in "08:30"')
    return value


TimeOfDay = Annotated[time, BeforeValidator(_clock_time)]
"""A local time of day in a file, in quotes."""

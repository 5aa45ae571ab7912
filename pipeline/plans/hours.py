"""Opening hours as a plan's file writes them; `pipeline.clock.workhours` counts them."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from pipeline.clock import workhours
from pipeline.clock.holidays import NOTHING_MORE, OfficeClosed
from schemas.times import COPENHAGEN

_SPAN = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$")


class Span(BaseModel):
    """From one wall-clock time to a later one of the same day; 00:00 as the end is midnight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time
    end: time


def _span(value: object) -> object:
    if isinstance(value, Span):
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('åbningstid skrives som "08:00-16:00" i anførselstegn')
    start = time(int(match[1]), int(match[2]))
    end = time(0) if match[3] is None else time(int(match[3]), int(match[4]))
    if match[3] is not None and end <= start:
        raise ValueError(f"{value} slutter, før det begynder; skriv tid over midnat på to dage")
    return {"start": start, "end": end}


DayHours = Annotated[Span, BeforeValidator(_span, json_schema_input_type=str)]


class Week(BaseModel):
    """Open hours by weekday, local time. A day without hours, and every public holiday, is closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monday: DayHours | None = None
    tuesday: DayHours | None = None
    wednesday: DayHours | None = None
    thursday: DayHours | None = None
    friday: DayHours | None = None
    saturday: DayHours | None = None
    sunday: DayHours | None = None
    also_closed: frozenset[OfficeClosed] = NOTHING_MORE  # such as christmas_eve, which is no holiday in law

    @model_validator(mode="after")
    def _open_some_day(self) -> Self:
        if not any(self._days()):
            raise ValueError('ingen dag har åbningstid; skriv mindst én, f.eks. monday: "08:00-16:00"')
        return self

    def _days(self) -> tuple[Span | None, Span | None, Span | None, Span | None, Span | None, Span | None, Span | None]:
        return (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)

    @property
    def hours(self) -> workhours.Hours:
        """The same hours as the clock counts them."""
        monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
            None if span is None else (span.start, span.end) for span in self._days()
        )
        return workhours.Hours((monday, tuesday, wednesday, thursday, friday, saturday, sunday), self.also_closed)

    def next_open(self, at: datetime) -> datetime:
        """Returns `at` if it lies in open hours, else the next opening, in UTC."""
        return workhours.next_opening(at, self.hours)

    def after(self, start: datetime, working: timedelta) -> datetime:
        """Returns the moment at which `working` open time has passed since `start`, in UTC."""
        return workhours.add_working_time(start, working, self.hours)

    def opens_on(self, day: date) -> bool:
        """Whether a local date has open hours."""
        midnight = datetime.combine(day, time(), COPENHAGEN).astimezone(UTC)
        return self.next_open(midnight).astimezone(COPENHAGEN).date() == day

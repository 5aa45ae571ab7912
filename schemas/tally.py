"""How many unreadable events a producer has sent, by the hour: one alert names the number instead of hundreds."""

from typing import Literal

from pydantic import Field

from schemas.shape import Kept


class Tally(Kept):
    """One producer's count in one municipality; it lives beside the cases under a reference of its own."""

    wake_at: float | None = None  # unix seconds of the shown clock; first, as in a case's row
    kind: Literal["producer"] = "producer"
    reference: str
    municipality: str
    producer: str
    hours: dict[str, int] = Field(default_factory=dict)  # start of the hour in UTC → rejected events in it
    announced: dict[str, int] = Field(default_factory=dict)  # hours whose number is to be told to people

"""Times as reporters write them: with an offset, or as local Danish time, never guessed in silence.

A time without an offset is read as Europe/Copenhagen and flagged; an ambiguous one (the hour that comes twice in
October) takes the earlier reading; one that does not exist (the hour skipped in March) is refused. Regulation 1182/71
says nothing of offsets, so the safe reading is the earlier.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
WITHOUT_OFFSET = "times_without_offset"


def from_local(wall: datetime) -> datetime:
    """Reads a naive `wall` time as Europe/Copenhagen and returns it in UTC, the earlier reading where there are two.

    Raises ValueError where the clocks skipped that time.
    """
    early = wall.replace(tzinfo=COPENHAGEN, fold=0)
    there_and_back = early.astimezone(UTC).astimezone(COPENHAGEN).replace(tzinfo=None)
    if there_and_back != wall:
        raise ValueError(f"{wall:%Y-%m-%d %H:%M} does not exist in Europe/Copenhagen: the clocks were put forward")
    return early.astimezone(UTC)


def _read(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        if isinstance(value, datetime):
            return value
        raise PydanticCustomError(
            "time_as_text", "a time is written as ISO 8601 text, such as 2026-11-20T15:45:00+01:00"
        )
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError(
            "time_as_text", "not an ISO 8601 time; write it as 2026-11-20T15:45:00+01:00"
        ) from None
    if len(value) < len("2026-11-20T15:45"):
        if "T" in value or " " in value:
            raise PydanticCustomError("time_as_text", "a shortened time; write it as 2026-11-20T15:45:00+01:00")
        raise PydanticCustomError(
            "time_of_day_missing", "a date alone starts no clock; add the time of day, such as T15:45"
        )
    if (
        not timedelta(days=-1) < (parsed.utcoffset() or timedelta(0)) < timedelta(days=1)
        or not 1900 < parsed.year < 2200
    ):
        raise PydanticCustomError("time_out_of_range", "the year must lie between 1901 and 2199")
    if parsed.tzinfo is None:
        try:
            parsed = from_local(parsed)
        except ValueError as e:
            raise PydanticCustomError("time_not_existing", "{why}; give the offset", {"why": str(e)}) from None
        if info.context is not None and info.field_name is not None:
            info.context.setdefault(WITHOUT_OFFSET, []).append(info.field_name)
    return parsed.astimezone(UTC)


ReportedTime = Annotated[AwareDatetime, BeforeValidator(_read, json_schema_input_type=datetime)]
"""A time in an ingress event: ISO 8601; without an offset it is local Danish time."""

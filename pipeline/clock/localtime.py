"""Times as Danes read them, in Europe/Copenhagen: own tables, because a machine's locale is not ours to set."""

from datetime import datetime, timedelta

from pipeline.clock.durations import parse
from schemas.times import COPENHAGEN

WEEKDAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
MONTHS = (
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
)
_MINUTE = timedelta(minutes=1)


def long_form(at: datetime) -> str:
    """Returns an aware time as in `torsdag den 19. november 2026 kl. 10.20`.

    In the hour that comes twice in October it says which: `(sommertid)` or `(vintertid)`.
    """
    local = at.astimezone(COPENHAGEN)
    weekday, month = WEEKDAYS[local.weekday()], MONTHS[local.month - 1]
    return f"{weekday} den {local.day}. {month} {local.year} kl. {local:%H.%M}{_which(local)}"


def short_form(at: datetime) -> str:
    """Returns an aware time as in `19.11.2026 kl. 10.20`, with the doubled hour marked as in the long form."""
    local = at.astimezone(COPENHAGEN)
    return f"{local:%d.%m.%Y kl. %H.%M}{_which(local)}"


def deadline_form(at: datetime) -> str:
    """Returns the long form; midnight, which readers take for the wrong day, names the day that ends with it."""
    local = at.astimezone(COPENHAGEN)
    if (local.hour, local.minute) != (0, 0):
        return long_form(at)
    ending = WEEKDAYS[local.weekday() - 1]
    return f"{long_form(at)} (når {ending} slutter)"


def duration_form(length: timedelta) -> str:
    """Returns a duration as in `47 t 12 min`, whole minutes begun left out; its sign is not shown."""
    minutes = abs(length) // _MINUTE
    hours, rest = divmod(minutes, 60)
    if not minutes:
        return "under 1 min"
    return " ".join(part for part in (f"{hours} t" if hours else "", f"{rest} min" if rest else "") if part)


def period_form(period: str) -> str:
    """Returns an ISO 8601 period of a policy as in `24 t`, or `1 måned`. Raises ValueError for another form."""
    months = period.removeprefix("P").removesuffix("M")
    if not months.isdecimal():
        return duration_form(parse(period))
    return "1 måned" if int(months) == 1 else f"{int(months)} måneder"


def time_left(now: datetime, deadline_at: datetime) -> str:
    """Returns what is left as in `47 t 12 min tilbage`, or `fristen er overskredet med 3 t 5 min`."""
    left = deadline_at - now
    if left < timedelta(0):
        return f"fristen er overskredet med {duration_form(left)}"
    return f"{duration_form(left)} tilbage"


def _which(local: datetime) -> str:
    """Marks the two readings of an ambiguous wall time."""
    other = local.replace(fold=1 - local.fold)
    if other.utcoffset() == local.utcoffset():
        return ""
    return " (sommertid)" if local.dst() else " (vintertid)"

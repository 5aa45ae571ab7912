"""What the released policy files say of hours, read anew: the auditor does not ask the clock it audits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import yaml

HEARTBEAT = "heartbeat_sent_at"
_HOURS = re.compile(r"^PT(\d{1,4})H$")


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One released policy: its id, the time from awareness to the deadline, and how long an investigation may take."""

    id: str
    deadline: timedelta
    awareness_cap: timedelta
    page_within: timedelta
    starts_at: datetime | None  # None while it is not law


def read_policies(directory: Path) -> tuple[PolicyFile, ...]:
    """Returns every policy file in `directory`, in order of file name; the heartbeat's, which is no law, is left out.

    Raises ValueError for a duration that is not in whole hours: the auditor says so rather than guess.
    """
    found = [(path, yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(directory.glob("*.yaml"))]
    return tuple(_read(path, data) for path, data in found if data.get("trigger") != HEARTBEAT)


def _read(path: Path, data: Mapping[str, object]) -> PolicyFile:
    starts = data.get("valid_from") if data.get("status") == "in_force" else None
    return PolicyFile(
        id=str(data["id"]),
        deadline=_hours(path, "deadline", data["deadline"]),
        awareness_cap=_hours(path, "awareness_cap", data["awareness_cap"]),
        page_within=_hours(path, "page_within", data["page_within"]),
        starts_at=datetime(starts.year, starts.month, starts.day, tzinfo=UTC) if isinstance(starts, date) else None,
    )


def _hours(path: Path, name: str, text: object) -> timedelta:
    match = _HOURS.match(str(text))
    if match is None:
        raise ValueError(f"{path.name}: {name} {text!r} is not in whole hours (PT48H); teach the auditor to read it")
    return timedelta(hours=int(match[1]))

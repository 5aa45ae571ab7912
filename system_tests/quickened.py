"""The alert rules with shorter times, so that a drill takes minutes: nothing else of them is changed.

What a rule waits (`for`) lasts a quarter. What it looks back on lasts a fifteenth, an hour and more a hundred-and-twentieth:
the drill's heart beats every three seconds, not every minute, and its auditor looks every two, not every five minutes. What
takes its real time (a process starts in some seconds, a mail is tried again after some) stays within these.
"""

import re
from typing import Final

import yaml

SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WAIT_SHARE, LOOK_SHARE, LONG_LOOK_SHARE = 1 / 4, 1 / 15, 1 / 120
LONG_S: Final = 1800
BEAT_S: Final = 3.0
AUDIT_S: Final = 2.0
_LOOK: Final = re.compile(r"(\[|offset )(\d+)([smhd])")
_WAIT: Final = re.compile(r"^(\d+)([smhd])$")


def quickened(rules: str) -> str:
    """Returns a file of rules with its times shortened."""
    data = yaml.safe_load(rules)
    for group in data["groups"]:
        for rule in group["rules"]:
            rule["expr"] = _LOOK.sub(_shorter, rule["expr"])
            if "for" in rule:
                number, unit = re.fullmatch(_WAIT, rule["for"]).groups()  # type: ignore[union-attr]
                rule["for"] = f"{waits(int(number) * SECONDS[unit]):g}s"
    return yaml.safe_dump(data, allow_unicode=True)


def waits(seconds: float) -> float:
    """Returns how long the drill waits where a rule waits so many seconds."""
    return round(seconds * WAIT_SHARE)


def looks_back(seconds: float) -> float:
    """Returns how far the drill looks back where a rule looks back so many seconds."""
    return max(1, round(seconds * (LONG_LOOK_SHARE if seconds >= LONG_S else LOOK_SHARE)))


def _shorter(found: re.Match[str]) -> str:
    before, number, unit = found.groups()
    return f"{before}{looks_back(int(number) * SECONDS[unit]):g}s"

"""The heartbeat's tenant: a municipality that does not exist, whose cases prove that alarms still arrive.

Its cases travel the whole chain and stand in no register, no statistic and no audit: whoever lists or counts asks
`is_beat` first.
"""

from typing import Final

TENANT: Final = "999"
"""No municipality has this kommunekode: the real ones end at 860."""

SOURCE: Final = "/brudvagt/heartbeat"
"""The only sender that the tenant takes reports from. A form that writes 999 by mistake must not vanish into it."""

CHANNEL: Final = "heartbeat"
"""The kind of its only channel: inside the process, so that a beat cannot leave the machine whatever a plan says."""


def is_beat(municipality_or_reference: str | None) -> bool:
    """Whether a kommunekode or a case reference is the heartbeat's."""
    return municipality_or_reference is not None and municipality_or_reference[:3] == TENANT

"""The processes of an installation that have health pages, and the port of each unless one is set."""

from collections.abc import Mapping, Sequence
from typing import Final

PAGE: Final = "web"
"""The page that alerts link to: `brudvagt web`. People reach it on 9203, Prometheus on the port below."""

HEALTH_PORTS: Final[Mapping[str, int]] = {
    "casework": 9201,
    "alerting": 9202,
    "heartbeat": 9204,
    "auditor": 9205,
    PAGE: 9206,
}

BYSTANDERS: Final = ("heartbeat", "auditor")
"""Those that host no stage and serve nobody."""

WORKER_PORTS: Final[Mapping[str, int]] = {
    role: port for role, port in HEALTH_PORTS.items() if role not in (*BYSTANDERS, PAGE)
}
"""Those that host stages."""

COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    role: ("web",) if role == PAGE else ("worker", role) for role in HEALTH_PORTS
}
"""What starts each: `brudvagt` and these words."""

"""The processes of an installation that have health pages, and the port of each unless one is set."""

from collections.abc import Mapping
from typing import Final

HEALTH_PORTS: Final[Mapping[str, int]] = {"casework": 9201, "alerting": 9202, "heartbeat": 9204, "auditor": 9205}
"""9203 is the page that alerts link to."""

BYSTANDERS: Final = ("heartbeat", "auditor")
"""Those that host no stage."""

WORKER_PORTS: Final[Mapping[str, int]] = {role: port for role, port in HEALTH_PORTS.items() if role not in BYSTANDERS}
"""Those that host stages."""

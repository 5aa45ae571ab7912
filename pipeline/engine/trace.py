"""Where an exception came from, without what it says: a message may quote a report, a log must not."""

import traceback
from dataclasses import dataclass
from typing import Self


def where(error: BaseException) -> str:
    """Returns `file:line function` of the innermost frame, never the exception's text."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown"
    last = frames[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno} {last.name}"


@dataclass(frozen=True, slots=True)
class LastError:
    """A failure of a handler: real unix seconds, kind of exception, code line, items by position."""

    at: float
    error: str
    where: str
    batch: str

    @classmethod
    def of(cls, error: BaseException, batch: str, at: float) -> Self:
        """Describes what was raised on a batch."""
        return cls(at, type(error).__name__, where(error), batch)

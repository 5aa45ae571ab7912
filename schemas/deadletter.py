"""What could not be handled: code, path, position and digest on the open topic; the bytes on the restricted one."""

from datetime import datetime

from schemas.receipt import Problem
from schemas.shape import Kept


class DeadLetter(Kept):
    """One dead letter without its content."""

    stage: str
    topic: str
    partition: int
    offset: int
    received_at: datetime
    digest: str  # keyed digest of the bytes: repeats are seen, content is not
    bytes: int
    problems: tuple[Problem, ...]
    source: str | None = None
    event_type: str | None = None
    municipality: str | None = None
    reference: str | None = None  # the case that a rejected report opened

"""The engine's own exceptions: which kind of failure it is decides what happens next."""


class Transient(Exception):
    """A handler raises this when the same input may succeed in a moment; the engine retries it in place.

    The retries have a budget (`Budgets.transient_s`); when it is spent the process ends (exit 70) with nothing
    committed and nobody accused: the fault is not the record's.
    """


class EngineError(Exception):
    """Something that the engine cannot go on from: the process ends with exit status 70.

    `about` says which trace or batch it happened to, for the last line of the log.
    """

    def __init__(self, text: str, about: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.about = about


class BudgetSpent(EngineError):
    """Something took longer than its budget; the text names it and the seconds."""


class TopicMismatch(EngineError):
    """Topics are missing, or their partition counts differ from one another or from the one in the table."""


class WrongPartition(ValueError):
    """A key was written to a partition that it does not hash to: its next reader would look elsewhere."""


class HandlerFailed(EngineError):
    """The agent's code raised inside a transaction block; nothing was sent. `__cause__` is what it raised."""


class CommitFailed(EngineError):
    """The Kafka transaction may or may not have happened; only a new owner, who reads the table, can know."""


class Poisoned(EngineError):
    """A batch failed and its suspects are recorded; the next owner tries them in halves."""


class Halted(EngineError):
    """More internal errors in an hour than the limit: more likely a bad deploy than bad records."""

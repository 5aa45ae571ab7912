"""A broken rule: which, in a sentence, when and on what case."""

from datetime import UTC, datetime


class Violation(AssertionError):
    """The pipeline did something that it promised never to do."""

    def __init__(self, rule: str, detail: str, at: float) -> None:
        super().__init__(f"{rule}: {detail} (at {datetime.fromtimestamp(at, UTC).isoformat()})")
        self.rule = rule


def require(holds: bool, rule: str, detail: str, at: float) -> None:
    """Raises Violation unless the rule holds."""
    if not holds:
        raise Violation(rule, detail, at)

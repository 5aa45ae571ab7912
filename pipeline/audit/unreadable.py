"""Records that do not have the shape of their topic: what cannot be read cannot be audited."""

from collections.abc import Iterator

from pipeline.audit.evidence import Evidence, written
from pipeline.audit.finding import Code, Finding, Severity


def check(evidence: Evidence) -> Iterator[Finding]:
    """Yields every record on one of Brudvagt's own topics that does not fit its contract."""
    for seen in evidence.unreadable:
        yield Finding(
            Code.UNREADABLE,
            Severity.CRITICAL,
            written(seen),
            "the record does not have the shape of its topic",
            "who wrote it? Only Brudvagt's own users may write here; a newer worker needs a newer auditor",
        )

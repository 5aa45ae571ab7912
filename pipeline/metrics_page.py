"""`docs/metrics.md`, written from the definitions: `python -m pipeline.metrics_page` after a change."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from pipeline.audit.metrics import AUDIT
from pipeline.engine.metrics import ENGINE
from pipeline.heartbeat.metrics import HEARTBEAT
from pipeline.kafka.oauth.metrics import TOKENS
from pipeline.measure import Definition, Kind, Section
from pipeline.metrics import ALERTING, INTAKE, LAW, PLANNING
from pipeline.web.metrics import PAGE as WEB

SECTIONS: Final[Sequence[Section]] = (INTAKE, LAW, ALERTING, PLANNING, ENGINE, HEARTBEAT, AUDIT, WEB, TOKENS)
PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "metrics.md"
SHOWN: Final = 8  # values of a label that are written out; longer lists are counted

_HEAD: Final = """# Metrics

Written from the definitions in the code (`python -m pipeline.metrics_page`); a test compares. Every process shows its own
on `/metrics`: workers those of their stages, the heartbeat, the auditor and the page theirs. Seconds and base units;
counters end in `_total` and count what was committed; no label holds a case, a person or a text. The heartbeat's cases are in
none of the first three sections.

*Series* is the most that one process can show with 98 municipalities; of a histogram every bucket is one. Sums over workers
count a case once: a case belongs to one partition, and a partition to one worker.
"""


def definitions() -> list[Definition]:
    """Returns every metric, in the page's order."""
    return [definition for section in SECTIONS for definition in section.definitions]


def page() -> str:
    """Returns the page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield _HEAD
    for section in SECTIONS:
        yield f"## {section.title}\n"
        yield "| metric | kind | labels | there | series | what it says |"
        yield "|---|---|---|---|---|---|"
        for one in section.definitions:
            yield f"| `{one.name}` | {one.kind} | {_labels(one)} | {one.born} | {one.bound} | {_says(one)} |"
        yield ""


def _labels(one: Definition) -> str:
    said = []
    for label in one.labels:
        few = 0 < len(label.values) <= SHOWN
        values = ", ".join(f"`{value}`" for value in label.values) if few else f"at most {label.bound}"
        said.append(f"`{label.name}`: {values}")
    return "; ".join(said) or "–"


def _says(one: Definition) -> str:
    if one.kind is not Kind.HISTOGRAM:
        return one.says
    return f"{one.says} Buckets: {', '.join(f'{bound:g}' for bound in one.buckets)} s."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

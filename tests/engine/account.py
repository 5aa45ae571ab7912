"""What became of every report: the figures by which a run is judged."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True)
class Account:
    """Lost is a report that the group acknowledged and no row counts; unread one that it has not come to."""

    reports: int
    unread: int
    lost: int
    counted_twice: int
    alerts_missing: int
    alerts_doubled: int

    @classmethod
    def of(cls, sent: Mapping[int, bool], counted: Counter[int], alerts: Counter[int]) -> Self:
        """Counts. `sent` says of each report whether it is acknowledged; every fifth asks for an alert."""
        handled = {report for report, acknowledged in sent.items() if acknowledged}
        return cls(
            reports=len(sent),
            unread=len(sent) - len(handled),
            lost=len(handled - set(counted)),
            counted_twice=counted.total() - len(counted),
            alerts_missing=len({report for report in handled if report % 5 == 0} - set(alerts)),
            alerts_doubled=alerts.total() - len(alerts),
        )

    @property
    def exactly_once(self) -> bool:
        """Whether every figure that must be 0 is."""
        wrong = {name: value for name, value in asdict(self).items() if name != "reports"}
        return self.reports > 0 and not any(wrong.values())

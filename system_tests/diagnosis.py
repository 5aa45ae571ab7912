"""What somebody needs to know of a drill that went wrong, so that one failure is enough."""

import os
from collections.abc import Iterable, Iterator, Sequence

from system_tests.prometheus import LOOK_S, Prometheus, Sample, Series
from system_tests.rules import SWITCH, rules
from system_tests.timeline import GAP_S, longest_blink
from tests.agents.running import Running

LOG_LINES = 40
MOST_CHANGES = 30


def diagnosis(
    prometheus: Prometheus, running: Running, since: float, moments: Sequence[tuple[float, str]], about: Iterable[str]
) -> str:
    """Returns moments, the alerts' states, the series behind the alerts `about` (not what was always 0), and the logs' ends.

    All times are seconds since the drill began.
    """
    lines = [
        f"load {os.getloadavg()}, longest time between two looks of Prometheus {longest_blink(prometheus, since):.1f} s",
        "",
        "moments",
        *(f"  {at - since:7.1f}  {what}" for at, what in moments),
        "",
        "alerts",
    ]
    for series in prometheus.ask(f'ALERTS{{alertname!="{SWITCH}"}}', since):
        lines += _told(series, since)
    lines += ["", "series"]
    wanted = set(about)
    metrics = {metric for rule in rules() if rule.alert in wanted for metric in rule.metrics}
    for metric in sorted(
        metrics | {"up", "process_start_time_seconds", "brudvagt_heartbeat_last_success_timestamp_seconds"}
    ):
        for series in prometheus.ask(metric, since):
            if any(sample.value for sample in series.samples):
                lines += _told(series, since)
    for name, worker in running.workers.items():
        text = worker.log.read_text().splitlines()[-LOG_LINES:]
        lines += ["", f"log of {name}", *(f"  {line[:400]}" for line in text)]
    return "\n".join(lines)


def _told(series: Series, since: float) -> Iterator[str]:
    labels = ",".join(f"{name}={value}" for name, value in series.labels.items() if name not in ("__name__", "job"))
    stretches = list(_stretches(series.samples))
    skipped = max(0, len(stretches) - MOST_CHANGES)
    told = " ".join(
        f"{_value(run[0].value, since)}@{run[0].at - since:.1f}–{run[-1].at - since:.1f}" for run in stretches[skipped:]
    )
    yield f"  {series.labels['__name__']}{{{labels}}}: {f'… {skipped} more … ' if skipped else ''}{told}"


def _stretches(samples: Sequence[Sample]) -> Iterator[list[Sample]]:
    """Yields samples of one value without a gap."""
    run: list[Sample] = []
    for sample in samples:
        if run and (sample.value != run[-1].value or sample.at - run[-1].at > GAP_S - LOOK_S):
            yield run
            run = []
        run.append(sample)
    if run:
        yield run


def _value(value: float, since: float) -> str:
    return f"t{value - since:+.1f}" if value > since - 86_400 else f"{value:g}"  # a moment, told as all moments are

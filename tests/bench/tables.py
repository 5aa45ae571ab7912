"""Results as Markdown: the tables, who wins where and why, and the targets. The same text on the terminal and the page."""

import statistics
from collections.abc import Iterator, Sequence

from tests.bench import whole_path
from tests.bench.field import ENGINE, FIELD, PLAIN_LOOP, Contender
from tests.bench.latency import Delays
from tests.bench.race import Run
from tests.bench.results import Result

FAUST_TIMES = 10
STAGE_P99_MS = 50
PATH_P99_MS = 150


def throughput(result: Result) -> str:
    """Returns the throughput table with its remarks."""
    head = "| | promise | events/s | CPU-seconds per 100,000 | memory, MiB | checked |\n|---|---|---:|---:|---:|---|\n"
    rows = [_row(contender, _of(result, contender)) for contender in FIELD]
    return head + "\n".join(rows) + "\n\n" + "\n".join(f"* {line}" for line in _wins(result)) + "\n"


def _of(result: Result, contender: Contender) -> list[Run]:
    return [run for run in result.runs if run.contender == contender.name]


def _clean(result: Result, contender: Contender) -> list[Run]:
    return [run for run in _of(result, contender) if not run.faults]


def _row(contender: Contender, runs: Sequence[Run]) -> str:
    faults = sorted({fault for run in runs for fault in run.faults})
    bad = sum(1 for run in runs if run.faults)
    checked = (
        "every report once" if not faults else f"**{bad} of {len(runs)} runs at fault: {'; '.join(faults)[:200]}**"
    )
    good = [run for run in runs if not run.faults]
    if not good:
        return f"| {contender.title} | {contender.promise} | – | – | – | {checked or 'not run'} |"
    speed = spread([run.events_per_s for run in good], 0)
    cpu = spread([run.cpu_s_per_100k for run in good], 2)
    memory = spread([run.peak_mib for run in good], 0)
    return f"| {contender.title} | {contender.promise} | {speed} | {cpu} | {memory} | {checked} |"


def spread(values: Sequence[float], digits: int) -> str:
    """Returns median (least–most)."""
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def _wins(result: Result) -> Iterator[str]:
    mine = _clean(result, ENGINE)
    if not mine:
        yield "The engine has no run without a fault: nothing can be said."
        return
    for contender in FIELD[1:]:
        runs = _clean(result, contender)
        if not runs:
            continue
        faster = _median_speed(runs) / _median_speed(mine)
        thriftier = _median_cpu(runs) / _median_cpu(mine)
        won = [f"{faster:.2f} times the events/s"] if faster > 1 else []
        won += [f"{thriftier:.2f} times the CPU"] if thriftier < 1 else []
        if won:
            yield f"**{contender.title} wins** with {' and '.join(won)} of the engine's: {contender.edge}."
        else:
            yield f"The engine beats {contender.title}: {1 / faster:.1f} times its events/s, {1 / thriftier:.2f} of its CPU."


def _median_speed(runs: Sequence[Run]) -> float:
    return statistics.median(run.events_per_s for run in runs)


def _median_cpu(runs: Sequence[Run]) -> float:
    return statistics.median(run.cpu_s_per_100k for run in runs)


def latency(result: Result) -> str:
    """Returns the latency table, milliseconds."""
    rates = sorted({one.per_s for one in result.delays})
    head = "| | " + " | ".join(f"{rate:g}/s: p50 | p99 | max" for rate in rates) + " | lost |\n|---|"
    head += "---:|" * (3 * len(rates) + 1) + "\n"
    lines = []
    for name in dict.fromkeys(one.contender for one in result.delays):
        mine = {one.per_s: one for one in result.delays if one.contender == name}
        cells = [_cells(mine.get(rate)) for rate in rates]
        lost = sum(one.lost for one in mine.values())
        lines.append(f"| {name} | {' | '.join(cells)} | {lost or '0'} |")
    return head + "\n".join(lines) + "\n"


def _cells(delays: Delays | None) -> str:
    if delays is None or not delays.ms:
        return "– | – | –"
    return " | ".join(f"{delays.quantile(part):.1f}" for part in (0.5, 0.99, 1.0))


def beside(speed: Result, quickness: Result) -> str:
    """Returns both in one small table, medians only: what `docs/engine.md` shows of the rivals."""
    slow = min((one.per_s for one in quickness.delays), default=0.0)
    lines = [
        f"| | promise | events/s | CPU-s per 100,000 | MiB | p50 / p99 ms at {slow:g}/s |\n|---|---|---:|---:|---:|---:|"
    ]
    for contender in FIELD:
        runs = _clean(speed, contender)
        figures = " | ".join(
            (
                f"{_median_speed(runs):,.0f}",
                f"{_median_cpu(runs):.2f}",
                f"{statistics.median(r.peak_mib for r in runs):.0f}",
            )
            if runs
            else ("–", "–", "–")
        )
        told = [one for one in quickness.delays if one.contender == contender.title and one.per_s == slow and one.ms]
        delay = f"{told[0].quantile(0.5):.1f} / {told[0].quantile(0.99):.1f}" if told else "–"
        lines.append(f"| {contender.title} | {contender.promise} | {figures} | {delay} |")
    return "\n".join(lines) + f"\n\nThroughput of {speed.at}, latency of {quickness.at}.\n"


def throughput_targets(result: Result) -> list[tuple[str, str, bool]]:
    """Returns target, what was measured, whether it is met."""
    mine, plain, faust = _clean(result, ENGINE), _clean(result, PLAIN_LOOP), _clean(result, FIELD[1])
    told = []
    if mine and plain:
        have, limit = _median_cpu(mine), _median_cpu(plain)
        told.append(("less CPU per event than the aiokafka loop", f"{have:.2f} against {limit:.2f}", have < limit))
    if mine and faust:
        times = _median_speed(mine) / _median_speed(faust)
        told.append((f"at least {FAUST_TIMES} times stock Faust", f"{times:.1f} times", times >= FAUST_TIMES))
    return told


def latency_targets(result: Result) -> list[tuple[str, str, bool]]:
    """Returns the same for latency at the lowest rate."""
    told = []
    for name, limit in ((ENGINE.title, STAGE_P99_MS), (whole_path.NAME, PATH_P99_MS)):
        found = [
            one for one in result.delays if one.contender == name and one.per_s == min(d.per_s for d in result.delays)
        ]
        if found:
            p99, what = found[0].quantile(0.99), "one stage" if name == ENGINE.title else "reports to alerts"
            good = p99 < limit and not found[0].lost
            told.append((f"p99 under {limit} ms, {what}, {found[0].per_s:g}/s", f"{p99:.1f} ms", good))
    return told

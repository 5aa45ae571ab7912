"""The harness of `make bench` on a few hundred reports: it counts right, and sees a contender that drops one."""

import os

import pytest

from pipeline.kafka.broker import EmbeddedKafka
from tests.bench.contenders.start import Meter
from tests.bench.field import ENGINE, FIELD, PLAIN_LOOP, Contender
from tests.bench.latency import Delays
from tests.bench.race import Run, run
from tests.bench.readback import compare
from tests.bench.results import Result
from tests.bench.tables import beside, latency_targets, throughput, throughput_targets
from tests.bench.track import lay
from tests.bench.work import make_report, validate

EVENTS = 400
FORGETFUL = Contender("forgetful", "a loop that forgets report 20", "forgetful_loop", "none")


@pytest.mark.parametrize("contender", [ENGINE, PLAIN_LOOP, FIELD[1]], ids=lambda contender: contender.name)
async def test_an_honest_contender_has_no_fault(contender: Contender, broker: EmbeddedKafka) -> None:
    """Every report is in its case's row once, every twentieth on the alerts topic once; the figures are positive."""
    one = await run(contender, await lay(broker.bootstrap, EVENTS))
    assert one.faults == ()
    assert one.events == EVENTS
    assert one.wall_s > 0
    assert one.cpu_s > 0
    assert 10 < one.peak_mib < 1000


def test_a_result_begins_a_line_whatever_was_left_before_it(capfd: pytest.CaptureFixture[str]) -> None:
    """Faust's spinner leaves an escape sequence without an end of line now and then."""
    meter = Meter(1)
    meter.begin()
    os.write(1, b"\x1b[?25h")
    meter.say()
    assert [line[:8] for line in capfd.readouterr().out.splitlines()] == ["\x1b[?25h", "RESULT {"]


async def test_a_contender_that_drops_a_report_is_marked(broker: EmbeddedKafka) -> None:
    """It says that it has handled all 400; the judge finds one state change and its alert missing."""
    one = await run(FORGETFUL, await lay(broker.bootstrap, EVENTS))
    assert one.faults == ("1 × state change missing", "1 × alert missing")


async def test_a_contender_that_does_not_finish_is_marked(broker: EmbeddedKafka) -> None:
    """It waits for a report that never comes."""
    track = await lay(broker.bootstrap, 0)
    one = await run(PLAIN_LOOP, track, budget_s=2)
    assert one.faults == ("not finished after 2 s",)


def test_missing_doubled_and_unknown_are_told_apart() -> None:
    """1 is missing, 2 is there twice too often, 9 was never asked for."""
    assert compare("alert", [0, 2, 2, 2, 9], [0, 1, 2]) == [
        "1 × alert missing",
        "2 × alert doubled",
        "1 × alert from nowhere",
    ]


def test_quantiles_are_by_nearest_rank() -> None:
    """Of 200 delays the 198th is the 99th percentile; of three the second is the median."""
    many = Delays("x", 5, tuple(float(one) for one in range(1, 201)), 0)
    assert (many.quantile(0.5), many.quantile(0.99), many.quantile(1.0)) == (100, 198, 200)
    assert Delays("x", 5, (1.0, 2.0, 9.0), 0).quantile(0.5) == 2


def test_a_report_is_about_500_bytes_and_valid() -> None:
    """As the table says."""
    value = make_report(7, "case-7", urgent=True, sent=1_790_000_000.123)
    assert 450 < len(value) < 550
    assert validate(value).id == 7


def result(*runs: Run, delays: tuple[Delays, ...] = ()) -> Result:
    """Returns a result with made-up figures."""
    return Result("made up", "2026-11-25T12:00:00Z", {}, {}, "none", runs, delays)


def test_a_contender_at_fault_has_no_figures_and_is_named() -> None:
    """The loop was twice as quick and lost an alert: the table shows the loss and not the speed."""
    table = throughput(
        result(
            Run("engine", 1000, 1.0, 0.02, 90, ()),
            Run("aiokafka", 1000, 0.5, 0.01, 50, ("1 × alert missing",)),
        )
    )
    (row,) = [line for line in table.splitlines() if line.startswith("| aiokafka loop |")]
    assert "1 of 1 runs at fault: 1 × alert missing" in row
    assert "2,000" not in row
    assert "wins" not in table


def test_a_rival_that_wins_is_said_to_win() -> None:
    """By medians: 3,000 events/s against 1,000, and 1 CPU-second against 2."""
    runs = [Run("engine", 1000, wall_s, 0.02, mib, ()) for wall_s, mib in ((0.1, 90), (1.0, 80), (9.0, 97))]
    runs += [Run("aiokafka", 3000, 1.0, 0.03, 50, ())]
    table = throughput(result(*runs))
    assert "1,000 (111–10,000) | 2.00 (2.00–2.00) | 90 (80–97) |" in table
    assert "**aiokafka loop wins** with 3.00 times the events/s and 0.50 times the CPU" in table


def test_targets_are_judged_by_the_figures() -> None:
    """More CPU than the plain loop is missed, 12 times stock Faust is met, a lost alert is never met."""
    mine, loop, faust = (
        Run("engine", 1200, 1.0, 0.02, 90, ()),
        Run("aiokafka", 1200, 1.0, 0.01, 50, ()),
        Run("faust", 100, 1.0, 0.02, 80, ()),
    )
    assert [met for _, _, met in throughput_targets(result(mine, loop, faust))] == [False, True]
    quick, lossy = Delays("Brudvagt's engine", 5, (10.0,), 0), Delays("Brudvagt's engine", 5, (10.0,), 1)
    assert [met for _, _, met in latency_targets(result(delays=(quick,)))] == [True]
    assert [met for _, _, met in latency_targets(result(delays=(lossy,)))] == [False]


def test_the_engines_page_shows_medians_and_a_dash_for_who_has_none() -> None:
    """Three runs of one, a run at fault of another, delays at two rates: the slower rate counts."""
    speed = result(
        *(Run("engine", 1000, wall_s, 0.02, mib, ()) for wall_s, mib in ((0.5, 90), (1.0, 80), (2.0, 97))),
        Run("aiokafka", 1000, 0.5, 0.01, 50, ("1 × alert missing",)),
    )
    delays = (Delays("Brudvagt's engine", 200, (99.0,), 0), Delays("Brudvagt's engine", 5, (8.0, 9.0, 24.0), 0))
    shown = beside(speed, result(delays=delays)).splitlines()
    assert "at 5/s" in shown[0]
    (mine,) = [line for line in shown if line.startswith("| Brudvagt's engine")]
    assert mine.endswith("| 1,000 | 2.00 | 90 | 9.0 / 24.0 |")
    (loop,) = [line for line in shown if line.startswith("| aiokafka loop |")]
    assert loop.endswith("| – | – | – | – |")

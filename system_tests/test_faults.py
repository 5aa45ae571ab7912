"""The fault drill: with the mail server down, a worker killed, a bad deploy and the broker frozen, exactly the alerts that
should fire do, in their stated time, reach operations and nobody else, and clear afterwards.

One pipeline has one fault after the other; what looks back clears while the next is on. Times are the drill's: see
`system_tests/quickened.py`. What fired when is told by Prometheus' own timestamps.
"""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Iterator

import pytest

from pipeline.cli import live
from pipeline.engine.budgets import Budgets
from pipeline.kafka import admin
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from system_tests.drill import BAD, GOOD, Drill, MailServer, drill
from system_tests.quickened import AUDIT_S, BEAT_S
from system_tests.rules import HOUSE, rules
from system_tests.verdict import DOWN, FAILING, INTERNAL, MISSING, RESTARTING, SILENT, Verdict
from tests.agents.events import DECIDES, act, case, report
from tests.agents.running import MONDAY_MORNING, Running
from tests.agents.watch import Watch

TOLD = HOUSE / "out" / "drill.txt"
"""Where a drill leaves what it saw, right or wrong."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def drilled(broker: EmbeddedKafka, connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """One pipeline for all faults. One partition: a fault anywhere is a fault everywhere."""
    directory = tmp_path_factory.mktemp("drill")
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=1, replication=1)
    asyncio.run(admin.create(connection, topics.specs()))
    clock = Clock(time.time(), MONDAY_MORNING.timestamp(), 1)
    quick = {"BRUDVAGT_HEARTBEAT_INTERVAL_S": f"{BEAT_S:g}", "BRUDVAGT_AUDIT_INTERVAL_S": f"{AUDIT_S:g}"}
    with MailServer(directory / "mail") as mail:
        running = Running(connection, topics, clock, directory, mail, quick)
        try:
            for role in ("casework", "alerting", "heartbeat", "auditor"):
                running.start(role)
            with drill(running, mail, directory) as made:
                yield made
                TOLD.parent.mkdir(parents=True, exist_ok=True)
                TOLD.write_text(made.diagnosis())
        finally:
            os.kill(broker.pid, signal.SIGCONT)
            running.stop()


@pytest.fixture(autouse=True)
def mended(drilled: Drill) -> Iterator[None]:
    """After a test no fault of it is left, whatever came of it."""
    yield
    drilled.mend()


@pytest.fixture(scope="module")
def verdict(drilled: Drill) -> Verdict:
    """What judges the drill."""
    return Verdict(drilled)


def test_prometheus_evaluates_every_rule(drilled: Drill) -> None:
    """What the doctor asks of it: all rules are there, and none errs."""
    names, url = {rule.alert for rule in rules()}, drilled.prometheus.url
    assert asyncio.run(live.rules(url, names)).ok
    assert not asyncio.run(live.rules(url, {*names, "BrudvagtNotLoaded"})).ok
    assert not asyncio.run(live.rules("http://127.0.0.1:9", names)).ok


def test_a_mail_server_that_is_down(drilled: Drill, verdict: Verdict) -> None:
    """Its channel fails, and operations hear of it by the way that needs no mail; the heartbeat beats on."""
    began = drilled.moment("the mail server is down")
    drilled.mail.down()
    asyncio.run(drilled.running.report(*(report(f"mail-{number}") for number in range(4))))
    drilled.until_firing(FAILING)
    verdict.until_paged(began, FAILING)
    verdict.until_failed(began, 6)  # more than the four that will be sent: at half and half the alarm might flicker
    drilled.moment("the mail server is up")
    drilled.mail.up()
    asyncio.run(_told(drilled.running, case("mail-0")))
    verdict.exactly(began, {(FAILING, "mail")})
    verdict.delivery_failing_in_time(began)


def test_a_worker_that_was_killed_and_is_started_again(drilled: Drill, verdict: Verdict) -> None:
    """Its supervisor has it back before anybody need know."""
    began = drilled.kill("alerting")
    drilled.start("alerting")
    drilled.until_beating()
    verdict.exactly(began, set())


def test_a_bad_deploy_halts_the_stage_and_its_mend_ends_the_alarm(drilled: Drill, verdict: Verdict) -> None:
    """The new version fails on every report: it starts again and again, gives up on one, halts at the next, and no beat
    returns. Either scrapes find it and see it starting, or they do not find it. After the way back a person settles what
    was given up.
    """
    began = drilled.deploy("casework", BAD)
    asyncio.run(drilled.running.report(report("bad-deploy"), report("bad-deploy-too")))
    drilled.until_firing(INTERNAL, SILENT, one_of=(RESTARTING, DOWN))
    verdict.until_paged(began, INTERNAL, SILENT)
    drilled.deploy("casework", GOOD)
    drilled.until_beating()
    closing = act("close", case("bad-deploy"), DECIDES, closing="not_a_breach", reason="En øvelse.")
    asyncio.run(drilled.running.act(closing))
    drilled.until_over(SILENT, INTERNAL)
    verdict.exactly(began, {(INTERNAL, ""), (SILENT, "")})
    verdict.internal_error_in_time(began)
    verdict.a_crash_loop_in_time(began, "casework")
    verdict.heartbeat_missing_in_time(began)


def test_a_worker_that_was_killed_and_that_nobody_starts(drilled: Drill, verdict: Verdict) -> None:
    """Three alarms; that there is none of the role keeps it quiet that one of them does not answer."""
    killed = drilled.kill("alerting")
    drilled.until_firing(DOWN, MISSING, SILENT)
    verdict.until_paged(killed, DOWN, MISSING, SILENT)
    verdict.until_quiet(DOWN, "alerting")
    drilled.start("alerting")
    drilled.until_over(DOWN, MISSING, SILENT)
    verdict.exactly(killed, {(DOWN, "alerting"), (MISSING, "alerting"), (SILENT, "")})
    verdict.down_and_missing_in_time(killed, "alerting")
    verdict.heartbeat_missing_in_time(killed)


def test_a_broker_that_is_frozen(drilled: Drill, verdict: Verdict, broker: EmbeddedKafka) -> None:
    """The heartbeat tells. Whoever had a transaction under way gives up on it and cannot start without a broker; everybody
    else waits for it, heart and auditor too.
    """
    frozen = drilled.moment("the broker is frozen")
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        budgets = Budgets()
        patience_s = budgets.commit_s + budgets.farewell_s + 2.0
        drilled.until("patience is over", lambda: time.time() > frozen + patience_s)
        drilled.until_firing(SILENT)
        missed = {(alert, role) for alert in (DOWN, MISSING) for role in drilled.ended_since(frozen)}
        verdict.until_fired(frozen, missed)
    finally:
        gone = drilled.ended_since(frozen)
        drilled.moment("the broker runs again")
        os.kill(broker.pid, signal.SIGCONT)
    assert gone <= {"casework", "alerting"}, drilled.diagnosis()
    drilled.until_beating()
    drilled.until_over(SILENT, DOWN, MISSING)
    verdict.exactly(frozen, {(SILENT, ""), *missed})
    verdict.heartbeat_missing_in_time(frozen)


def test_afterwards_nothing_fires_and_operations_have_heard_so(drilled: Drill, verdict: Verdict) -> None:
    """Every alarm was one that some fault explains, ended in its time, and was called off where it had been called out."""
    drilled.until("nothing fires", lambda: not verdict.firing())
    verdict.nothing_unexplained()
    verdict.ended_in_time()
    verdict.until_called_off()
    verdict.pages_are_as_configured()


def test_nothing_of_it_reached_anybody_but_operations(drilled: Drill, verdict: Verdict) -> None:
    """Alertmanager wrote to operations alone, and no mail of the pipeline names an alarm of the platform."""
    verdict.only_operations_were_written_to()


async def _told(running: Running, reference: str) -> None:
    async with Watch(running) as watch:
        await watch.until(lambda: bool(watch.sent(reference)), 120.0)

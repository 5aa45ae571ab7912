"""The fault drill: with the mail server down, a worker killed, the broker frozen and a bad deploy, exactly the alerts that
should fire do, in time, and clear afterwards. Times are the drill's: see `system_tests/quickened.py`.
"""

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Iterator

import pytest

from pipeline.cli import live
from pipeline.kafka import admin
from pipeline.kafka.broker import EmbeddedKafka
from pipeline.kafka.connection import Connection
from pipeline.kafka.topics import Topics
from pipeline.timebase import Clock
from system_tests.drill import BAD, GOOD, Drill, MailServer, drill
from system_tests.rules import rules
from tests.agents.events import DECIDES, act, case, report
from tests.agents.running import MONDAY_MORNING, Running
from tests.agents.watch import Watch

pytestmark = pytest.mark.timeout(300)

WITHIN_S = 60.0
"""Every alert that should fire does within a minute of the fault: waits of a quarter of 1 to 2 minutes, three beats of
three seconds, and what processes take to start on a busy machine. In real life the slowest, a missing heartbeat, takes
five minutes."""

CLEAR_S = 90.0
"""And a minute and a half after the mend nothing fires: the longest look back is a minute."""


@pytest.fixture(scope="module")
def drilled(broker: EmbeddedKafka, connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """One pipeline for all four faults. One partition: a fault anywhere is a fault everywhere."""
    directory = tmp_path_factory.mktemp("drill")
    topics = Topics(prefix=f"t{secrets.token_hex(4)}", partitions=1, replication=1)
    asyncio.run(admin.create(connection, topics.specs()))
    clock = Clock(time.time(), MONDAY_MORNING.timestamp(), 1)
    with pytest.MonkeyPatch.context() as environment, MailServer(directory / "mail") as mail:
        environment.setenv("BRUDVAGT_HEARTBEAT_INTERVAL_S", "3")
        environment.setenv("BRUDVAGT_AUDIT_INTERVAL_S", "2")
        running = Running(connection, topics, clock, directory, mail)
        try:
            for role in ("casework", "alerting", "heartbeat", "auditor"):
                running.start(role)
            running.await_ready()
            with drill(running, mail, directory) as made:
                yield made
        finally:
            os.kill(broker.pid, signal.SIGCONT)
            running.stop()


def test_prometheus_evaluates_every_rule(drilled: Drill) -> None:
    """What the doctor asks of it: all rules are there, and none errs."""
    names = {rule.alert for rule in rules()}
    url = f"http://127.0.0.1:{drilled.prometheus.port}"
    assert asyncio.run(live.rules(url, names)).ok
    assert not asyncio.run(live.rules(url, {*names, "BrudvagtNotLoaded"})).ok
    assert not asyncio.run(live.rules("http://127.0.0.1:9", names)).ok


def test_a_mail_server_that_is_down(drilled: Drill) -> None:
    """Its channel fails; the heartbeat, which needs no mail server, beats on."""
    drilled.fresh()
    drilled.mail.down()
    asyncio.run(drilled.running.report(*(report(f"mail-{number}") for number in range(4))))
    drilled.until_firing(["BrudvagtDeliveryFailing"], WITHIN_S)
    drilled.mail.up()
    asyncio.run(_told(drilled.running, case("mail-0")))
    drilled.until_clear(CLEAR_S)
    assert drilled.seen == {"BrudvagtDeliveryFailing"}


def test_a_worker_that_was_killed_and_that_nobody_starts(drilled: Drill) -> None:
    """One that a supervisor starts again is no alarm; one that stays dead is three."""
    drilled.fresh()
    drilled.running.kill("casework")
    drilled.start("casework")
    drilled.unwatched.add("casework")
    drilled.running.await_ready()
    drilled.tick()
    assert drilled.seen <= drilled.explained
    drilled.until_clear(CLEAR_S)
    drilled.fresh()

    drilled.running.kill("casework")
    expected = {"BrudvagtWorkerDown", "BrudvagtWorkerMissing", "BrudvagtHeartbeatMissing"}
    drilled.until_firing(sorted(expected), WITHIN_S)
    drilled.start("casework")
    drilled.until_clear(CLEAR_S)
    assert drilled.seen == expected


def test_a_broker_that_is_frozen(drilled: Drill, broker: EmbeddedKafka) -> None:
    """Every process answers, no lag grows, nothing is down: only the heartbeat tells."""
    drilled.fresh()
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        drilled.until_firing(["BrudvagtHeartbeatMissing"], WITHIN_S)
    finally:
        os.kill(broker.pid, signal.SIGCONT)
    drilled.until_clear(CLEAR_S)
    assert drilled.seen == {"BrudvagtHeartbeatMissing"}


def test_a_bad_deploy_halts_the_stage_and_its_mend_ends_the_alarm(drilled: Drill) -> None:
    """The new version fails on every report: it starts again and again, gives up on one, halts at the next, and no beat
    returns. After the way back a person settles what was given up, and nothing fires any more.

    A process that lives for less than a second between two starts answers a scrape or does not: where none finds it for
    long enough, it is down and missing, and both alerts say the truth.
    """
    drilled.fresh()
    expected = {"BrudvagtInternalError", "BrudvagtWorkerRestarting", "BrudvagtHeartbeatMissing"}
    drilled.deploy("casework", BAD)
    asyncio.run(drilled.running.report(report("bad-deploy"), report("bad-deploy-too")))
    drilled.until_firing(sorted(expected), 2 * WITHIN_S)
    drilled.deploy("casework", GOOD)
    drilled.running.await_ready()
    closing = act("close", case("bad-deploy"), DECIDES, closing="not_a_breach", reason="En øvelse.")
    asyncio.run(drilled.running.act(closing))
    drilled.until_clear(CLEAR_S)
    assert expected <= drilled.seen <= expected | {"BrudvagtWorkerDown", "BrudvagtWorkerMissing"}


async def _told(running: Running, reference: str) -> None:
    async with Watch(running) as watch:
        await watch.until(lambda: bool(watch.sent(reference)), WITHIN_S)

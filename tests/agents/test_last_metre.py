"""The last metre, between the log and a mail server, with a real worker: killed between intention and result; plans that
change under it.
"""

import asyncio
import email
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.kafka.connection import Connection
from pipeline.kafka.ports import free_port
from schemas.delivery import Delivery, DeliveryStatus
from tests.agents.events import case, report
from tests.agents.installing import installation
from tests.agents.running import POLL_S, Running
from tests.agents.watch import Watch
from tests.delivery.servers import Mailbox, hang, raw_server, smtp_server

ROOT = Path(__file__).resolve().parents[2]
ATTEMPT_S = 8  # a killed worker's partitions are taken over after as long: the timer costs nothing beside that
BUDGET_S = 120.0


@dataclass(frozen=True, slots=True)
class Place:
    """An installation whose mail server and contact plans are the test's."""

    running: Running
    port: int
    plan: Path


@pytest.fixture(scope="module")
def place(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A pipeline for itself: its alerting worker dies, its plans are broken."""
    directory = tmp_path_factory.mktemp("last-metre")
    deploy = Path(shutil.copytree(ROOT / "deploy", directory / "deploy"))
    port = free_port()
    more = {
        "BRUDVAGT_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "BRUDVAGT_ATTEMPT_S": str(ATTEMPT_S),
        "BRUDVAGT_DEPLOY_DIR": str(deploy),
        "BRUDVAGT_PLANS_EVERY_S": "0.2",
    }
    with installation(connection, directory, speed=1, more=more) as made:
        yield Place(made, port, deploy / "municipalities" / "657-herning.yaml")


def of_dpo(watch: Watch, reference: str) -> Delivery | None:
    """Returns the delivery to Herning's DPO about one case."""
    found = (one for one in watch.deliveries.values() if one.alert.reference == reference)
    return next((one for one in found if one.alert.recipient == "dpo"), None)


def status(watch: Watch, reference: str) -> DeliveryStatus | None:
    """Returns how far it has come."""
    found = of_dpo(watch, reference)
    return None if found is None else found.status


async def test_killed_between_intention_and_result_it_goes_out_again_marked(place: Place) -> None:
    """The server has the connection and says nothing; kill -9; the next worker sends, and the mail says that it may be a
    repeat.
    """
    running, ref, mailbox = place.running, case("killed-in-flight"), Mailbox()
    async with Watch(running) as watch:
        async with raw_server(hang, port=place.port):
            await running.report(report("killed-in-flight"))
            await watch.until(lambda: status(watch, ref) is DeliveryStatus.INTENDED)
            running.kill("alerting")
        assert status(watch, ref) is DeliveryStatus.INTENDED
        async with smtp_server(mailbox, port=place.port):
            running.start("alerting")
            await watch.until(lambda: status(watch, ref) is DeliveryStatus.SENT, BUDGET_S)
    told = of_dpo(watch, ref)
    assert told is not None
    assert told.repeat
    assert [one.error for one in told.attempts] == ["result_lost", None]
    (mail,) = (one for one in mailbox.taken if ref in text_of(one.content))
    assert "Gentagelse: Du har måske fået denne besked før." in text_of(mail.content)


async def test_a_changed_plan_is_used_by_the_running_worker(place: Place) -> None:
    """Another address counts for the next alert, a broken file keeps the last good plan and says so: no restart."""
    running, mailbox = place.running, Mailbox()
    process = running.workers["alerting"].process
    good = place.plan.read_text(encoding="utf-8")
    async with Watch(running) as watch, smtp_server(mailbox, port=place.port):
        await rewritten(place, good.replace("dpo@herning.example", "dpo-ny@herning.example"), '"changed": ["657"]')
        await running.report(report("after-the-change"))
        await watch.until(lambda: status(watch, case("after-the-change")) is DeliveryStatus.SENT)
        await rewritten(place, good.replace("dpo: [dpo]", "dpo: []"), "the one before stays")
        assert "brudvagt_plan_faults 1.0" in running.workers["alerting"].get("/metrics")[1]
        await running.report(report("under-a-bad-file"))
        await watch.until(lambda: status(watch, case("under-a-bad-file")) is DeliveryStatus.SENT)
    to = [(address, text_of(one.content)) for one in mailbox.taken for address in one.rcpt_tos]
    for correlation in ("after-the-change", "under-a-bad-file"):
        assert [address for address, text in to if case(correlation) in text] == ["dpo-ny@herning.example"]
    assert running.workers["alerting"].process is process
    assert process.poll() is None


async def rewritten(place: Place, content: str, said: str) -> None:
    """Writes the plan and waits until both workers have said what they make of it."""
    logs = [worker.log for worker in place.running.workers.values()]
    before = [log.read_text().count(said) for log in logs]
    await asyncio.to_thread(place.plan.write_text, content, encoding="utf-8")
    await until(lambda: all(log.read_text().count(said) > n for log, n in zip(logs, before, strict=True)))


async def until(holds: Callable[[], bool]) -> None:
    """Waits until `holds`; fails after the budget."""
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them


def text_of(content: object) -> str:
    """Returns a mail's subject and plain text."""
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, email.message.EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    return f"{mail['Subject']}\n{body.get_content()}"

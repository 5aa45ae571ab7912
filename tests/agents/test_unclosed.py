"""All four stages and a real mail server on a simulated clock: what the DPO reads of cases on which nothing is owed."""

import email
import email.policy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog.testing

from pipeline.settings import Settings
from schemas.case import Status
from tests.agents.events import DECIDES, DPO, LETTER, act, case, report
from tests.delivery.servers import Mailbox, smtp_server
from tests.delivery.world import World
from tests.simulation.unclosed_rules import EVERY

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Herning
ASKED = MONDAY + timedelta(minutes=2) + EVERY  # Tuesday afternoon
WEDNESDAY = datetime(2026, 11, 25, 7, 30, tzinfo=UTC)  # the digest, at 08:30
MINUTE = timedelta(minutes=1)
FORGOTTEN, CLOSED = case("forgotten"), case("closed")
TASKS = ("recall", "protected_address_check", "written_confirmation")


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def settling(ref: str) -> list[bytes]:
    """Returns the acts after which nothing is owed: a reasoned no, a ground not to tell, and whatever was to be done first."""
    no = {"notify_authority": "no", "reason": "r", "inform_subjects": "no", "not_informing_ground": "not_high_risk"}
    done = [act("task", ref, DPO, task=task, state="done", answer="no") for task in TASKS]
    return [act("decide", ref, DECIDES, **no), *done]


async def test_one_digest_names_what_nobody_has_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cases are settled; one is closed between its reminder and the morning. The mail names the other, and only once."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        world = World(MONDAY.timestamp(), Settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        world.report(report("forgotten", LETTER), report("closed", LETTER))
        await world.until((MONDAY + MINUTE).timestamp())
        world.acts(*settling(FORGOTTEN), *settling(CLOSED))
        await world.until((MONDAY + 2 * MINUTE).timestamp())
        assert [world.case(ref).settled is not None for ref in (FORGOTTEN, CLOSED)] == [True, True]
        mailbox.taken.clear()
        await world.until((ASKED + MINUTE).timestamp())
        assert [one.asked_at is not None for ref in (FORGOTTEN, CLOSED) if (one := world.case(ref).settled)] == [
            True,
            True,
        ]
        world.acts(act("close", CLOSED, DPO, closing="done"))
        await world.until((WEDNESDAY - MINUTE).timestamp())
        assert world.case(CLOSED).status is Status.CLOSED
        assert mailbox.taken == [], "nobody is disturbed before the morning"
        await world.until((WEDNESDAY + MINUTE).timestamp())
    (mail,) = (email.message_from_bytes(one.content, policy=email.policy.default) for one in mailbox.taken)
    body = mail.get_body(("plain",))
    assert body is not None
    assert "1 sag, der kan lukkes" in str(mail["Subject"])
    assert f"- {FORGOTTEN}: Sagen kan lukkes" in body.get_content()
    assert CLOSED not in body.get_content()

"""What is decided right before an attempt, when the log has already said that it is intended."""

import email
import email.policy
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agents.carriers import Carriers, Load
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.settings import Settings
from pipeline.timebase import Clock
from pipeline.web.links import Links
from schemas.alert import Level
from tests.delivery.scene import NOW, alert
from tests.delivery.servers import Mailbox, smtp_server
from tests.simulation.clock import SteeredClock
from tests.simulation.runs import context

WEEK = timedelta(days=7)


class Scene:
    """Carriers with a real mail server, or none, at NOW."""

    def __init__(self, port: int | None, **settings: object) -> None:
        clock = SteeredClock(0.0)
        clock.steer(NOW.timestamp())
        url = None if port is None else f"smtp://127.0.0.1:{port}"
        self.carriers = Carriers(
            replace(context(), clock=clock), Settings.model_validate({"smtp_url": url, **settings})
        )

    async def bring(self, *, intended_s_ago: float = 0.0, changed: Mapping[str, object] | None = None) -> Outcome:
        """Attempts one alert whose intention was written so many seconds ago."""
        one = alert(1, **(changed or {}))
        load = Load([one], {one.alert_id: 1}, False, NOW - timedelta(seconds=intended_s_ago))
        return (await self.carriers.bring(load)).outcome


@pytest.fixture
def mailbox() -> Mailbox:
    """Where mails end up."""
    return Mailbox()


@pytest.fixture
async def scene(mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    """The carriers."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    async with smtp_server(mailbox) as port:
        yield Scene(port)


async def test_what_comes_to_its_turn_too_late_is_not_attempted(scene: Scene, mailbox: Mailbox) -> None:
    """Its timer repeats it after 45 s: begun at 20 s and taking its full 30 s it would be a second mail."""
    outcome = await scene.bring(intended_s_ago=20)
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.CROWDED, False, False)
    assert mailbox.taken == []
    assert await scene.bring(intended_s_ago=5) == SENT
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize("gone", ["recipient", "channel"])
async def test_who_left_the_plan_is_passed(scene: Scene, mailbox: Mailbox, gone: str) -> None:
    """Permanent: the chain moves on."""
    outcome = await scene.bring(changed={gone: "borte"})
    assert (outcome.error, outcome.permanent, mailbox.taken) == (Error.NO_ADDRESS, True, [])


async def test_a_digest_carries_a_link_for_each_case(mailbox: Mailbox, tmp_path: Path) -> None:
    """Minted when it is sent, for its recipient; the alerts have none."""
    two = ["657-7F3KQ-2M9XB-T", "657-AAAAA-AAAAA-T"]
    items = [alert(n, level=Level.DIGEST, reference=one, supersedes=None) for n, one in enumerate(two, start=1)]
    async with smtp_server(mailbox) as port:
        carriers = Scene(port, data_dir=tmp_path, web_url="https://brudvagt.example").carriers
        load = Load(items, {one.alert_id: 1 for one in items}, False, NOW)
        assert (await carriers.bring(load)).outcome == SENT
    content = mailbox.taken[0].content
    assert isinstance(content, bytes)
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, email.message.EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.findall(r"^https://brudvagt\.example/sag/(\S+)$", body.get_content().replace("\r\n", "\n"), re.MULTILINE)
    links = Links(tmp_path / "link.keys", Clock(0.0, NOW.timestamp(), 1e-18), "https://brudvagt.example", WEEK)
    assert [(one.reference, one.local_id) for one in map(links.read, found)] == [(one, "dpo") for one in two]


async def test_a_channel_that_is_not_set_up_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permanent too: a plan may name what this installation does not have."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    outcome = await Scene(None).bring()
    assert (outcome.error, outcome.permanent) == (Error.NOT_CONFIGURED, True)

"""Apprise against a real HTTP receiver: taken, refused, hanging; secrets stay in their file, and nothing leaks out."""

import asyncio
import json
import logging
import threading
import time
from pathlib import Path

import pytest

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery.channels.channel import Misconfigured, Site
from pipeline.delivery.channels.services import ServiceChannel, ServiceSettings, _Overheard, brief, service_of
from pipeline.delivery.channels.services import configured as service_configured
from pipeline.delivery.channels.thread import in_thread
from pipeline.delivery.outcome import SENT, Error, Outcome
from pipeline.delivery.texts import render
from pipeline.kafka.ports import free_port
from pipeline.plans.address import Destinations
from pipeline.plans.plan import Channel
from tests.delivery.scene import NOW, REFERENCE, alert
from tests.delivery.servers import Receiver, http_server
from tests.routing.scene import plan

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # one of Apprise's plugins

LINK = "https://brudvagt.example/sag/abc"
TEXT = render(alert(), plan(), NOW, link=LINK)
SMS = Channel(name="sms", kind="apprise", address="sms-vagt")


async def sent(file: Path, url: str, *, to: Channel = SMS, budget_s: float = 30.0) -> Outcome:
    """Sends one alert through the service that `file` then names."""
    await asyncio.to_thread(file.write_text, f'sms-vagt: "{url}"\n')
    return await ServiceChannel(ServiceSettings(file, budget_s)).send(alert(), to, TEXT, NOW)


async def test_a_service_gets_subject_and_text(tmp_path: Path) -> None:
    """The whole plain text under its subject, at the address in the URL."""
    receiver = Receiver()
    async with http_server(receiver) as port:
        assert await sent(tmp_path / "f", f"json://127.0.0.1:{port}/vagt") == SENT
    said = json.loads(receiver.got[0][1])
    assert said["title"] == f"[HASTER] {REFERENCE}: Rådgivning mangler – 47 t 12 min tilbage"
    assert "Giv ledelsen dit råd" in said["message"]
    assert LINK in said["message"].splitlines()


async def test_an_sms_says_what_is_needed_at_night(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A service that takes 160 characters gets subject and link, and no title that it would put before them."""
    receiver = Receiver()
    file = tmp_path / "f"
    monkeypatch.setattr(type(service_of("x", "json://localhost/", Destinations.EXAMPLE_ONLY)), "body_maxlen", 160)
    async with http_server(receiver) as port:
        assert await sent(file, f"json://127.0.0.1:{port}/") == SENT
    said = json.loads(receiver.got[0][1])
    assert said["message"] == f"[HASTER] {REFERENCE}: Rådgivning mangler – 47 t 12 min tilbage\n{LINK}" == brief(TEXT)


@pytest.mark.parametrize(
    "limits",
    [
        {"title_maxlen": 0, "body_maxlen": len(TEXT.plain) + 1},
        {"title_maxlen": 0, "body_maxlen": len(TEXT.plain) + len(TEXT.subject) + 1},
        {"title_maxlen": 100, "body_maxlen": len(TEXT.plain) - 1},
        {"body_max_line_count": 3},
    ],
    ids=["no room for the subject", "nor for its line end", "too long", "too many lines"],
)
async def test_what_a_service_would_cut_off_is_said_briefly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limits: dict[str, int]
) -> None:
    """The link stands at the end: a text that does not fit whole would lose it. One character more, and all is said."""
    json_service = type(service_of("x", "json://localhost/", Destinations.EXAMPLE_ONLY))
    for name, most in limits.items():
        monkeypatch.setattr(json_service, name, most)
    receiver = Receiver()
    async with http_server(receiver) as port:
        assert await sent(tmp_path / "f", f"json://127.0.0.1:{port}/") == SENT
        monkeypatch.setattr(json_service, "body_maxlen", len(TEXT.plain) + len(TEXT.subject) + 2)
        monkeypatch.setattr(json_service, "body_max_line_count", 0)
        assert await sent(tmp_path / "f", f"json://127.0.0.1:{port}/") == SENT
    cut, whole = (json.loads(body)["message"] for _, body in receiver.got)
    assert cut.splitlines() == brief(TEXT).splitlines()
    assert "Giv ledelsen dit råd" in whole
    assert LINK in whole


@pytest.mark.parametrize(
    ("status", "error", "permanent"),
    [(500, Error.BUSY, False), (429, Error.BUSY, False), (401, Error.REJECTED, True), (302, Error.REDIRECTED, True)],
)
async def test_answers_are_classified(tmp_path: Path, status: int, error: Error, permanent: bool) -> None:
    """As of a webhook: too many and server faults come again, the rest is permanent; no redirect is followed."""
    other = Receiver()
    async with http_server(other) as elsewhere:
        receiver = Receiver(status=status, location=f"http://127.0.0.1:{elsewhere}/x")
        async with http_server(receiver) as port:
            outcome = await sent(tmp_path / "f", f"json://127.0.0.1:{port}/?redirect=yes")
    assert (outcome.error, outcome.permanent) == (error, permanent)
    assert len(receiver.got) == 1
    assert other.got == []


def test_what_another_attempt_is_told_at_the_same_time_is_not_taken_for_this_ones() -> None:
    """Apprise says why only in its log, which all attempts share: each hears its own thread's lines."""
    told = logging.getLogger("apprise")
    with _Overheard() as heard:
        other = threading.Thread(target=told.warning, args=("Failed to send: error=401.",))
        other.start()
        other.join()
        assert heard.outcome() == Outcome(Error.BUSY)
        told.warning("Failed to send: error=401.")
        assert heard.outcome().error is Error.REJECTED


async def test_nobody_listening_is_transient(tmp_path: Path) -> None:
    """A refused connection is tried again."""
    outcome = await sent(tmp_path / "f", f"json://127.0.0.1:{free_port()}/")
    assert (outcome.error, outcome.permanent) == (Error.REFUSED, False)


async def test_a_plugin_that_stumbles_is_transient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An answer that a plugin did not expect is no reason to end a worker; the message may have arrived."""

    def stumble(*_: object, **__: object) -> bool:
        raise KeyError("message_id")

    monkeypatch.setattr(type(service_of("x", "json://localhost/", Destinations.EXAMPLE_ONLY)), "send", stumble)
    outcome = await sent(tmp_path / "f", "json://127.0.0.1:1/")
    assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.CUT, False, True)


async def test_a_hanging_service_costs_the_budget_and_holds_nothing(tmp_path: Path) -> None:
    """The attempt ends by itself; it may have arrived, and has: the receiver lives on the same loop, which goes on meanwhile.
    On a busy machine a short budget ends before the receiver's turn.
    """
    receiver = Receiver(wait=asyncio.Event())
    async with http_server(receiver) as port:
        for budget_s in (1.0, 5.0, 30.0):
            outcome = await sent(tmp_path / "f", f"json://127.0.0.1:{port}/", budget_s=budget_s)
            assert (outcome.error, outcome.permanent, outcome.may_have_arrived) == (Error.TIMEOUT, False, True)
            if receiver.got:
                break
        assert receiver.got


async def test_a_thread_of_its_own_and_a_daemon() -> None:
    """A call that hangs is left behind after its budget; what it raises comes back."""
    release, seen = threading.Event(), []

    def hang() -> None:
        seen.append(threading.current_thread().daemon)
        release.wait(30)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await in_thread(hang, 0.2)
    assert time.monotonic() - began < 25
    release.set()
    assert seen == [True]
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 / 0, 10)


@pytest.mark.parametrize(
    "url",
    [
        "json://gateway.invalid/x",
        "jsons://example.invalid/x",
        "mailto://u:p@herning.example",
        "msteams://abc",
        "slack://a/b/c",
    ],
)
async def test_before_production_nothing_leaves(tmp_path: Path, url: str) -> None:
    """Only plain posts to .example or this machine: at start in words that show no URL, and at the last door."""
    outcome = await sent(tmp_path / "f", url)
    assert (outcome.error, outcome.permanent) == (Error.FORBIDDEN, True)
    with pytest.raises(Misconfigured, match="BRUDVAGT_APPRISE_FILE: sms-vagt") as refused:
        service_configured(Site(ChannelSettings(apprise_file=tmp_path / "f"), tmp_path))
    assert url not in str(refused.value)


def test_in_production_every_service_of_apprise_is_one() -> None:
    """The switch is the installation's."""
    url = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    assert service_of("slack", url, Destinations.PRODUCTION).service_name == "Slack"


async def test_a_name_that_the_file_lacks_is_permanent(tmp_path: Path) -> None:
    """The chain moves on; nothing was called."""
    outcome = await sent(tmp_path / "f", "json://127.0.0.1:1/", to=SMS.model_copy(update={"address": "teams"}))
    assert (outcome.error, outcome.permanent) == (Error.NOT_CONFIGURED, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("- a\n", "holds no mapping"),
        ("a: [1]\n", "a has no URL"),
        ("a: hunter2\n", "a is no URL"),
        (None, "cannot be read"),
    ],
)
def test_a_bad_file_is_refused_without_being_shown(tmp_path: Path, content: str | None, said: str) -> None:
    """At start, naming setting and file, never the value."""
    file = tmp_path / "services.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Misconfigured, match=f"BRUDVAGT_APPRISE_FILE.*{said}") as refused:
        service_configured(Site(ChannelSettings(apprise_file=file), tmp_path))
    assert "hunter2" not in str(refused.value)


async def test_a_changed_file_counts_at_once(tmp_path: Path) -> None:
    """Another URL under the same name, without a restart."""
    receivers = [Receiver(), Receiver()]
    file = tmp_path / "f"
    channel = ServiceChannel(ServiceSettings(file))
    for receiver in receivers:
        async with http_server(receiver) as port:
            file.write_text(f'sms-vagt: "json://127.0.0.1:{port}/"\n')
            assert await channel.send(alert(), SMS, TEXT, NOW) == SENT
    assert [len(one.got) for one in receivers] == [1, 1]


async def test_apprises_own_lines_reach_no_log(tmp_path: Path) -> None:
    """They name hosts and accounts; the process's own handlers never see them."""

    class Seen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            names.append(record.name)

    names: list[str] = []
    root, level = logging.getLogger(), logging.getLogger("apprise").level
    handler = Seen(logging.DEBUG)
    root.addHandler(handler)
    logging.getLogger("apprise").setLevel(logging.DEBUG)
    try:
        logging.getLogger("heard").warning("heard")
        await sent(tmp_path / "f", f"json://secret-user:pw@127.0.0.1:{free_port()}/")
    finally:
        logging.getLogger("apprise").setLevel(level)
        root.removeHandler(handler)
    assert names == ["heard"]

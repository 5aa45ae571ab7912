"""From settings to channels: what is set is used, what is half set is refused in words, what plans lack is told ahead."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery import channels as folder
from pipeline.delivery.channels import registry
from pipeline.delivery.channels.channel import Channel, Misconfigured, Site
from pipeline.delivery.channels.readiness import absent, unready
from pipeline.delivery.channels.registry import channels, kinds
from pipeline.delivery.outcome import SENT, Error
from pipeline.delivery.texts import render
from pipeline.plans.plan import Channel as PlanChannel
from pipeline.plans.plan import ContactPlan
from tests.delivery.papers import paper
from tests.delivery.scene import NOW, alert
from tests.delivery.servers import CA, Mailbox, server_tls, smtp_server
from tests.routing.scene import plan

MAIL = PlanChannel(name="mail", kind="smtp", address="dpo@herning.example")
SECRET = f"whsec_{base64.b64encode(bytes(32)).decode()}"


def made(folder: Path, **wanted: object) -> Mapping[str, Channel]:
    """Returns the channels of an installation with these settings."""
    return channels(Site(ChannelSettings.model_validate(wanted), folder))


def with_channels(*of_dpo: PlanChannel) -> Mapping[str, ContactPlan]:
    """Returns Herning's plan, where the DPO has these channels and nobody else is."""
    found = plan()
    dpo = found.delivery.people["dpo"].model_copy(update={"channels": of_dpo})
    delivery = found.delivery.model_copy(update={"people": {"dpo": dpo}})
    return {"657": found.model_copy(update={"delivery": delivery})}


def test_nothing_set_is_no_channel(tmp_path: Path) -> None:
    """And each setting turns on its own."""
    assert made(tmp_path) == {}
    (tmp_path / "secrets").write_text(f"{SECRET}\n")
    (tmp_path / "services").write_text("")
    assert set(made(tmp_path, smtp_url="smtp://127.0.0.1:25")) == {"smtp"}
    assert set(made(tmp_path, webhook_secrets_file=tmp_path / "secrets")) == {"webhook"}
    assert set(kinds()) == {"smtp", "webhook", "apprise"}


def test_a_new_channel_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with a KIND in the folder is found; nothing else is edited."""
    (tmp_path / "carrier_pigeon.py").write_text(
        "from pipeline.delivery.channels.channel import Kind\nKIND = Kind('pigeon', 'smtp_url', lambda site: None)\n"
    )
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    registry.kinds.cache_clear()
    try:
        assert set(kinds()) == {"smtp", "webhook", "apprise", "pigeon"}
    finally:
        registry.kinds.cache_clear()


async def test_it_logs_in_and_comes_from_the_sender(tmp_path: Path) -> None:
    """With name, password from its file and the sender's address, whose domain is the Message-ID's."""
    mailbox = Mailbox()
    async with smtp_server(mailbox, starttls=server_tls(), login=("brudvagt", "hemmelig")) as port:
        settings = ChannelSettings(
            smtp_url=f"smtp://localhost:{port}",
            smtp_user="brudvagt",
            smtp_password_file=tmp_path / "password",
            smtp_sender="vagt@herning.example",
            ca_file=CA,
        )
        (tmp_path / "password").write_text("hemmelig\n")
        channel = channels(Site(settings, tmp_path))["smtp"]
        text = render(alert(), plan(), NOW)
        assert await channel.send(alert(), MAIL, text, NOW) == SENT
        (tmp_path / "password").write_text("forkert\n")
        refused = await channel.send(alert(), MAIL, text, NOW)
        (tmp_path / "password").unlink()
        unread = await channel.send(alert(), MAIL, text, NOW)
    assert [one.mail_from for one in mailbox.taken] == ["vagt@herning.example"]
    assert f"Message-ID: <{1:032x}@herning.example>".encode() in (mailbox.taken[0].content or b"")
    assert (refused.error, refused.permanent) == (Error.MISCONFIGURED, False)
    assert "forkert" not in (refused.answer or "")
    assert (unread.error, unread.permanent) == (Error.MISCONFIGURED, False)


async def test_a_password_never_travels_in_the_clear(tmp_path: Path) -> None:
    """On loopback too: without STARTTLS nothing is said to the server but hello."""
    mailbox = Mailbox()
    (tmp_path / "password").write_text("hemmelig\n")
    async with smtp_server(mailbox, login=("brudvagt", "hemmelig")) as port:
        wanted = {"smtp_user": "brudvagt", "smtp_password_file": tmp_path / "password"}
        found = made(tmp_path, smtp_url=f"smtp://127.0.0.1:{port}", **wanted)
        outcome = await found["smtp"].send(alert(), MAIL, render(alert(), plan(), NOW), NOW)
    assert (outcome.error, outcome.permanent, mailbox.taken) == (Error.TLS, False, [])


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"smtp_user": "x"}, "BRUDVAGT_SMTP_USER and BRUDVAGT_SMTP_PASSWORD_FILE go together"),
        ({"smime_key_file": "x"}, "BRUDVAGT_SMIME_CERTIFICATE_FILE and BRUDVAGT_SMIME_KEY_FILE go together"),
        ({"production": True, "smtp_url": "smtp://m.example:587"}, "BRUDVAGT_SMTP_SENDER is not set"),
        ({"smtp_url": "smtp://u:p@m.example:587"}, "without user and password"),
        ({"attempt_s": 600}, "less than or equal to 45"),
    ],
)
def test_what_is_half_set_is_refused(wanted: dict[str, object], said: str) -> None:
    """A sentence that names the settings."""
    with pytest.raises(ValidationError, match=said):
        ChannelSettings.model_validate(wanted)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"smtp_sender": "two words"}, "BRUDVAGT_SMTP_SENDER is no mail address"),
        ({"smtp_user": "x", "smtp_password_file": "gone"}, "BRUDVAGT_SMTP_PASSWORD_FILE: gone cannot be read"),
        ({"ca_file": "gone"}, "BRUDVAGT_CA_FILE: gone cannot be used"),
        ({"webhook_secrets_file": "gone"}, "BRUDVAGT_WEBHOOK_SECRETS_FILE: gone cannot be read"),
        ({"webhook_secrets_file": "empty"}, "BRUDVAGT_WEBHOOK_SECRETS_FILE: empty is empty"),
        ({"apprise_file": "gone"}, "BRUDVAGT_APPRISE_FILE: gone cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, object], said: str
) -> None:
    """Before the night on which it is needed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_text("\n \n")
    with pytest.raises(Misconfigured, match=said):
        made(tmp_path, smtp_url="smtp://127.0.0.1:25", **wanted)


def test_plans_that_ask_for_more_are_told(tmp_path: Path) -> None:
    """A sentence for each kind that is absent or unknown, with the setting to set."""
    plans = with_channels(
        MAIL,
        PlanChannel(name="sms", kind="apprise", address="sms-vagt"),
        PlanChannel(name="fax", kind="fax", address="https://fax.example"),
    )
    site = Site(ChannelSettings(), tmp_path)
    said = {one.field: (one.reason, one.remedy) for one in unready(plans, site, NOW)}
    assert said == {
        "kanaler af slagsen smtp (1)": (
            "den er ikke sat op her",
            "Sæt BRUDVAGT_SMTP_URL; docs/channels.md viser hvordan.",
        ),
        "kanaler af slagsen apprise (1)": (
            "den er ikke sat op her",
            "Sæt BRUDVAGT_APPRISE_FILE; docs/channels.md viser hvordan.",
        ),
        "kanaler af slagsen fax (1)": (
            "den slags kanal findes ikke",
            "Skriv en af: apprise, smtp, webhook.",
        ),
    }
    assert [kind.name for kind in absent(plans, site)] == ["apprise", "smtp"]


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # one of Apprise's plugins
def test_a_channel_that_would_not_get_through_is_told(tmp_path: Path) -> None:
    """A service that the file lacks, a certificate that is missing; silent once both are right."""
    protected = MAIL.model_copy(update={"certificate": "dpo"})
    plans = with_channels(protected, PlanChannel(name="sms", kind="apprise", address="sms-vagt"))
    services = tmp_path / "services.yaml"
    services.write_text("andre: json://localhost/\n")
    site = Site(ChannelSettings(smtp_url="smtp://127.0.0.1:25", apprise_file=services), tmp_path)
    said = {one.field: str(one) for one in unready(plans, site, NOW)}
    assert set(said) == {"delivery.people.dpo.channels.mail", "delivery.people.dpo.channels.sms"}
    assert "657 (Herning Kommune)" in said["delivery.people.dpo.channels.mail"]
    assert "certifikatet dpo kan ikke læses" in said["delivery.people.dpo.channels.mail"]
    assert "tjenesten sms-vagt findes ikke her" in said["delivery.people.dpo.channels.sms"]
    services.write_text("sms-vagt: json://localhost/\n")
    paper().write(tmp_path, "dpo")
    assert list(unready(plans, site, NOW)) == []

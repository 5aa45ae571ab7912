"""The link that delivery mints when it sends: for whom, and what happens when none can be minted."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import settings as module
from pipeline.delivery.texts import render, render_digest
from pipeline.settings import SettingsError
from pipeline.web.alert_link import link_in, links_of
from pipeline.web.links import Claim, Links
from schemas.alert import AlertKind, Level
from schemas.values import Role
from tests.delivery.scene import NOW, REFERENCE, alert
from tests.web.scene import clock_at, plans


@pytest.fixture
def links(keys: Path) -> Links:
    """Links to a page outside this machine, at the time of the alert."""
    return Links(keys, clock_at(NOW), "https://brudvagt.example", timedelta(days=7))


def test_the_link_is_the_recipients_and_stands_in_the_text(links: Links) -> None:
    """Case, municipality, role, person and channel are the alert's; the Danish text carries the link in one line."""
    link = link_in(alert(), links)
    assert link is not None
    said = links.read(link.rpartition("/")[2])
    assert said == Claim(reference=REFERENCE, municipality="657", role=Role.DPO, local_id="dpo", channel="mail")
    text = render(alert(), plans()["657"], NOW, link=link)
    assert f"Kvittér og handl her:\n{link}\n" in text.plain
    assert f'href="{link}"' in text.html


def test_a_digest_has_a_link_under_each_case_that_has_one(links: Links) -> None:
    """Two cases, two links, each on a line of its own that becomes one in the HTML; without an address none."""
    first, second = alert(1, level=Level.DIGEST), alert(2, level=Level.DIGEST, reference="657-AAAAA-AAAAA-T")
    minted = {REFERENCE: link_in(first, links) or "", "657-AAAAA-AAAAA-T": link_in(second, links) or ""}
    text = render_digest([first, second], plans()["657"], NOW, links=minted)
    lines = text.plain.splitlines()
    for reference, link in minted.items():
        assert lines[lines.index(link) - 1].startswith(f"- {reference}: ")
        assert f'href="{link}"' in text.html
    assert "http" not in render_digest([first, second], plans()["657"], NOW).plain


@pytest.mark.parametrize(
    "changed", [{"kind": AlertKind.PRODUCER}, {"kind": AlertKind.PLATFORM}, {"reference": None}, {"role": "unheard-of"}]
)
def test_an_alert_about_no_case_has_no_link(links: Links, changed: dict[str, object]) -> None:
    """Nothing to open, nobody who may: no link, and no error."""
    assert link_in(alert().model_copy(update=changed), links) is None


def test_unusable_keys_do_not_hold_an_alert_back(links: Links) -> None:
    """The alert goes out without a link."""
    links.keys_file.write_text("short")
    assert link_in(alert(), links) is None


def test_without_an_address_there_are_no_links(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """BRUDVAGT_WEB_URL decides; its slash at the end is not doubled, and keys lie in the data directory."""
    monkeypatch.setenv("BRUDVAGT_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("BRUDVAGT_WEB_URL", raising=False)
    assert links_of(module.load()) is None
    monkeypatch.setenv("BRUDVAGT_WEB_URL", "https://brudvagt.example/")
    made = links_of(module.load())
    assert (link_in(alert(), made) or "").startswith("https://brudvagt.example/sag/")
    assert (tmp_path / "link.keys").exists()


@pytest.mark.parametrize(
    "url", ["http://brudvagt.example", "ftp://x.example", "https://", "https://a@b.example", "https://x.example/?a=1"]
)
def test_an_address_that_would_give_links_away_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """In the clear, with a name or a query in it, or no address at all: a sentence."""
    monkeypatch.setenv("BRUDVAGT_WEB_URL", url)
    with pytest.raises(SettingsError, match=r"BRUDVAGT_WEB_URL is .*must look like https://host"):
        module.load()

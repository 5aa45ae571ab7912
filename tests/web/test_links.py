"""Links: bound to a case and a person, for one purpose, for a time, under one of the keys."""

import hashlib
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer

from pipeline.delivery.guard import guarded
from pipeline.delivery.text import text_of
from pipeline.web.link_keys import LinkKeysError, keys_in
from pipeline.web.links import PURPOSE, LinkExpired, LinkRefused, Links
from tests.web.scene import DECIDER, DPO, T0, clock_at

WEEK = timedelta(days=7)
OLD, NEW = "old-" + "o" * 40, "new-" + "n" * 40


def links(keys: Path, at: datetime = T0) -> Links:
    """Returns links that last a week, at `at`."""
    return Links(keys, clock_at(at), "https://brudvagt.example/x", WEEK)


def signed(keys: Path, content: object, salt: str = PURPOSE) -> str:
    """Returns a token that our own key signs, with any content and purpose."""
    maker = URLSafeSerializer(
        keys_in(keys)[0], salt=salt, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
    return str(maker.dumps(content))


def content(**changed: object) -> list[object]:
    """Returns what a link of the DPO says, in its order."""
    said: dict[str, object] = {
        "version": 1,
        "reference": DPO.reference,
        "municipality": "657",
        "role": "dpo",
        "local_id": "dpo",
        "channel": "mail",
        "expires": int(T0.timestamp()) + 60,
    }
    return list({**said, **changed}.values())


def test_a_link_says_who_may_act_on_which_case(keys: Path) -> None:
    """Reading gives back the claim, and the URL is one line that a mail can carry."""
    url = links(keys).mint(DPO)
    base, _, token = url.rpartition("/")
    assert base == "https://brudvagt.example/x/sag"
    assert links(keys).read(token) == DPO
    assert len(url) < 300
    guarded(text_of(f"Sag\n\nKvittér og handl her:\n{url}\n", "da"))


def test_a_link_expires_on_the_shown_clock(keys: Path) -> None:
    """Good to its last second but one, over from the last; an outage of days does not prolong it."""
    token = links(keys).token(DPO)
    assert links(keys, T0 + WEEK - timedelta(seconds=2)).read(token) == DPO
    with pytest.raises(LinkExpired):
        links(keys, T0 + WEEK + timedelta(seconds=1)).read(token)


@pytest.mark.parametrize("cut", range(0, 112, 7))
def test_a_changed_link_is_refused(keys: Path, cut: int) -> None:
    """Any other character at any place: nothing in it can be altered, the person and the time least of all."""
    token = links(keys).token(DPO)
    other = "A" if token[cut] != "A" else "B"
    with pytest.raises(LinkRefused):
        links(keys).read(token[:cut] + other + token[cut + 1 :])


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "." * 50, "é", "A" * 100_000, "WzFd.AAAA"])
def test_what_is_no_link_is_refused(keys: Path, token: str) -> None:
    """Rubbish of any length is refused, not an error."""
    with pytest.raises(LinkRefused):
        links(keys).read(token)


def test_parts_of_two_links_make_none(keys: Path) -> None:
    """One person's signature under another's name is refused."""
    mine, other = links(keys).token(DPO), links(keys).token(DECIDER)
    with pytest.raises(LinkRefused):
        links(keys).read(f"{other.rpartition('.')[0]}.{mine.rpartition('.')[2]}")


def test_a_signature_for_another_purpose_is_refused(keys: Path) -> None:
    """The same key and content under another salt is no link; under ours it is."""
    assert links(keys).read(signed(keys, content())) == DPO
    with pytest.raises(LinkRefused):
        links(keys).read(signed(keys, content(), salt="brudvagt.something-else.v1"))


@pytest.mark.parametrize("wrong", [{"version": 2}, {"reference": "x"}, {"role": "king"}, {"expires": None}])
def test_another_form_of_content_is_refused(keys: Path, wrong: dict[str, object]) -> None:
    """Signed by us and yet not readable: refused, so that a later version can change the form."""
    with pytest.raises(LinkRefused):
        links(keys).read(signed(keys, content(**wrong)))


def test_keys_rotate_without_a_link_dying(keys: Path) -> None:
    """New key first, old below: old links are read, new ones are signed with the new key; then the old one goes."""
    keys.write_text(f"{OLD}\n")
    before = links(keys).token(DPO)
    keys.write_text(f"{NEW}\n{OLD}\n")
    after = links(keys).token(DPO)
    assert links(keys).read(before) == links(keys).read(after) == DPO
    keys.write_text(f"{NEW}\n")
    assert links(keys).read(after) == DPO
    with pytest.raises(LinkRefused):
        links(keys).read(before)


def test_the_key_is_made_once_and_for_the_owner_only(keys: Path) -> None:
    """At first use, mode 0600, nothing left beside it; the second use finds the same."""
    made = keys_in(keys)
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert keys_in(keys) == made
    assert [one.name for one in keys.parent.iterdir()] == [keys.name]


@pytest.mark.parametrize("content", ["", "\n\n", "short\n", f"{OLD}\nshort\n", "æ" * 50])
def test_unusable_keys_are_a_sentence_without_a_key(keys: Path, content: str) -> None:
    """The message names the file; a key is never shown."""
    keys.write_text(content, encoding="utf-8")
    with pytest.raises(LinkKeysError) as refused:
        keys_in(keys)
    assert str(keys) in str(refused.value)
    assert OLD not in str(refused.value)

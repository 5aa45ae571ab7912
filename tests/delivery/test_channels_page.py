"""docs/channels.md says what is: every setting, field, status and error, and examples that work."""

import base64
import re
from pathlib import Path

import pytest

from pipeline.channel_settings import ChannelSettings
from pipeline.delivery.channels.registry import kinds
from pipeline.delivery.deliver import RESULT_LOST
from pipeline.delivery.outcome import Error
from pipeline.plans.plan import Person
from pipeline.settings import Settings
from schemas.alert import Alert
from schemas.delivery import DeliveryStatus
from tests.delivery.servers import Receiver, https_server
from tests.delivery.test_webhook import NEW, OLD, REAL_NOW
from tests.delivery.test_webhook import sent as webhook_sent

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "channels.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    """Returns the words in code type of the first column of the table under a heading cell."""
    table = PAGE.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def test_every_setting_is_told() -> None:
    """And none that is not there."""
    assert first_cells("setting") == {f"BRUDVAGT_{name.upper()}" for name in ChannelSettings.model_fields}
    told = set(re.findall(r"BRUDVAGT_[A-Z_]+[A-Z]", PAGE))
    assert told <= {f"BRUDVAGT_{name.upper()}" for name in Settings.model_fields}


def test_every_field_status_and_error_is_told() -> None:
    """As the models and the code have them."""
    assert first_cells("field") == set(Alert.model_fields)
    assert first_cells("status") == set(DeliveryStatus)
    assert first_cells("error") == {*Error, RESULT_LOST}


def test_every_kind_of_channel_is_in_the_example() -> None:
    """The plan's example has each kind once, and a plan takes it."""
    rows = re.findall(r"- (\{name: .*\})$", PAGE, re.MULTILINE)
    found = Person.model_validate({"channels": [_read(row) for row in rows]})
    assert {channel.kind for channel in found.channels} == set(kinds())


def _read(row: str) -> dict[str, str]:
    return {key: value.strip('"') for key, value in (pair.split(": ", 1) for pair in row.strip("{}").split(", "))}


async def test_a_receiver_that_follows_the_page_verifies_our_webhooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own function accepts a real post under both secrets, and neither a changed body nor an old one."""
    receiver = Receiver()
    async with https_server(receiver) as port:
        await webhook_sent(port)
    headers, body = receiver.got[0]
    space: dict[str, object] = {}
    exec(PAGE.split("```python\n", 1)[1].split("```", 1)[0], space)  # the page is ours
    verified, clock = space["verified"], space["time"]
    assert callable(verified)
    monkeypatch.setattr(clock, "time", lambda: float(REAL_NOW))
    assert verified(headers, body, NEW)
    assert verified(headers, body, OLD)
    assert not verified(headers, body + b" ", NEW)
    assert not verified(headers, body, f"whsec_{base64.b64encode(bytes(32)).decode()}")
    monkeypatch.setattr(clock, "time", lambda: REAL_NOW + 301.0)
    assert not verified(headers, body, NEW)


def test_the_pages_of_python_are_python() -> None:
    """Each example compiles."""
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        compile(example, "docs/channels.md", "exec")

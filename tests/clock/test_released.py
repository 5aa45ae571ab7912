"""A released policy never changes: a case records its hash, and a worker without that file refuses to start."""

import hashlib
import json
from pathlib import Path

from tests.clock.conftest import POLICIES

RELEASED: dict[str, str] = json.loads(Path(__file__).with_name("released.json").read_text())


def test_released_files_are_unchanged() -> None:
    """Every released file is there with the bytes it was released with; a change belongs into a new version's file."""
    for name, digest in RELEASED.items():
        assert hashlib.sha256((POLICIES / name).read_bytes()).hexdigest() == digest, f"{name}: write a new version"


def test_every_policy_file_is_listed() -> None:
    """A new file is entered in released.json when it is released."""
    assert {path.name for path in POLICIES.glob("*.yaml")} == set(RELEASED)

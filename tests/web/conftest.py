"""A page for each test that asks."""

from pathlib import Path

import pytest

from tests.web.scene import Page


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the keys of links will lie."""
    return tmp_path / "link.keys"


@pytest.fixture
def page(keys: Path) -> Page:
    """The page on the grave case, an hour after its report."""
    return Page(keys)

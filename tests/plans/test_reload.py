"""Plans are read again when their files change: without a restart, and never worse than before."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog.testing

from pipeline import metrics
from pipeline.plan_watch import PlanWatch
from pipeline.plans.reload import PlanBook
from tests.plans.test_load import HERNING, SHIPPED

BUDGET_S = 90.0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the shipped plans."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "municipalities"))


def edit(file: Path, before: str, after: str) -> None:
    """Replaces a text in a file."""
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def until(holds: Callable[[], bool]) -> None:
    """Waits until `holds`; fails after the budget."""
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)  # between two looks at the condition; the deadline above bounds them


def test_a_changed_file_is_in_use_at_the_next_look(directory: Path) -> None:
    """The book that everybody holds shows the new plan, and only what changed is named."""
    book = PlanBook(directory)
    watch = PlanWatch(book, 3600)
    assert not watch.look()
    edit(directory / HERNING, "dpo@herning.example", "dpo-ny@herning.example")
    with structlog.testing.capture_logs() as logs:
        assert watch.look()
    person = book["657"].person("dpo")
    assert person is not None
    assert person.channels[0].address == "dpo-ny@herning.example"
    assert [(line["event"], line["changed"]) for line in logs] == [("contact plans read again", ["657"])]
    assert not watch.look()


def test_a_bad_file_is_told_once_and_changes_nothing(directory: Path) -> None:
    """Log and metric name the fault, the old plan stays; mended, the metric is zero again."""
    book = PlanBook(directory)
    watch = PlanWatch(book, 3600)
    old = book["657"]
    edit(directory / HERNING, "dpo: [dpo]", "dpo: []")
    with structlog.testing.capture_logs() as logs:
        watch.look()
        watch.look()
    told = [line for line in logs if line["log_level"] == "error"]
    assert len(told) == 1
    assert "657-herning.yaml: delivery.roles.dpo: her mangler en databeskyttelsesrådgiver" in told[0]["problem"]
    assert book["657"] is old
    assert metrics.PLAN_FAULTS._value.get() == 1
    edit(directory / HERNING, "dpo: []", "dpo: [dpo]")
    watch.look()
    assert metrics.PLAN_FAULTS._value.get() == 0


def test_a_shared_office_is_watched_too(directory: Path) -> None:
    """A fault in it belongs to no one municipality: all plans stay as they are, also one with a change of its own."""
    book = PlanBook(directory)
    watch = PlanWatch(book, 3600)
    before = dict(book)
    (office,) = (directory / "offices").glob("drift.yaml")
    edit(office, "channels:", "chanels:")
    edit(directory / HERNING, "dpo@herning.example", "dpo-ny@herning.example")
    assert watch.look()
    assert dict(book) == before


def test_a_change_in_a_shared_office_alone_is_seen(directory: Path) -> None:
    """All who share it have it."""
    book = PlanBook(directory)
    edit(directory / "offices" / "drift.yaml", "address: ", "address: ny-")
    assert PlanWatch(book, 3600).look()
    for code in ("161", "657"):
        person = book[code].person("drift-vagt")
        assert person is not None
        assert person.channels[0].address.startswith("ny-")


def test_a_fault_of_no_one_file_keeps_every_plan(directory: Path) -> None:
    """The plan of last resort is gone: also the good change beside it waits until that is mended."""
    book = PlanBook(directory)
    watch = PlanWatch(book, 3600)
    (directory / "000-uden-kommune.yaml").rename(directory.parent / "aside.yaml")
    edit(directory / HERNING, "name: Herning Kommune", "name: Herning")
    watch.look()
    assert book["657"].name == "Herning Kommune"
    (directory.parent / "aside.yaml").rename(directory / "000-uden-kommune.yaml")
    watch.look()
    assert book["657"].name == "Herning"


def test_a_folder_that_is_gone_or_cannot_be_read_changes_nothing(directory: Path) -> None:
    """An unmounted volume, a file in place of which a directory lies: said, and the old plans stay."""
    book = PlanBook(directory)
    watch = PlanWatch(book, 3600)
    before = dict(book)
    (directory / "999-mappe.yaml").mkdir()
    with structlog.testing.capture_logs() as logs:
        assert not watch.look()
    assert [line["event"] for line in logs] == ["the contact plans cannot be read; the ones before stay"]
    assert dict(book) == before
    shutil.rmtree(directory)
    assert watch.look()
    assert dict(book) == before
    assert metrics.PLAN_FAULTS._value.get() == 1


def test_the_thread_looks_by_itself(directory: Path) -> None:
    """Whoever wants to know is told after each reading; stopping ends it."""
    told: list[int] = []
    book = PlanBook(directory)
    watch = PlanWatch(book, 0.02, lambda plans: told.append(len(plans)))
    watch.start()
    try:
        edit(directory / HERNING, "name: Herning Kommune", "name: Herning")
        until(lambda: book["657"].name == "Herning" and bool(told))
    finally:
        watch.stop()
    assert told[0] == 6
    assert not watch.is_alive()

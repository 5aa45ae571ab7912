"""A backup is a whole file or none, and one that was torn or altered is refused in words."""

import errno
import os
import stat
from pathlib import Path

import pytest
import zstandard

from pipeline.backup.content import Header, Item, OnItsWay, Row
from pipeline.backup.file import PART, BackupError, check, items, written

HEADER = Header("brudvagt", 4, "2026-11-25T02:00:00+00:00", "1.0")
ITEMS: tuple[Item, ...] = (
    Row("cases", 3, b"657-7F3KQ-2M9XB-T", '{"kind":"breach","note":"Ærø"}'.encode()),
    Row("deliveries", 0, b"newest/\xff", b"\x00\x80\n"),
    OnItsWay("reports", 1, 17, 1_764_000_000_123, None, b"\xff{", (("content-type", b"\xfe"), ("a", b""))),
    OnItsWay("alerts", 2, 5, 1_764_000_000_124, b"key", None),
)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup of two rows and two records."""
    path = tmp_path / "case-log"
    with written(path, HEADER, replace=False) as writer:
        for item in ITEMS:
            writer.add(item)
    return path


def unpacked(path: Path) -> bytes:
    """Returns the lines of a backup."""
    with path.open("rb") as raw:
        return zstandard.ZstdDecompressor().stream_reader(raw).read()


def test_what_was_written_is_read_byte_by_byte(backup: Path) -> None:
    """Also what is no UTF-8; counted by table and stream; nobody but the owner may read it."""
    header, trailer = check(backup)
    assert header == HEADER
    assert trailer.counts == {"cases": 1, "deliveries": 1, "reports": 1, "alerts": 1}
    assert tuple(items(backup)) == ITEMS
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert list(backup.parent.iterdir()) == [backup]


def test_a_file_torn_anywhere_is_refused(backup: Path) -> None:
    """Cut in the packed bytes, or packed again without its last line or half of it."""
    whole, lines = backup.read_bytes(), unpacked(backup)
    for cut in range(1, len(whole), 7):
        backup.write_bytes(whole[:cut])
        with pytest.raises(BackupError, match="torn"):
            check(backup)
    for rest in (lines[: lines.rindex(b"\n", 0, -1) + 1], lines[:-9]):
        backup.write_bytes(zstandard.compress(rest))
        with pytest.raises(BackupError, match="torn"):
            check(backup)


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"7F3KQ", b"7F3KR"), (b'"partition":3', b'"partition":2'), (b'"cases":1', b'"cases":2'), (b"02:00", b"03:00")],
)
def test_a_file_that_was_altered_is_refused(backup: Path, before: bytes, after: bytes) -> None:
    """A key, a place, a count, the time: each is under the hash or compared with what is counted."""
    lines = unpacked(backup)
    assert before in lines
    backup.write_bytes(zstandard.compress(lines.replace(before, after)))
    with pytest.raises(BackupError, match="altered"):
        check(backup)


def test_a_line_that_was_left_out_is_noticed(backup: Path) -> None:
    """Hash and counts both say so."""
    first, _, rest = unpacked(backup).partition(b"\n")
    backup.write_bytes(zstandard.compress(first + b"\n" + rest.partition(b"\n")[2]))
    with pytest.raises(BackupError, match="altered"):
        check(backup)


def test_what_is_no_backup_is_called_so(tmp_path: Path) -> None:
    """Neither another file nor the backup of a newer Brudvagt is taken for one."""
    other = tmp_path / "other"
    other.write_bytes(zstandard.compress(b'{"format":"something"}\n'))
    with pytest.raises(BackupError, match="no backup of Brudvagt"):
        check(other)
    other.write_bytes(zstandard.compress(b'{"format":"brudvagt-backup","version":2}\n'))
    with pytest.raises(BackupError, match="update it"):
        check(other)


def test_a_backup_replaces_another_only_when_told(backup: Path) -> None:
    """And one that breaks off leaves the earlier one as it was."""
    before = backup.read_bytes()
    with pytest.raises(BackupError, match="--force"), written(backup, HEADER, replace=False):
        pass
    with pytest.raises(ZeroDivisionError), written(backup, HEADER, replace=True):
        raise ZeroDivisionError
    assert backup.read_bytes() == before
    assert list(backup.parent.iterdir()) == [backup]
    with written(backup, HEADER, replace=True):
        pass
    assert check(backup)[1].counts == {}


def test_a_full_disk_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever moment: nothing is left behind, and what to do is said."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(BackupError, match=r"No space left on device\. Make room"),
        written(tmp_path / "case-log", HEADER, replace=False) as writer,
    ):
        writer.add(ITEMS[0])
    assert list(tmp_path.iterdir()) == []


def test_another_fault_in_the_block_is_not_the_disks(tmp_path: Path) -> None:
    """A broker that hangs up is an OSError too; it must not be told as a full disk."""
    with pytest.raises(ConnectionResetError), written(tmp_path / "case-log", HEADER, replace=False):
        raise ConnectionResetError(errno.ECONNRESET, "reset")


def test_what_a_killed_export_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    """Also where every export has the same process id, as in a container; it can be told by its name."""
    path = tmp_path / "case-log"
    killed = written(path, HEADER, replace=False)
    killed.__enter__()  # and never left
    (left,) = tmp_path.iterdir()
    assert left.name.startswith("case-log.")
    assert left.suffix == PART
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    with written(path, HEADER, replace=False) as writer:
        writer.add(ITEMS[0])
    assert check(path)[1].counts == {"cases": 1}

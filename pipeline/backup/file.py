"""The file of a backup: JSON lines under zstd, written whole or not at all, believed only when hash and counts agree."""

import errno
import hashlib
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import orjson
import zstandard

from pipeline.backup.content import FORMAT, VERSION, Header, Item, Row, Trailer, header_line, item_line, item_of
from pipeline.backup.progress import Progress, unseen

PART: Final = ".part"
"""Ends the name of a backup that is still being written, or was when its export was killed: delete it then."""

_OF_THE_DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


class BackupError(Exception):
    """A backup cannot be written, believed or restored; the message says why, and what to do."""


class Writer:
    """Takes the rows and records of one backup; `written` yields it."""

    def __init__(self, out: IO[bytes], header: Header) -> None:
        """Writes the header."""
        self._out, self._hash = out, hashlib.sha256()
        self.counts: Counter[str] = Counter()
        self._line(header_line(header))

    def add(self, item: Item) -> None:
        """Writes one more."""
        self._line(item_line(item))
        self.counts[item.table if isinstance(item, Row) else item.stream] += 1

    def end(self) -> Trailer:
        """Writes the trailer and returns it."""
        trailer = Trailer(self._hash.hexdigest(), dict(self.counts))
        self._out.write(orjson.dumps({"sha256": trailer.sha256, "counts": trailer.counts}) + b"\n")
        return trailer

    def _line(self, line: bytes) -> None:
        self._hash.update(line)
        self._out.write(line)


@contextmanager
def written(path: Path, header: Header, *, replace: bool) -> Iterator[Writer]:
    """Yields the writer of a new backup, for the owner's eyes alone; whoever ends the block early leaves nothing behind.

    Until the last byte is on the disk it has another name, so a file called `path` is a whole one. Raises BackupError
    where there is one already (unless `replace`), the place cannot be written, or the disk is full in the middle.
    """
    if path.exists() and not replace:
        raise BackupError(f"{path} is there already: choose another name, or --force to replace it")
    try:  # a name of its own each time: what a killed export left behind is in nobody's way
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=PART, dir=path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as raw:
            with zstandard.ZstdCompressor(level=6, write_checksum=True).stream_writer(raw, closefd=False) as out:
                writer = Writer(out, header)
                yield writer
                writer.end()
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name, too, must outlive a power cut
        finally:
            os.close(folder)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        raise BackupError(f"{path} cannot be written: {error.strerror}. Make room, or name another place") from error
    finally:
        part.unlink(missing_ok=True)


def check(path: Path, progress: Progress = unseen) -> tuple[Header, Trailer]:
    """Reads a backup to its end and returns header and trailer; raises BackupError unless it is whole and unaltered."""
    digest, counts = hashlib.sha256(), Counter[str]()
    header: Header | None = None
    trailer: dict[str, Any] | None = None
    for line in _lines(path, partial(progress, "bytes of the file checked")):
        if trailer is not None:
            raise BackupError(f"{path}: something stands behind its last line; take another copy")
        found = _json(path, line)
        if header is None:
            header = _header(path, found)
        elif "sha256" in found:
            trailer = found
            continue
        else:
            item = _item(path, found)
            counts[item.table if isinstance(item, Row) else item.stream] += 1
        digest.update(line)
    if header is None or trailer is None:
        raise BackupError(f"{path} is torn: its last line is missing. Take another copy; nothing of it may be used")
    if trailer["sha256"] != digest.hexdigest() or trailer.get("counts") != dict(counts):
        raise BackupError(f"{path} was altered: hash or counts are not those of its content. Take another copy")
    return header, Trailer(digest.hexdigest(), dict(counts))


def items(path: Path) -> Iterator[Item]:
    """Yields the rows and records of a backup that `check` has found whole."""
    for number, line in enumerate(_lines(path)):
        if number and "sha256" not in (found := _json(path, line)):
            yield _item(path, found)


def _lines(path: Path, told: Callable[[int, int], None] = lambda *_: None) -> Iterator[bytes]:
    try:
        with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as unpacked:
            rest, size = b"", path.stat().st_size
            while chunk := unpacked.read(1 << 20):
                told(raw.tell(), size)
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    yield line + b"\n"
            if rest:
                raise BackupError(f"{path} is torn in the middle of a line; take another copy")
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from error
    except zstandard.ZstdError as error:
        raise BackupError(f"{path} is no backup, or was altered or torn ({error}); take another copy") from error


def _json(path: Path, line: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BackupError(f"{path} was altered: a line of it is no JSON; take another copy") from error
    if not isinstance(found, dict):
        raise BackupError(f"{path} was altered: a line of it is no object; take another copy")
    return found


def _header(path: Path, found: dict[str, Any]) -> Header:
    if found.get("format") != FORMAT:
        raise BackupError(f"{path} is no backup of Brudvagt")
    if found.get("version") != VERSION:
        raise BackupError(f"{path} has format version {found.get('version')}, this Brudvagt reads {VERSION}: update it")
    try:
        return Header(found["prefix"], found["partitions"], found["taken_at"], found["written_by"])
    except KeyError as error:
        raise BackupError(f"{path} was altered: its header has no {error}; take another copy") from error


def _item(path: Path, found: dict[str, Any]) -> Item:
    try:
        return item_of(found)
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{path} was altered: a line has not the shape of a row; take another copy") from error

"""Rows are kept packed in memory and come back as they were."""

import threading
from pathlib import Path

import orjson
import pytest

from pipeline.engine.rows import SAMPLE_ROWS, TOGETHER, PlainRows, Rows


def _row(number: int) -> bytes:
    said = [f"a sentence of the law that stands in every row, paragraph {place}" for place in range(30)]
    return orjson.dumps({"number": number, "said": said, "id": f"{number * 7919:032x}"})


Kind = type[Rows] | type[PlainRows]


def _filled(count: int, kind: Kind = Rows) -> Rows | PlainRows:
    rows = kind()
    for number in range(count):
        rows[b"%d" % number] = _row(number)
    return rows


@pytest.mark.parametrize("kind", [Rows, PlainRows])
def test_every_row_comes_back(kind: Kind) -> None:
    """Before the dictionary is learnt, with it, and where there is none."""
    rows = _filled(2 * SAMPLE_ROWS, kind)
    assert {key: rows[key] for key in rows} == {b"%d" % n: _row(n) for n in range(2 * SAMPLE_ROWS)}
    assert rows.get(b"nobody") is None
    rows[b"3"] = b"anew"
    del rows[b"4"]
    assert (rows[b"3"], b"4" in rows, len(rows)) == (b"anew", False, 2 * SAMPLE_ROWS - 1)


def test_rows_that_resemble_each_other_take_a_fraction_of_the_memory() -> None:
    """What is kept after the dictionary was learnt is at most a fifth of the row, but of the last thousand."""
    rows = _filled(SAMPLE_ROWS + 2 * TOGETHER)
    assert isinstance(rows, Rows)
    for number in (SAMPLE_ROWS, SAMPLE_ROWS + TOGETHER - 1):
        assert len(rows._kept[b"%d" % number]) < len(_row(number)) / 5


def test_what_is_written_while_a_row_is_packed_counts() -> None:
    """Written anew, deleted, deleted and there again: the packed bytes are of a row that was, and are thrown away."""
    rows, packing = _filled(SAMPLE_ROWS + TOGETHER), [b"%d" % (SAMPLE_ROWS + number) for number in range(4)]
    anew, gone, back, same = packing
    rows[anew] = b"anew"
    del rows[gone], rows[back]
    rows[back] = b"back"
    for number in range(TOGETHER):
        rows[b"more-%d" % number] = b"more"  # the last of them takes over what was packed
    assert rows[anew] == b"anew"
    assert gone not in rows
    assert rows[back] == b"back"
    assert rows[same] == _row(SAMPLE_ROWS + 3)


def test_rows_that_nothing_can_be_learnt_from_stay_as_they_are() -> None:
    """Tiny rows, empty ones, and one that begins like a packed one."""
    rows = Rows()
    for number in range(2 * SAMPLE_ROWS):
        rows[b"%d" % number] = b"" if number % 2 else b"\x28\xb5\x2f\xfd"
    assert rows[b"1"] == b""
    assert rows[b"%d" % (2 * SAMPLE_ROWS - 2)] == b"\x28\xb5\x2f\xfd"


@pytest.mark.parametrize("kind", [Rows, PlainRows])
def test_a_picture_is_of_its_moment_and_may_be_read_in_another_thread(kind: Kind) -> None:
    """What is written while another thread reads is not in its picture, and neither disturbs the other."""
    rows = _filled(3 * SAMPLE_ROWS, kind)
    picture, seen = iter(rows.items()), dict[bytes, bytes]()
    reader = threading.Thread(target=lambda: seen.update(picture))
    reader.start()
    for number in range(3 * SAMPLE_ROWS):
        rows[b"%d" % number] = _row(number + 1_000_000)
        rows[b"new-%d" % number] = rows[b"%d" % number]
    reader.join()
    assert seen == {b"%d" % number: _row(number) for number in range(3 * SAMPLE_ROWS)}


def test_a_row_of_nothing_is_kept_among_packed_ones() -> None:
    """Nothing is packed like anything else, and comes back as nothing."""
    rows = _filled(SAMPLE_ROWS)
    for number in range(3 * TOGETHER):
        rows[b"more-%d" % number] = b"" if number % 2 else _row(number)
    assert rows[b"more-1"] == b""
    assert rows[b"more-2"] == _row(2)


def test_the_process_gives_back_what_packing_saves() -> None:
    """20,000 rows of 7 KB take a fifth of their bytes from the machine at most: nothing is held around the packed ones."""
    rows, filling = Rows(), [f"{word} stands in every row of the table" for word in map(str, range(150))]
    before, raw = _resident_bytes(), 0
    for number in range(20_000):
        row = orjson.dumps({"number": number, "id": f"{number * 7919:032x}", "filling": filling})
        rows[b"%d" % number] = row
        raw += len(row)
    assert raw > 100_000_000
    assert _resident_bytes() - before < raw / 5


def _resident_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))

"""Secrets that processes share: whoever is first makes the file, and everybody reads the same, whole."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from pipeline.secret_file import make_once

MAKERS = 8


def test_many_that_need_it_at_once_all_read_one(tmp_path: Path) -> None:
    """Each makes it with a content of its own and reads it at once: all read the same, never half of it, and no draft stays."""
    for number in range(20):
        path, together = tmp_path / f"folder-{number}" / "key", Barrier(MAKERS)

        def take_part(me: int, path: Path = path, together: Barrier = together) -> bytes:
            together.wait()
            make_once(path, bytes([me]) * 100_000)
            return path.read_bytes()

        with ThreadPoolExecutor(MAKERS) as pool:
            read = set(pool.map(take_part, range(MAKERS)))
        (content,) = read
        assert len(content) == 100_000
        assert set(path.parent.iterdir()) == {path}
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_there_stays(tmp_path: Path) -> None:
    """A key that was put there by hand is never replaced."""
    path = tmp_path / "key"
    path.write_bytes(b"by hand")
    make_once(path, b"another")
    assert path.read_bytes() == b"by hand"

"""The jars: only what was locked is used, and a second run needs no network."""

import hashlib
import re
from pathlib import Path

import jgo
import pytest

from pipeline.kafka import jars
from pipeline.kafka.errors import JarsError

GOOD = b"a jar as it was locked"


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    """A lock with one jar."""
    path = tmp_path / "jars.lock"
    path.write_text(f"# comment\n{hashlib.sha256(GOOD).hexdigest()}  one.jar\n", encoding="ascii")
    return path


def source(folder: Path, content: bytes) -> list[Path]:
    """A jar as the resolver would have put it somewhere."""
    folder.mkdir(exist_ok=True)
    (folder / "one.jar").write_bytes(content)
    return [folder / "one.jar"]


def no_network() -> list[Path]:
    """A resolver that must not be asked."""
    raise AssertionError("asked the network although the cache is complete")


def test_fetches_once_and_then_works_offline(tmp_path: Path, lock_file: Path) -> None:
    """The second call finds everything in the cache, checked again, and asks nobody."""
    cache = tmp_path / "cache"
    said: list[str] = []
    paths = jars.ensure(cache, lock_file=lock_file, resolve=lambda: source(tmp_path / "m2", GOOD), progress=said.append)
    assert [path.read_bytes() for path in paths] == [GOOD]
    assert said
    assert jars.ensure(cache, lock_file=lock_file, resolve=no_network) == paths


def test_jar_with_another_content_is_refused(tmp_path: Path, lock_file: Path) -> None:
    """A jar whose hash differs never reaches the cache, and the message says which file and what to do."""
    cache = tmp_path / "cache"
    with pytest.raises(JarsError, match=r"one\.jar is not the jar that was locked.*delete that file"):
        jars.ensure(cache, lock_file=lock_file, resolve=lambda: source(tmp_path / "m2", b"tampered"))
    assert list(cache.iterdir()) == []


def test_jar_damaged_in_the_cache_is_fetched_again(tmp_path: Path, lock_file: Path) -> None:
    """A file that changed after it was cached is not used; a good copy takes its place."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "one.jar").write_bytes(b"bit rot")
    (path,) = jars.ensure(cache, lock_file=lock_file, resolve=lambda: source(tmp_path / "m2", GOOD))
    assert path.read_bytes() == GOOD


def test_jar_that_does_not_come_is_an_error(tmp_path: Path, lock_file: Path) -> None:
    """A lock that names more than the version brings is a mistake in the repository."""
    with pytest.raises(JarsError, match=r"one\.jar is in jars\.lock but did not come"):
        jars.ensure(tmp_path / "cache", lock_file=lock_file, resolve=list)


def test_without_network_the_error_says_so(tmp_path: Path, lock_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the download library raises becomes a sentence with a remedy."""

    def unreachable(coordinates: str) -> None:
        raise ConnectionError("name resolution failed")

    monkeypatch.setattr(jgo, "build", unreachable)
    with pytest.raises(JarsError, match=r"could not be fetched .*name resolution failed.*needs a network"):
        jars.ensure(tmp_path / "cache", lock_file=lock_file)


def test_lock_names_jars_and_hashes_and_no_address() -> None:
    """Every line is a SHA-256 and a file name, each name once, Kafka's pinned version among them."""
    lines = [x for x in jars.LOCK_FILE.read_text(encoding="ascii").splitlines() if not x.startswith("#")]
    assert all(re.fullmatch(r"[0-9a-f]{64}  [A-Za-z0-9._-]+\.jar", line) for line in lines)
    names = [jar.name for jar in jars.locked()]
    assert len(set(names)) == len(names) == len(lines)
    assert "kafka_2.13-4.3.1.jar" in names

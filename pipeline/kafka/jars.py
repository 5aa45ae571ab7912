"""Apache Kafka's jars: fetched once, checked by hash, kept in the user's cache.

The lock file beside this module names every jar with its SHA-256, in the format of `sha256sum`. What is in
the cache and matches is used without a network; anything else is fetched through jgo, which knows where
public Java libraries live.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pipeline.kafka.errors import JarsError

KAFKA_VERSION = "4.3.1"  # 4.4.0 does not resolve: its kafka-tools-api was never published
SLF4J_VERSION = "1.7.36"  # the SLF4J that Kafka 4.3.1 itself asks for; a binding must match it
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-reload4j:{SLF4J_VERSION}"
LOCK_FILE = Path(__file__).with_name("jars.lock")

Progress = Callable[[str], None]
Resolve = Callable[[], list[Path]]


@dataclass(frozen=True)
class LockedJar:
    """One jar that the broker needs: its file name and the only content accepted under it."""

    name: str
    sha256: str


def silent(message: str) -> None:
    """Progress that nobody asked to see."""


def default_directory() -> Path:
    """Where the jars are kept between runs; a folder per Kafka version."""
    return platformdirs.user_cache_path("brudvagt") / f"kafka-{KAFKA_VERSION}"


def locked(lock_file: Path = LOCK_FILE) -> tuple[LockedJar, ...]:
    """Read the lock: one `<sha256>  <name>` a line, `#` starts a comment."""
    jars = []
    for line in lock_file.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            sha256, name = line.split("  ")
            jars.append(LockedJar(name, sha256))
    return tuple(jars)


def missing(directory: Path, jars: Iterable[LockedJar]) -> list[LockedJar]:
    """The locked jars that are not in `directory`, or are there with another content."""
    return [jar for jar in jars if not _matches(directory / jar.name, jar)]


def ensure(
    directory: Path | None = None,
    *,
    progress: Progress = silent,
    lock_file: Path = LOCK_FILE,
    resolve: Resolve | None = None,
) -> tuple[Path, ...]:
    """Return the paths of all locked jars, fetching those that the cache lacks.

    Raises `JarsError` when they cannot be fetched, or when what arrives is not what was locked.
    """
    directory = directory or default_directory()
    jars = locked(lock_file)
    lacking = missing(directory, jars)
    if lacking:
        progress(f"Apache Kafka {KAFKA_VERSION}: fetching {len(lacking)} of {len(jars)} jars (about 45 MB)")
        fetched = {path.name: path for path in (resolve or resolve_with_jgo)()}
        directory.mkdir(parents=True, exist_ok=True)
        for jar in lacking:
            _adopt(fetched.get(jar.name), jar, directory)
        progress(f"Apache Kafka {KAFKA_VERSION}: {len(jars)} jars checked, kept in {directory}")
    return tuple(directory / jar.name for jar in jars)


def resolve_with_jgo() -> list[Path]:
    """Download Kafka and everything it needs; returns the jars wherever jgo keeps them."""
    import jgo  # imported late: half a second that only the first run should pay

    try:
        environment = jgo.build(COORDINATES)
    except Exception as error:  # jgo documents no error type: network, disk and metadata all end here
        raise JarsError(
            f"Apache Kafka {KAFKA_VERSION} could not be fetched ({type(error).__name__}: {error}). "
            "The first run needs a network: check it (behind a proxy set HTTPS_PROXY) and run again."
        ) from error
    return [Path(path) for path in [*environment.class_path_jars, *environment.module_path_jars]]


def _adopt(source: Path | None, jar: LockedJar, directory: Path) -> None:
    if source is None:
        raise JarsError(
            f"{jar.name} is in {LOCK_FILE.name} but did not come with Apache Kafka {KAFKA_VERSION}. "
            "The lock and the version do not belong together: restore both from the repository."
        )
    found = digest(source)
    if found != jar.sha256:
        raise JarsError(
            f"{source} is not the jar that was locked: SHA-256 {found}, wanted {jar.sha256}. "
            "It was damaged or replaced on its way; delete that file and run again. "
            "If it comes back the same, do not use it."
        )
    target = directory / jar.name
    partial = target.with_suffix(f".{os.getpid()}.part")  # two processes may fetch at once
    partial.unlink(missing_ok=True)
    try:
        os.link(source, partial)
    except OSError:  # another file system
        shutil.copyfile(source, partial)
    partial.replace(target)


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _matches(path: Path, jar: LockedJar) -> bool:
    return path.is_file() and digest(path) == jar.sha256

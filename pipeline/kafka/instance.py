"""One broker per data directory: the lock, and who holds it."""

import fcntl
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from pipeline.kafka.errors import DataDirectoryInUse


@dataclass(frozen=True)
class Instance:
    """Who uses a data directory: the process that started the broker, the broker, and its port."""

    owner_pid: int
    broker_pid: int
    port: int


class DataDirectory:
    """The files of one embedded broker, and the right to use them."""

    def __init__(self, path: Path) -> None:
        """Name the files below `path`; nothing is touched before `lock`."""
        self.path = path.absolute()
        self.log_directory = self.path / "log"
        self.server_properties = self.path / "server.properties"
        self.log4j_properties = self.path / "log4j.properties"
        self.log_file = self.path / "kafka.log"
        self.output_file = self.path / "kafka.out"
        self._instance_file = self.path / "instance.json"
        self._lock = filelock.FileLock(self.path / "instance.lock", timeout=0)

    def lock(self) -> None:
        """Take the directory for this process; raises `DataDirectoryInUse` if another one has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise DataDirectoryInUse(self._in_use()) from error

    def unlock(self) -> None:
        """Give the directory back; it may be taken again. Does nothing if it is not ours to give."""
        if self._lock.is_locked:
            self._instance_file.unlink(missing_ok=True)
            self.release()

    def release(self) -> None:
        """Give the directory back and leave the note about its last user."""
        self._lock.release()

    def record(self, instance: Instance) -> None:
        """Write down who uses the directory, for the message that the next one gets."""
        self._instance_file.write_text(json.dumps(asdict(instance)), encoding="ascii")

    def recorded(self) -> Instance | None:
        """Who wrote down last that they use the directory; None if nobody or unreadable."""
        try:
            return Instance(**json.loads(self._instance_file.read_text(encoding="ascii")))
        except (OSError, ValueError, TypeError):
            return None

    def has_live_broker(self) -> bool:
        """Whether a broker works in this directory, ours or an orphan: Kafka locks its log directory itself.

        Asked without taking the lock: POSIX record locks, as Java's `FileChannel.tryLock` uses them.
        """
        try:
            with (self.log_directory / ".lock").open("r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.lockf(file, fcntl.LOCK_UN)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return False

    def orphaned(self) -> DataDirectoryInUse:
        """The error for a broker whose parent ended without it."""
        instance = self.recorded()
        pid = f"process {instance.broker_pid}" if instance else "a Java process"
        stop = f"kill {instance.broker_pid}" if instance else "end that process"
        return DataDirectoryInUse(
            f"An earlier Kafka ({pid}) still works in {self.path}; what started it has ended without it. "
            f"Stop it ({stop}) and start again."
        )

    def _in_use(self) -> str:
        instance = self.recorded()
        who = (
            f"process {instance.owner_pid} (its Kafka is process {instance.broker_pid} on port {instance.port})"
            if instance
            else "another process, which is just starting"
        )
        return (
            f"{self.path} is in use by {who}. One Kafka per data directory: stop that one first, or choose "
            "another directory with BRUDVAGT_DATA_DIR and other ports with BRUDVAGT_KAFKA_PORT."
        )

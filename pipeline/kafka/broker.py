"""Brudvagt's own Kafka: one real Apache Kafka node on loopback, durable below a data directory."""

import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from pipeline.kafka import jars, java, ports, readiness, startup_cache
from pipeline.kafka.errors import BrokerError, PortTaken
from pipeline.kafka.instance import DataDirectory, Instance
from pipeline.kafka.process import TetheredProcess
from pipeline.kafka.server_properties import HOST, log4j_properties, server_properties

DEFAULT_PORT = 19092
CLUSTER_ID = "YnJ1ZHZhZ3QtbG9vcGJhYw"  # 16 bytes in base64; one node on loopback needs no other
START_BUDGET_S = 120.0  # ready within 10 s on an idle machine; a busy one may take its time
STOP_BUDGET_S = 20.0  # a clean stop takes half a second
FORMAT_BUDGET_S = 60.0
ORPHAN_BUDGET_S = 30.0  # a broker whose parent was killed ends by itself; this is how long that may take
POLL_INTERVAL_S = 0.02

JVM_OPTIONS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",  # two cores: parallel collectors cost memory and start slower
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",  # zstd and snappy; Java 25 warns otherwise
)


class EmbeddedKafka:
    """One broker process. `with EmbeddedKafka(directory) as broker: connect(broker.bootstrap)`.

    Synchronous on purpose: it is used before, beside and after event loops. All waits have budgets.
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        port: int = DEFAULT_PORT,
        overrides: Mapping[str, str] = MappingProxyType({}),
        jvm_options: tuple[str, ...] | None = None,
        progress: jars.Progress = jars.silent,
    ) -> None:
        """Choose directory and port; port 0 picks free ones. The controller listens on `port + 1`.

        `overrides` are entries of `server.properties` for tests; `jvm_options` replace the start-up cache.
        """
        self.directory = DataDirectory(data_directory)
        self._wanted_port = port
        self._overrides = overrides
        self._jvm_options = jvm_options
        self._progress = progress
        self._ports: tuple[int, int] | None = None
        self._process: TetheredProcess | None = None

    @property
    def port(self) -> int:
        """The broker's port; known from the first start on and kept through restarts."""
        return self._chosen_ports()[0]

    @property
    def bootstrap(self) -> str:
        """`host:port` for Kafka clients."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The broker's process id. Raises `BrokerError` if it was never started."""
        if self._process is None:
            raise BrokerError("The embedded Kafka has not been started.")
        return self._process.pid

    @property
    def log_file(self) -> Path:
        """Where the broker writes what it does."""
        return self.directory.log_file

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, whatever happened."""
        self.stop()

    def start(self, *, budget_s: float = START_BUDGET_S) -> None:
        """Start the broker and return when it answers Kafka's protocol.

        Raises `JarsError`, `JavaError`, `DataDirectoryInUse`, `PortTaken`, or `BrokerError` when the broker
        ends or does not answer within `budget_s` seconds; the message carries the end of its log.
        """
        deadline = time.monotonic() + budget_s
        class_path = os.pathsep.join(map(str, jars.ensure(progress=self._progress)))
        java_command = [str(java.executable()), *JVM_OPTIONS]
        caching = startup_cache.jvm_options() if self._jvm_options is None else self._jvm_options
        if self._process is not None and self._process.poll() is None:
            raise BrokerError(f"This Kafka already runs as process {self._process.pid}.")
        self.directory.lock()
        try:
            self._await_orphan()
            self._claim_ports()
            self._write_configuration()
            self._format([*java_command, *startup_cache.jvm_options(), "-cp", class_path])
            options = [*java_command, *caching, f"-Dlog4j.configuration=file:{self.directory.log4j_properties}"]
            program = ["-cp", class_path, "kafka.Kafka", str(self.directory.server_properties)]
            self._process = TetheredProcess([*options, *program], self.directory.output_file)
            self.directory.record(Instance(os.getpid(), self._process.pid, self.port))
            self._await_ready(deadline, budget_s)
        except BaseException:  # also Ctrl-C: no broker is left behind
            self.stop()
            raise

    def poll(self) -> int | None:
        """None while the broker runs; its exit status once it has ended or was never started."""
        return self._process.poll() if self._process is not None else 0

    def stop(self, *, budget_s: float = STOP_BUDGET_S) -> None:
        """Stop the broker (TERM, then KILL after `budget_s` seconds) and free the directory."""
        if self._process is not None:
            self._process.terminate(budget_s)
        self.directory.unlock()

    def restart(self) -> None:
        """Stop if running, then start on the same directory and ports."""
        self.stop()
        self.start()

    def _await_orphan(self) -> None:
        deadline = time.monotonic() + ORPHAN_BUDGET_S
        while self.directory.has_live_broker():
            if time.monotonic() > deadline:
                raise self.directory.orphaned()
            time.sleep(POLL_INTERVAL_S)  # another program's process: its end cannot be waited for, only looked at

    def _chosen_ports(self) -> tuple[int, int]:
        if self._ports is None:
            if self._wanted_port:
                self._ports = self._wanted_port, self._wanted_port + 1
            else:
                first = ports.free_port()
                self._ports = first, ports.free_port(other_than=first)
        return self._ports

    def _claim_ports(self) -> None:
        for port in self._chosen_ports():
            if not ports.is_free(port):
                raise PortTaken(
                    f"Port {port} on {HOST} is taken by another program. Stop that program, or choose other "
                    "ports: BRUDVAGT_KAFKA_PORT names the first of two neighbouring ones."
                )

    def _write_configuration(self) -> None:
        directory = self.directory
        directory.server_properties.write_text(
            server_properties(directory.log_directory, *self._chosen_ports(), self._overrides),
            encoding="utf-8",
        )
        directory.log4j_properties.write_text(log4j_properties(directory.log_file), encoding="utf-8")
        directory.output_file.unlink(missing_ok=True)  # of the last start

    def _format(self, command: list[str]) -> None:
        if (self.directory.log_directory / "meta.properties").exists():
            return
        self._progress("Kafka: preparing a new data directory")
        tool = [*command, "kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", CLUSTER_ID]
        done = subprocess.run(  # noqa: S603 - the wheel's Java
            [*tool, "-c", str(self.directory.server_properties)],
            capture_output=True,
            text=True,
            timeout=FORMAT_BUDGET_S,
            check=False,
        )
        if done.returncode != 0:
            raise BrokerError(
                f"The embedded Kafka cannot prepare {self.directory.path}: {(done.stderr or done.stdout).strip()}"
            )

    def _await_ready(self, deadline: float, budget_s: float) -> None:
        while not readiness.answers(HOST, self.port):
            status = self.poll()
            if status is not None:
                raise BrokerError(f"The embedded Kafka ended while starting (status {status}). {self._last_words()}")
            if time.monotonic() > deadline:
                raise BrokerError(f"The embedded Kafka was not ready within {budget_s:g} s. {self._last_words()}")
            time.sleep(POLL_INTERVAL_S)  # a port that opens tells nobody; the deadline above bounds the looking

    def _last_words(self) -> str:
        said = []
        for file in (self.directory.output_file, self.log_file):
            if file.exists():
                said += file.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
        return f"The whole log is {self.log_file}; its end:\n" + "\n".join(said)

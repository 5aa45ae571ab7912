"""A drill: a pipeline in motion with heartbeat and auditor, kept alive as by a supervisor, watched as in production."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from pipeline.delivery.sink import MailSink
from pipeline.kafka.ports import free_port
from system_tests.alertmanager import Alertmanager, alertmanager
from system_tests.diagnosis import diagnosis
from system_tests.prometheus import LOOK_S, Prometheus, Sample, prometheus
from system_tests.rules import SWITCH
from system_tests.timeline import Episode, episodes, first, longest_blink, runs
from tests.agents.running import Running

POLL_S: Final = 0.25
BUDGET_S: Final = 180.0
"""So long a drill waits for anything, on the busiest machine. Whether it came in its *stated* time is asked of Prometheus'
timestamps afterwards."""

STOP_BUDGET_S: Final = 60.0
GOOD, BAD = "pipeline.cli", "system_tests.bad_deploy"
LAST_SUCCESS: Final = "brudvagt_heartbeat_last_success_timestamp_seconds"


class MailServer(MailSink):
    """A mail sink that can be down for a while and comes back on its port."""

    def __init__(self, directory: Path) -> None:
        """Chooses its port."""
        self.port = free_port()
        super().__init__(directory, port=self.port)

    @property
    def url(self) -> str:
        """Where mails are taken, or would be."""
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._is_up = True
        return super().__enter__()

    def down(self) -> None:
        """Refuses connections from here on."""
        self._is_up = False
        self.__exit__()

    def up(self) -> None:
        """Takes mails again, if it did not."""
        if not self._is_up:
            super().__init__(self.directory, port=self.port)
            self.__enter__()


@dataclass(slots=True)
class Drill:
    """What a fault is tried on. Moments are unix seconds, as Prometheus tells them."""

    running: Running
    mail: MailServer
    prometheus: Prometheus
    alertmanager: Alertmanager
    began: float = field(default_factory=time.time)
    unwatched: set[str] = field(default_factory=set)
    version: dict[str, str] = field(default_factory=dict)
    moments: list[tuple[float, str]] = field(default_factory=list)
    ended: list[tuple[float, str]] = field(default_factory=list)

    def moment(self, what: str) -> float:
        """Notes that something is done now, and returns when that is."""
        self.moments.append((time.time(), what))
        return self.moments[-1][0]

    def tick(self) -> None:
        """Starts again what has ended, unless it is left dead on purpose."""
        for role, worker in self.running.workers.items():
            if role not in self.unwatched and worker.process.poll() is not None:
                self.ended.append((self.moment(f"{role} ended with status {worker.process.returncode}"), role))
                self.start(role)

    def start(self, role: str) -> None:
        """Starts a process in the version that is deployed, on the port it had."""
        worker = self.running.workers[role]
        module = self.version.get(role, GOOD)
        self.moment(f"{role} starts ({module})")
        with worker.log.open("ab") as out:
            command = [sys.executable, "-m", module, "worker", role, "--health-port", str(worker.port)]
            worker.process = subprocess.Popen(
                command, env={**os.environ, **self.running.environment}, stdout=out, stderr=out
            )
        self.unwatched.discard(role)

    def kill(self, role: str) -> float:
        """kill -9; nobody starts it again. Returns the moment before."""
        self.unwatched.add(role)
        killed = self.moment(f"{role} killed")
        self.running.kill(role)
        return killed

    def deploy(self, role: str, module: str) -> float:
        """Ends a process and starts it in another version; returns the moment before, from which it may not be found."""
        self.version[role] = module
        process = self.running.workers[role].process
        told = self.moment(f"{role} is told to stop")
        process.terminate()
        process.wait(STOP_BUDGET_S)
        self.start(role)
        return told

    def mend(self) -> None:
        """Takes back every fault that is still there: a test that failed must not fail the next one."""
        self.mail.up()
        for role in self.running.workers:
            if self.version.get(role, GOOD) != GOOD:
                self.deploy(role, GOOD)
        self.unwatched.clear()
        self.tick()

    def until(self, what: str, holds: Callable[[], bool], about: Iterable[str] = ()) -> float:
        """Waits until something holds, keeping everything alive; returns when it did. Fails with a diagnosis."""
        deadline = time.monotonic() + BUDGET_S
        while True:
            self.tick()
            if holds():
                return self.moment(what)
            assert time.monotonic() < deadline, f"never came: {what}\n{self.diagnosis(about)}"
            time.sleep(POLL_S)  # between two looks at the condition; the deadline above bounds them

    def until_firing(self, *alerts: str, one_of: Sequence[str] = ()) -> float:
        """Waits until all of `alerts` fire together, and one of some with them."""

        def hold() -> bool:
            firing = self.prometheus.alerts("firing")
            return set(alerts) <= firing and (not one_of or bool(firing & set(one_of)))

        return self.until(f"{', '.join(alerts)} fire", hold, about=[*alerts, *one_of])

    def until_over(self, *alerts: str) -> float:
        """Waits until none of `alerts` fires or waits to."""
        return self.until(
            f"{', '.join(alerts)} are over",
            lambda: not set(alerts) & (self.prometheus.alerts("firing") | self.prometheus.alerts("pending")),
            about=alerts,
        )

    def until_beating(self) -> float:
        """Waits until every process is ready and a beat that was sent since has come back."""
        self.running_ready()
        since = time.time() + 1.0
        return self.until("a beat came back", lambda: self._beat_after(since), about=["BrudvagtHeartbeatMissing"])

    def running_ready(self) -> None:
        """Waits until every worker has opened its partitions."""
        self.until("all are ready", lambda: all(worker.ready for worker in self.running.workers.values()))

    def fired(self, since: float) -> list[Episode]:
        """Returns what began to fire since a moment."""
        return [one for one in episodes(self.prometheus, self.began) if one.firing_at >= since]

    def ended_since(self, since: float) -> set[str]:
        """Returns the roles whose process ended by itself since a moment."""
        return {role for at, role in self.ended if at >= since}

    def unfound(self, since: float) -> dict[str, float]:
        """Returns for how many seconds on end Prometheus did not find each role, at the longest."""
        found = {}
        for role, samples in self.seen("up", "worker", since).items():
            runs_s = [run[-1].at - run[0].at for run in runs(samples, lambda value: value == 0)]
            found[role] = max(runs_s, default=0.0)
        return found

    def seen(self, selector: str, label: str, since: float) -> dict[str, Sequence[Sample]]:
        """Returns the samples of a metric by one of its labels."""
        return {one.labels.get(label, ""): one.samples for one in self.prometheus.ask(selector, since)}

    def slack(self, since: float) -> float:
        """Returns by how many seconds an alert may be later than its rule says: a change waits for the next scrape and
        that for the next evaluation. On a busy machine these come late, and by how much is what Prometheus saw.
        """
        return 2 * LOOK_S + 2 * longest_blink(self.prometheus, since)

    def diagnosis(self, about: Iterable[str] = ()) -> str:
        """Returns everything that somebody needs who was not there."""
        seen = {one.alert for one in episodes(self.prometheus, self.began)}
        pages = [
            f"  {page.at - self.began:7.1f}  {page.receiver}: {', '.join(' '.join(one) for one in sorted(page.alerts))}"
            for page in self.alertmanager.pager.pages
            if page.at >= self.began and page.receiver != "dead-mans-switch"
        ]
        told = diagnosis(self.prometheus, self.running, self.began, self.moments, {*about, *seen})
        return "\n".join(["pages", *pages, "", told])

    def _beat_after(self, since: float) -> bool:
        found = self.prometheus.ask(LAST_SUCCESS, since)
        return any(first(one.samples, lambda value: value > since) is not None for one in found)


@contextlib.contextmanager
def drill(running: Running, mail: MailServer, directory: Path) -> Iterator[Drill]:
    """Yields a drill in which nothing fires and the heart has beaten."""
    ports = {role: worker.port for role, worker in running.workers.items()}
    with (
        alertmanager(directory / "alertmanager", mail.port) as manager,
        prometheus(directory / "prometheus", ports, manager.port) as watcher,
    ):
        made = Drill(running, mail, watcher, manager)
        made.until_beating()
        made.began = made.until("nothing fires", lambda: not watcher.alerts("firing") - {SWITCH})
        yield made

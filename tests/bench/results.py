"""What was measured, where and with what: one JSON file for each part of each run below `out/bench`."""

import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.kafka.jars import KAFKA_VERSION
from tests.bench.environments import LOCKS, ROOT
from tests.bench.field import FIELD
from tests.bench.latency import Delays
from tests.bench.race import Run

PLACE = ROOT / "out" / "bench"


@dataclass(frozen=True)
class Result:
    """One part of one run."""

    part: str
    at: str
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    workload: str
    runs: Sequence[Run] = ()
    delays: Sequence[Delays] = ()
    load: str = field(default_factory=lambda: f"{os.getloadavg()[1]:.1f}")
    """Runnable processes at the end, averaged over five minutes; on a quiet machine the bench alone makes 1 to 2."""

    def save(self) -> Path:
        """Writes it; returns where."""
        PLACE.mkdir(parents=True, exist_ok=True)
        path = PLACE / f"{self.part}-{self.at.replace(':', '')}.json"
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")
        return path


def result(part: str, workload: str, runs: Sequence[Run] = (), delays: Sequence[Delays] = ()) -> Result:
    """Returns a result of now, on this machine."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Result(part, at, machine(), versions(), workload, runs, delays)


def load(part: str, last: int) -> list[Result]:
    """Returns the newest results of a part, newest first."""
    found = []
    for path in sorted(PLACE.glob(f"{part}-*.json"), reverse=True)[:last]:
        raw = json.loads(path.read_text())
        raw["runs"] = [Run(**{**one, "faults": tuple(one["faults"])}) for one in raw["runs"]]
        raw["delays"] = [Delays(**{**one, "ms": tuple(one["ms"])}) for one in raw["delays"]]
        found.append(Result(**raw))
    return found


def machine() -> dict[str, str]:
    """Returns processor, cores, memory, system."""
    info = Path("/proc/cpuinfo").read_text()
    names = [line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")]
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": (names or [platform.processor() or platform.machine()])[0],
        "cores": str(os.cpu_count()),
        "memory": f"{memory_gib:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
    }


def versions() -> dict[str, str]:
    """Returns Python's, Kafka's and every package's version that a contender stands on."""
    found = {"Python": platform.python_version(), "Apache Kafka": KAFKA_VERSION}
    for package in ("orjson", "pydantic", "uvloop", "aiokafka", "faust-streaming"):
        found[package] = importlib.metadata.version(package)
    for contender in FIELD:
        if contender.environment is not None:
            lock = (LOCKS / f"{contender.environment}.lock").read_text()
            for package in (*contender.packages, "pydantic"):
                locked = re.search(rf"^{package}==(\S+)", lock, re.MULTILINE)
                assert locked is not None, package
                found[f"{package} ({contender.title})"] = locked[1]
    return found

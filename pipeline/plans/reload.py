"""Reload without restart: a good set of files takes over, a bad one changes nothing and says so."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect, load_plans
from pipeline.plans.plan import ContactPlan
from pipeline.plans.problems import PlanProblem


class PlanBook(Mapping[str, ContactPlan]):
    """The plans in use by kommunekode, and how to read them again. Whoever holds it sees new plans at the next look."""

    def __init__(self, directory: Path, *, production: bool = False) -> None:
        """Reads the directory once; raises PlanErrors, since nothing can start without plans."""
        self._directory = directory
        self._destinations = Destinations.PRODUCTION if production else Destinations.EXAMPLE_ONLY
        self._print = _fingerprint(directory)  # before reading: a file changed meanwhile is read again
        self.plans: Mapping[str, ContactPlan] = load_plans(directory, production=production)
        self.problems: tuple[PlanProblem, ...] = ()

    def __getitem__(self, municipality: str) -> ContactPlan:
        return self.plans[municipality]

    def __iter__(self) -> Iterator[str]:
        return iter(self.plans)

    def __len__(self) -> int:
        return len(self.plans)

    def stale(self) -> bool:
        """Whether the files are not those that were read last. Raises OSError if they cannot be read."""
        return _fingerprint(self._directory) != self._print

    def reload(self) -> tuple[PlanProblem, ...]:
        """Reads the files again and returns what is wrong with them. Raises OSError, having changed nothing.

        A municipality with a fault of its own keeps its old plan; a fault that belongs to no one file keeps them all.
        A plan whose file is gone stays until restart: nobody is cut off by a slip of the hand.
        """
        seen = _fingerprint(self._directory)
        found = inspect(self._directory, destinations=self._destinations)
        self._print, self.problems = seen, found.problems
        faulty = {problem.file[:3] for problem in found.problems}
        known = {code for code in (*found.plans, *self.plans) if code in faulty}
        if not faulty - known:
            fresh = {code: plan for code, plan in found.plans.items() if code not in faulty}
            self.plans = {**self.plans, **fresh}
        return self.problems


def _fingerprint(directory: Path) -> bytes:
    digest = hashlib.sha256()
    for path in sorted([*directory.glob("*.yaml"), *directory.glob("offices/*.yaml")]):
        digest.update(f"{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()

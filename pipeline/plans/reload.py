"""Reload without restart: a good set of files takes over, a bad one changes nothing and says so."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect, load_plans
from pipeline.plans.plan import ContactPlan
from pipeline.plans.problems import PlanProblem


class PlanBook:
    """The plans in use, and how to read them again."""

    def __init__(self, directory: Path, *, production: bool = False) -> None:
        """Reads the directory once; raises PlanErrors, since nothing can start without plans."""
        self._directory = directory
        self._destinations = Destinations.PRODUCTION if production else Destinations.EXAMPLE_ONLY
        self.plans: Mapping[str, ContactPlan] = load_plans(directory, production=production)
        self.problems: tuple[PlanProblem, ...] = ()

    def reload(self) -> tuple[PlanProblem, ...]:
        """Reads the files again and returns what is wrong with them.

        A municipality with a fault of its own keeps its old plan; a fault that belongs to no one file keeps them all.
        A plan whose file is gone stays until restart: nobody is cut off by a slip of the hand.
        """
        found = inspect(self._directory, destinations=self._destinations)
        faulty = {problem.file[:3] for problem in found.problems}
        known = {code for code in (*found.plans, *self.plans) if code in faulty}
        if faulty - known:
            self.problems = found.problems
            return self.problems
        fresh = {code: plan for code, plan in found.plans.items() if code not in faulty}
        self.plans = {**self.plans, **fresh}
        self.problems = found.problems
        return self.problems

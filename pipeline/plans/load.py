"""Reads the contact plans of a directory: every fault of every file at once, or all plans and what could be better."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.clock.yamlfile import NotYaml, read_mapping
from pipeline.plans import checks
from pipeline.plans.address import Destinations
from pipeline.plans.plan import FALLBACK, ContactPlan, Office, Person
from pipeline.plans.problems import PlanErrors, PlanProblem, from_validation, from_yaml

PlanPart = TypeVar("PlanPart", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Findings:
    """What reading a directory gave: usable plans by kommunekode, faults, and warnings."""

    plans: Mapping[str, ContactPlan]
    problems: tuple[PlanProblem, ...]
    warnings: tuple[PlanProblem, ...]


def load_plans(directory: Path, *, production: bool = False) -> Mapping[str, ContactPlan]:
    """Returns the plans in `directory` (`NNN-name.yaml`, shared offices under `offices/`) by kommunekode.

    Only `production`, the installation's explicit switch, lets addresses outside `.example` through.
    Raises PlanErrors with every fault if any file has one: a half-read set of plans would alarm half the people.
    """
    found = inspect(directory, destinations=Destinations.PRODUCTION if production else Destinations.EXAMPLE_ONLY)
    if found.problems:
        raise PlanErrors(found.problems)
    return found.plans


def inspect(directory: Path, *, destinations: Destinations) -> Findings:
    """Returns everything that `directory` holds, good and bad; raises nothing about the files' content."""
    problems: list[PlanProblem] = []
    offices = _offices(directory / "offices", problems)
    plans: dict[str, ContactPlan] = {}
    warnings: list[PlanProblem] = []
    for path in sorted(directory.glob("*.yaml")):
        plan = _read(path, ContactPlan, problems)
        if plan is None:
            continue
        plan = _with_offices(path.name, plan, offices, problems)
        problems += checks.problems(path.name, plan, destinations)
        warnings += checks.warnings(path.name, plan)
        if path.name[:3] != plan.kommunekode:
            problems.append(
                PlanProblem(
                    path.name,
                    "kommunekode",
                    f"filens navn siger {path.name[:3]}, dens indhold {plan.kommunekode}",
                    "Ret den, der er forkert.",
                )
            )
        if plan.kommunekode in plans:
            problems.append(
                PlanProblem(path.name, "kommunekode", "en anden fil har også denne kommunekode", "Behold den ene.")
            )
        plans[plan.kommunekode] = plan
    if FALLBACK not in plans and not any(problem.file.startswith(FALLBACK) for problem in problems):
        problems.append(
            PlanProblem(
                str(directory.name),
                FALLBACK,
                "der mangler en plan 000 til indberetninger, hvis kommune ikke kan læses",
                "Tilføj 000-uden-kommune.yaml med en person i rollen operations.",
            )
        )
    return Findings(plans, tuple(problems), tuple(warnings))


def _read(path: Path, model: type[PlanPart], problems: list[PlanProblem]) -> PlanPart | None:
    try:
        return model.model_validate(read_mapping(path.read_bytes()))
    except NotYaml as error:
        problems.append(from_yaml(path.name, error))
    except ValidationError as error:
        problems.extend(from_validation(path.name, error))
    return None


def _offices(directory: Path, problems: list[PlanProblem]) -> dict[str, Office]:
    found: dict[str, Office] = {}
    for path in sorted(directory.glob("*.yaml")):
        office = _read(path, Office, problems)
        if office is not None:
            found[office.office] = office
    return found


def _with_offices(
    file: str, plan: ContactPlan, offices: Mapping[str, Office], problems: list[PlanProblem]
) -> ContactPlan:
    """Returns the plan with the people of its shared offices among its own, each marked with its office."""
    people: dict[str, Person] = dict(plan.delivery.people)
    for name in plan.delivery.offices:
        office = offices.get(name)
        if office is None:
            problems.append(
                PlanProblem(
                    file,
                    "delivery.offices",
                    f"der er intet kontor {name}",
                    f"Tilføj offices/{name}.yaml, eller fjern navnet.",
                )
            )
            continue
        for local_id, person in office.people.items():
            if local_id in people:
                problems.append(
                    PlanProblem(
                        file,
                        f"delivery.people.{local_id}",
                        f"kontoret {name} har det samme lokale id",
                        "Fjern dette, eller giv det et andet navn.",
                    )
                )
            people[local_id] = person.model_copy(update={"office": name})
    return plan.model_copy(update={"delivery": plan.delivery.model_copy(update={"people": people})})

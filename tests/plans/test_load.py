"""Loading plans: the shipped ones are good, and each broken file is told what is wrong, where, and what to do."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect, load_plans
from pipeline.plans.problems import PlanErrors
from pipeline.plans.reload import PlanBook
from pipeline.plans.starter import json_schema
from tests.plans.broken import BROKEN, replacing

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "municipalities"
HERNING = "657-herning.yaml"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns a copy of the shipped plans to break."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "municipalities"))


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_file_gets_a_useful_sentence(name: str, directory: Path) -> None:
    """File, field, reason and remedy, and the plan is refused."""
    change, field, reason = BROKEN[name]
    path = directory / HERNING
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(PlanErrors) as refused:
        load_plans(directory)
    mine = [one for one in refused.value.problems if one.file == HERNING]
    fitting = [one for one in mine if field in one.field and reason in one.reason]
    assert fitting, [str(one) for one in refused.value.problems]
    assert all(one.remedy.endswith((".", "?")) and len(one.remedy) > len("Correct") for one in fitting)


def test_every_fault_is_told_at_once(directory: Path) -> None:
    """Three faults in two files are three problems, not one a run."""
    for file, old, new in (
        (HERNING, "dpo@herning.example", "dpo@herning.invalid"),
        (HERNING, "security: [it-sikkerhed]", "security: []"),
        ("530-billund.yaml", "dpo: [dpo]", "dpo: []"),
    ):
        path = directory / file
        path.write_text(replacing(old, new)(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = inspect(directory, destinations=Destinations.EXAMPLE_ONLY).problems
    assert {one.file for one in found} == {HERNING, "530-billund.yaml"}
    assert len(found) == 3


def test_production_lets_real_addresses_through(directory: Path) -> None:
    """Only the explicit switch does."""
    path = directory / HERNING
    path.write_text(path.read_text(encoding="utf-8").replace("@herning.example", "@herning.invalid"), encoding="utf-8")
    assert load_plans(directory, production=True)["657"].name == "Herning Kommune"


def test_the_fallback_plan_is_needed_and_has_a_person(directory: Path) -> None:
    """A report without a legible municipality reaches somebody."""
    assert load_plans(directory)["000"].delivery.roles
    (directory / "000-uden-kommune.yaml").unlink()
    with pytest.raises(PlanErrors, match="mangler en plan 000"):
        load_plans(directory)


def test_a_bad_file_keeps_the_old_plan_and_says_so(directory: Path) -> None:
    """Reloading: the faulty municipality keeps its plan, the others take their new ones."""
    book = PlanBook(directory)
    herning, billund = directory / HERNING, directory / "530-billund.yaml"
    herning.write_text("kommunekode: [", encoding="utf-8")
    billund.write_text(billund.read_text(encoding="utf-8").replace("name: Billund Kommune", "name: Billund"), "utf-8")
    problems = book.reload()
    assert [one.file for one in problems] == [HERNING]
    assert (book.plans["657"].name, book.plans["530"].name) == ("Herning Kommune", "Billund")
    shutil.copy(SHIPPED / HERNING, herning)
    assert book.reload() == ()


def test_the_json_schema_is_up_to_date() -> None:
    """The schema beside the plans is the one that the model gives."""
    assert (SHIPPED / "plan.schema.json").read_text(encoding="utf-8") == json_schema()


def test_shipped_delivery_addresses_end_in_example() -> None:
    """Read as plain YAML, without the code under test: every delivery address is under .example."""
    addresses = []
    for path in [*SHIPPED.glob("*.yaml"), *SHIPPED.glob("offices/*.yaml")]:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        people = data.get("people") or data["delivery"].get("people", {})
        addresses += [channel["address"] for person in people.values() for channel in person["channels"]]
    assert len(addresses) > 30
    assert all(address.endswith(".example") for address in addresses)

"""The commands `plans check` and `plans new`."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.plans import plans
from pipeline.municipalities import file_name, municipalities
from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect
from pipeline.plans.plan import BLANK
from pipeline.plans.starter import starting_file
from tests.plans.pages import CODES
from tests.plans.test_load import SHIPPED
from tests.routing.scene import plan


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns a directory with the offices and the fallback plan, and no municipality's."""
    shutil.copytree(SHIPPED / "offices", tmp_path / "offices")
    shutil.copy(SHIPPED / "000-uden-kommune.yaml", tmp_path)
    return tmp_path


def _filled(kode: str) -> str:
    return starting_file(kode).replace(f"address: {BLANK}", "address: x@by.example")


def test_check_passes_for_the_shipped_plans() -> None:
    """Exit status 0, six plans, no fault."""
    result = CliRunner().invoke(plans, ["check"])
    assert result.exit_code == 0, result.output
    assert "6 planer læst, 0 fejl" in result.output


def test_check_fails_in_words(tmp_path: Path) -> None:
    """Exit status 1 and a sentence with file, field, reason and remedy."""
    directory = Path(shutil.copytree(SHIPPED, tmp_path / "m"))
    path = directory / "657-herning.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("dpo: [dpo]", "dpo: []"), encoding="utf-8")
    result = CliRunner().invoke(plans, ["check", "--directory", str(directory)])
    assert result.exit_code == 1
    assert "657-herning.yaml: delivery.roles.dpo: her mangler en databeskyttelsesrådgiver" in result.output


def test_a_new_plan_names_each_blank_and_passes_once_they_are_filled(directory: Path) -> None:
    """Before, each blank is named and nothing else; after, there is nothing to say."""
    path = directory / file_name("756")
    path.write_text(starting_file("756"), encoding="utf-8")
    blanks = [line for line in path.read_text(encoding="utf-8").splitlines() if line.endswith(f"address: {BLANK}}}")]
    found = inspect(directory, destinations=Destinations.EXAMPLE_ONLY)
    assert [one.reason for one in found.problems] == ["adressen er ikke udfyldt endnu"] * len(blanks)
    assert len(blanks) == len({one.field for one in found.problems}) == 6
    path.write_text(_filled("756"), encoding="utf-8")
    assert inspect(directory, destinations=Destinations.EXAMPLE_ONLY).problems == ()


def test_each_of_the_98_municipalities_gets_a_plan_of_its_name(directory: Path) -> None:
    """All of them side by side, blanks filled: no fault, no doubt about a code, and each under its own name."""
    for kode in municipalities():
        (directory / file_name(kode)).write_text(_filled(kode), encoding="utf-8")
    found = inspect(directory, destinations=Destinations.EXAMPLE_ONLY)
    assert found.problems == ()
    assert [one for one in found.warnings if one.field == "kommunekode"] == []
    assert {code: one.name for code, one in found.plans.items() if code != "000"} == dict(municipalities())


def test_the_98_municipalities() -> None:
    """As many as since the reform of 2007; the five of the shipped plans by the names that their plans have."""
    assert len(municipalities()) == 98
    assert {code: municipalities()[code] for code in CODES} == {code: plan(code).name for code in CODES}


def test_new_never_overwrites_and_knows_the_codes(tmp_path: Path) -> None:
    """The second time it says that the file is there; a code of no municipality is refused in words."""
    run = CliRunner().invoke
    assert run(plans, ["new", "751", "--directory", str(tmp_path)]).exit_code == 0
    assert (tmp_path / "751-aarhus.yaml").is_file()
    assert "findes allerede" in run(plans, ["new", "751", "--directory", str(tmp_path)]).output
    for wrong in ("75", "999", "000"):
        assert "tre cifre" in run(plans, ["new", wrong, "--directory", str(tmp_path)]).output

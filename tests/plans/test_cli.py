"""The commands `plans check` and `plans new`."""

import shutil
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli.plans import plans
from tests.plans.test_load import SHIPPED


def test_check_passes_for_the_shipped_plans() -> None:
    """Exit status 0, six plans, no fault."""
    result = CliRunner().invoke(plans, ["check"])
    assert result.exit_code == 0, result.output
    assert "6 plans read, 0 faults" in result.output


def test_check_fails_in_words(tmp_path: Path) -> None:
    """Exit status 1 and a sentence with file, field, reason and remedy."""
    directory = Path(shutil.copytree(SHIPPED, tmp_path / "m"))
    path = directory / "657-herning.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("dpo: [dpo]", "dpo: []"), encoding="utf-8")
    result = CliRunner().invoke(plans, ["check", "--directory", str(directory)])
    assert result.exit_code == 1
    assert "657-herning.yaml: delivery.roles.dpo: no DPO" in result.output


def test_new_writes_a_file_that_check_accepts_and_never_overwrites(tmp_path: Path) -> None:
    """The second time it says that the file is there; a code of two digits is refused."""
    directory = Path(shutil.copytree(SHIPPED, tmp_path / "m"))
    run = CliRunner().invoke
    assert run(plans, ["new", "751", "--directory", str(directory)]).exit_code == 0
    assert run(plans, ["check", "--directory", str(directory)]).exit_code == 0
    assert "there already" in run(plans, ["new", "751", "--directory", str(directory)]).output
    assert "three digits" in run(plans, ["new", "75", "--directory", str(directory)]).output

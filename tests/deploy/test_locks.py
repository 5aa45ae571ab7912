"""Two locks: what the image carries, and that with what developers need beside it. Hashes in both, versions the same."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

from tests.deploy.manifests import ROOT

OWN = ("schemas", "pipeline", "agents")
COMES_WITH = {"pydantic-core": "pydantic", "markupsafe": "jinja2", "starlette": "fastapi"}
"""Parts of a package's own interface that stand under another name: errors, safe text, responses."""

RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def normal(name: str) -> str:
    """Returns a package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirements: list[str]) -> set[str]:
    """Returns the packages of a list in pyproject.toml."""
    return {normal(re.split(r"[^\w.-]", one)[0]) for one in requirements}


def locked(name: str) -> dict[str, str]:
    """Returns each package of a lock with all that stands of it: version, marker, hashes."""
    text = re.sub(r"^ *#.*\n?", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = text.replace("\\\n", " ").splitlines()
    return {normal(one.partition("==")[0]): " ".join(one.split()) for one in entries if one.strip()}


def imported(folders: tuple[str, ...]) -> dict[str, str]:
    """Returns each outside module that a file of `folders` imports, at the top or anywhere in it, and one such file."""
    found: dict[str, str] = {}
    for file in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [str(node.module)]
            for module in modules:
                found.setdefault(module.partition(".")[0], str(file.relative_to(ROOT)))
    return {module: file for module, file in found.items() if module not in {*sys.stdlib_module_names, *OWN}}


def packages(module: str) -> set[str]:
    """Returns the packages that bring a module along; several where they share a name, as opentelemetry's do."""
    return {normal(one) for one in _distributions().get(module, [])}


@cache
def _distributions() -> Mapping[str, list[str]]:
    return packages_distributions()  # reads the records of a hundred packages


def test_what_runs_is_in_the_images_lock() -> None:
    """Every outside module that the program imports comes from a package that pyproject.toml names and the lock holds."""
    modules = imported(OWN)
    assert len(modules) > 25
    direct, carried = named(PROJECT["dependencies"]), set(locked(RUNTIME))
    for module, file in modules.items():
        found = packages(module)
        named_as = {COMES_WITH.get(one, one) for one in found}
        assert named_as & direct, f"{file} imports {module}: name its package among the dependencies"
        assert found & carried, f"{file} imports {module}: run make lock"


def test_what_only_developers_need_is_not() -> None:
    """Nothing of the extra `dev` is in the image's lock; what the tests import is in the other one."""
    extras = PROJECT["optional-dependencies"]
    assert named(extras["dev"]) & set(locked(RUNTIME)) == set()
    assert named(PROJECT["dependencies"]) | named(extras["build"]) <= set(locked(RUNTIME))
    assert named(extras["dev"]) <= set(locked(DEVELOPMENT))
    rivals = {"confluent_kafka", "quixstreams"}  # the benchmark's, in environments of their own
    for module, file in imported(("tests", "system_tests")).items():
        if module not in {*rivals, "tests", "system_tests"}:
            assert packages(module) & set(locked(DEVELOPMENT)), f"{file} imports {module}"


def test_what_is_tested_is_what_runs() -> None:
    """Each package of the image stands in the developers' lock word for word, and is installed here in that version."""
    runtime, development = locked(RUNTIME), locked(DEVELOPMENT)
    assert len(runtime) > 60
    assert {name: development.get(name) for name in runtime} == runtime
    everywhere = {name: entry for name, entry in runtime.items() if " ; " not in entry}
    assert {name: f"{name}=={version(name)}" for name in everywhere} == {
        name: f"{name}=={entry.partition('==')[2].split()[0]}" for name, entry in everywhere.items()
    }


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT])
def test_every_package_has_a_version_and_hashes(name: str) -> None:
    """Nothing is fetched that was not seen when the lock was written."""
    for package, entry in locked(name).items():
        assert re.fullmatch(r"[\w.-]+==[\w.!+]+( ; .+?)?( --hash=sha256:[0-9a-f]{64})+", entry), package


def test_the_image_and_the_environment_are_made_from_their_locks() -> None:
    """The Dockerfile knows the smaller one only; `make` the larger; the build backend does not stay in the image."""
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert re.findall(r"--requirement (\S+)", dockerfile) == [RUNTIME]
    assert DEVELOPMENT not in dockerfile
    (backend,) = named(PROJECT["optional-dependencies"]["build"])
    assert re.search(rf"--editable \. \\\n\s+&& pip uninstall --yes {backend}\b", dockerfile)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"--require-hashes --requirement (\S+)", makefile) == [DEVELOPMENT]
    assert re.search(rf"^\$\(READY\): {re.escape(DEVELOPMENT)} pyproject.toml$", makefile, re.MULTILINE)


def test_nothing_is_read_from_a_lock_that_is_gone() -> None:
    """A file that still names the old arrangement would install the image's packages and call them the developers'."""
    assert {path.name for path in Path(ROOT).glob("requirements*")} == {RUNTIME, DEVELOPMENT}

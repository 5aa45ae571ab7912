"""The image: built in one stage, run in another, as nobody, without anything that writes or starts a Kafka."""

import re

import pytest

from tests.deploy.manifests import ROOT

TEXT = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
BUILD, FINAL = re.split(r"^(?=FROM )", TEXT, flags=re.MULTILINE)[1:]


def instructions(stage: str, name: str) -> list[str]:
    """The arguments of every instruction of one name in a stage."""
    return re.findall(rf"^{name}\s+(.+)$", stage, re.MULTILINE)


def test_both_stages_have_one_pinned_base() -> None:
    """The environment is made by the very Python that runs it."""
    (made,), (run,) = instructions(BUILD, "FROM"), instructions(FINAL, "FROM")
    assert made == f"{run} AS build"
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", run)


def test_the_final_stage_installs_nothing() -> None:
    """Packages come with their hashes checked, in the first stage; the second copies what was made."""
    assert any("--require-hashes" in run for run in instructions(BUILD, "RUN"))
    assert not [run for run in instructions(FINAL, "RUN") if re.search(r"\bpip\b|\bapt\b|apt-get|curl|wget", run)]
    assert instructions(FINAL, "COPY") == ["--from=build /opt/venv /opt/venv", "--from=build /app /app"]


def test_it_runs_as_nobody() -> None:
    """The user that the manifests name too, set last, by number, so that runAsNonRoot can be judged."""
    assert instructions(FINAL, "USER") == ["10001"]
    assert re.search(r"useradd --uid 10001 .*--shell /usr/sbin/nologin", FINAL)
    assert FINAL.index("\nUSER") > FINAL.rindex("\nCOPY")


def test_nothing_is_written_where_nothing_can_be() -> None:
    """Byte code is made while building, and Python does not try again."""
    assert any("compileall" in run for run in instructions(BUILD, "RUN"))
    assert any("PYTHONDONTWRITEBYTECODE=1" in env for env in instructions(FINAL, "ENV"))
    assert instructions(FINAL, "VOLUME") == []


@pytest.mark.parametrize("stage", [BUILD, FINAL], ids=["build", "final"])
def test_no_kafka_comes_along(stage: str) -> None:
    """The jars of the embedded broker are fetched by a command that no stage runs."""
    assert not [run for run in instructions(stage, "RUN") if re.search(r"pipeline\.kafka|\.jar|kafka", run)]


def test_the_role_is_the_command() -> None:
    """`args` of the manifests follow the entry point."""
    assert instructions(FINAL, "ENTRYPOINT") == ['["brudvagt"]']

"""What a person reads when something is wrong: one sentence, where and what to do, and never a traceback."""

import pytest

from pipeline.kafka.ports import free_port
from tests.agents.events import case, report
from tests.agents.running import Running
from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "-"),
        ("act", "acknowledge", case("nowhere"), "--by", "dpo:dpo"),
        ("cases",),
        ("case", case("nowhere")),
        ("deadletters", "list"),
        ("topics", "create"),
        ("topics", "verify"),
    ],
)
def test_without_a_broker_each_command_says_so_in_one_sentence(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    """It names the address and the way out; status 1."""
    address = f"127.0.0.1:{free_port()}"
    said = terminal(*arguments, stdin=report("nowhere"), BRUDVAGT_KAFKA_URL=f"kafka://{address}")
    assert said.status == 1
    assert said.out == ""
    assert address in said.err
    assert "brudvagt up" in said.err or "Check that it runs" in said.err
    assert len(said.err.splitlines()) == 1, said.err


def test_without_topics_the_command_that_makes_them_is_named(terminal: Terminal) -> None:
    """A cluster that Brudvagt has never seen is no traceback."""
    for arguments in (("cases",), ("report", "-")):
        said = terminal(*arguments, stdin=report("nowhere"), BRUDVAGT_TOPIC_PREFIX="nobody-made-these")
        assert said.status == 1
        assert "brudvagt topics create" in said.err
        assert len(said.err.splitlines()) == 1, said.err


@pytest.mark.parametrize(
    ("name", "value"),
    [("BRUDVAGT_KAFKA_URL", "http://nonsense"), ("BRUDVAGT_PARTITIONS", "many"), ("BRUDVAGT_TOPIC_PREFIX", "Ø!")],
)
def test_a_setting_that_cannot_be_used_is_named(terminal: Terminal, name: str, value: str) -> None:
    """Before anything is tried."""
    said = terminal("cases", **{name: value})  # type: ignore[arg-type]  # none of them is `stdin`
    assert said.status == 1
    assert name in said.err
    assert "Traceback" not in said.err


def test_a_mistyped_command_and_option_are_wrong_usage(terminal: Terminal) -> None:
    """Status 2."""
    assert terminal("repport").status == 2
    assert terminal("cases", "--jason").status == 2


def test_help_names_every_command_in_english(terminal: Terminal) -> None:
    """Without a broker, without settings."""
    said = terminal("--help")
    assert said.status == 0
    for command in ("up", "worker", "report", "act", "cases", "case", "validate", "topics", "deadletters", "doctor"):
        assert f"\n  {command} " in said.out


def test_topics_are_verified_and_described(terminal: Terminal) -> None:
    """The running installation's are as they should be; another partition count is told in words, with status 1."""
    sound, described = terminal("topics", "verify"), terminal("topics", "describe", "--json")
    assert (sound.status, sound.out) == (0, "every topic is as it should be\n")
    assert len(described.data) == 12
    wrong, data = (terminal("topics", "verify", *more, BRUDVAGT_PARTITIONS="3") for more in ((), ("--json",)))
    assert (wrong.status, data.status) == (1, 1)
    assert "partitions" in wrong.out
    assert data.data


def test_doctor_prints_its_checks_as_json(terminal: Terminal) -> None:
    """Every check has a name and says whether it holds."""
    said = terminal("doctor", "--json")
    assert said.status in (0, 1)
    assert said.data
    assert all({"name", "ok", "detail", "remedy"} == set(check) for check in said.data)


def test_a_process_says_the_same_as_the_function(running: Running) -> None:
    """The installed entry point prints no warning and no traceback either, and passes on bytes and status."""
    done = running.command("report", "-", stdin=report("as-a-process"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == f"-: accepted {case('as-a-process')}\n"
    lost = running.command("cases", environment={"BRUDVAGT_KAFKA_URL": f"kafka://127.0.0.1:{free_port()}"})
    assert lost.returncode == 1
    assert len(lost.stderr.decode().splitlines()) == 1, lost.stderr.decode()


def test_an_alerting_worker_without_a_channel_says_so(terminal: Terminal) -> None:
    """A worker that could tell nobody does not start, and names the setting that is missing."""
    said = terminal("worker", "alerting", BRUDVAGT_SMTP_URL="")
    assert said.status == 1
    assert "BRUDVAGT_SMTP_URL" in said.err
    assert len(said.err.splitlines()) == 1, said.err

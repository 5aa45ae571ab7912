"""Alertmanager's configuration: platform alarms go to operations, never to a DPO, and never mute an alert about a case."""

import re
from typing import cast

import pytest
import yaml

from pipeline.plans.address import Destinations, allowed
from system_tests.rules import HOUSE, SWITCH, Rule, rules, tool

CONFIG = HOUSE / "deploy" / "alertmanager" / "alertmanager.yml"
HEARTBEAT = "BrudvagtHeartbeatMissing"
PAGES = ("operations-critical", "heartbeat", "cases-critical")
_MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')


def config() -> dict[str, object]:
    """The configuration as Alertmanager reads it."""
    return cast("dict[str, object]", yaml.safe_load(CONFIG.read_text()))


def receivers(**labels: str) -> list[str]:
    """Where an alert with these labels goes, by Alertmanager's own word."""
    given = [f"{name}={value}" for name, value in labels.items()]
    done = tool("amtool", "config", "routes", "test", f"--config.file={CONFIG}", *given, cwd=HOUSE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().split(",")


def expected(rule: Rule) -> str:
    """Where a rule's alert belongs."""
    if rule.alert == SWITCH:
        return "dead-mans-switch"
    if rule.alert == HEARTBEAT:
        return "heartbeat"
    critical = rule.labels["severity"] == "critical"
    if rule.labels["about"] == "case":
        return "cases-critical" if critical else "cases"
    return "operations-critical" if critical else "operations"


def test_alertmanager_accepts_the_configuration() -> None:
    """Syntax, receivers, matchers."""
    done = tool("amtool", "check-config", CONFIG, cwd=HOUSE)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", rules(), ids=str)
def test_every_alert_goes_where_it_belongs(rule: Rule) -> None:
    """One receiver each, chosen by what it is about and how bad it is."""
    labels = {**rule.labels, "alertname": rule.alert, "municipality": "657", "worker": "casework"}
    assert receivers(**labels) == [expected(rule)]


def test_what_no_route_knows_still_reaches_operations() -> None:
    """The root is operations, whatever a rule of tomorrow is labelled."""
    assert receivers(alertname="SomethingNew") == ["operations"]
    assert receivers(alertname="SomethingNew", about="something", severity="critical") == ["operations"]


def test_every_receiver_is_operations_and_none_a_dpo() -> None:
    """Addresses: operations' own, under .example; secrets stand in files."""
    found = cast("list[dict[str, list[dict[str, object]]]]", config()["receivers"])
    mails = {str(one["to"]) for receiver in found for one in receiver.get("email_configs", [])}
    assert mails == {"vagt@drift.example"}
    assert all(allowed(address, Destinations.EXAMPLE_ONLY) for address in mails)
    hooks = [one for receiver in found for one in receiver.get("webhook_configs", [])]
    assert {str(one["url"]) for one in hooks} == {
        f"https://{host}.drift.example/brudvagt" for host in ("page", "switch")
    }
    assert not re.search(r"password:|credentials:|token:", CONFIG.read_text())


def test_what_wakes_somebody_does_not_hang_on_the_mail_server() -> None:
    """Every critical receiver has a second way."""
    found = {str(one["name"]): one for one in cast("list[dict[str, object]]", config()["receivers"])}
    for name in PAGES:
        assert {"email_configs", "webhook_configs"} <= found[name].keys()


def test_no_alert_about_a_case_is_ever_muted_nor_the_heartbeats() -> None:
    """Every inhibition aims at platform alerts by name, and its source exists; a mute time is used nowhere."""
    for one in cast("list[dict[str, list[str]]]", config()["inhibit_rules"]):
        aims = [_MATCHER.fullmatch(matcher) for matcher in one["target_matchers"]]
        for rule in rules():
            labels = {**rule.labels, "alertname": rule.alert}
            hit = all(aim is not None and _holds(labels, aim) for aim in aims)
            assert not hit or (rule.labels["about"] == "platform" and rule.alert != HEARTBEAT), rule.alert
        sources = [_MATCHER.fullmatch(matcher) for matcher in one["source_matchers"]]
        assert any(
            all(s is not None and _holds({**r.labels, "alertname": r.alert}, s) for s in sources) for r in rules()
        )
    assert "mute_time_intervals" not in CONFIG.read_text()
    assert "time_intervals" not in config()


def test_two_municipalities_never_share_a_message_about_a_case() -> None:
    """Grouped by municipality, and apart from the platform."""
    root = cast("dict[str, object]", config()["route"])
    for route in cast("list[dict[str, object]]", root["routes"]):
        if 'about="case"' in str(route["matchers"]):
            assert "municipality" in cast("list[str]", route["group_by"])


def test_the_dead_mans_switch_is_heard_of_every_minute() -> None:
    """Its far end rings at five minutes' silence."""
    root = cast("dict[str, object]", config()["route"])
    (switch,) = (
        one for one in cast("list[dict[str, object]]", root["routes"]) if one["receiver"] == "dead-mans-switch"
    )
    assert (switch["repeat_interval"], switch["group_wait"]) == ("1m", "0s")


def _holds(labels: dict[str, str], matcher: re.Match[str]) -> bool:
    name, how, value = matcher.groups()
    known = labels.get(name, "")
    return re.fullmatch(value, known) is not None if how == "=~" else known == value

"""Whoever was told of an alarm is told that it is over, though another kept it quiet in between.

Alertmanager by itself does not: what ends while it is quiet is never called off (prometheus/alertmanager#2754, open). So an
alert that another keeps quiet ends after that other, by its rule; and the two are not in one message with anything else.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, cast

import pytest
import yaml

from system_tests.alertmanager import CONFIG, Alertmanager, alertmanager
from system_tests.drill import MailServer
from system_tests.rules import FILES, Rule, rules

BUDGET_S: Final = 120.0
_MATCHER: Final = re.compile(r'(\w+)(=~|=)"([^"]*)"')
_NUMBER: Final = re.compile(r"\d+$")


class Inhibition(NamedTuple):
    """An alert that keeps another quiet where labels are equal."""

    source: Rule
    target: Rule
    equal: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source}-{self.target}"


def inhibitions() -> list[Inhibition]:
    """Every pair that the configuration has."""
    config = cast("dict[str, list[dict[str, list[str]]]]", yaml.safe_load(CONFIG.read_text()))
    return [
        Inhibition(source, target, tuple(one.get("equal", ())))
        for one in config["inhibit_rules"]
        for source in rules()
        for target in rules()
        if _meant(one["source_matchers"], source) and _meant(one["target_matchers"], target)
    ]


def _meant(matchers: list[str], rule: Rule) -> bool:
    labels = {**rule.labels, "alertname": rule.alert}
    parts = [cast("re.Match[str]", _MATCHER.fullmatch(one)).groups() for one in matchers]
    return all(re.fullmatch(value if how == "=~" else re.escape(value), labels[name]) for name, how, value in parts)


PAIRS: Final = inhibitions()
EACH: Final = pytest.mark.parametrize("pair", PAIRS, ids=str)


@EACH
def test_by_its_rule_it_does_not_end_before_what_keeps_it_quiet(pair: Inhibition) -> None:
    """It holds itself while the other fires; or says the same of less, so that the other cannot be without it."""
    held = (
        f'(ALERTS{{alertname="{pair.target}",alertstate="firing"}} and on ({", ".join(pair.equal)}) '
        f'ALERTS{{alertname="{pair.source}",alertstate="firing"}})'
    )
    measured, bound = _NUMBER.split(pair.target.expr)[0], _NUMBER.search(pair.target.expr)
    above = _NUMBER.search(pair.source.expr)
    less = (
        bound is not None
        and above is not None
        and measured == _NUMBER.split(pair.source.expr)[0]
        and measured.endswith("> ")
        and int(bound[0]) < int(above[0])
    )
    assert held in pair.target.expr or less


@EACH
def test_of_two_that_end_at_once_the_one_that_keeps_quiet_is_told_first(pair: Inhibition) -> None:
    """Rules of one group are evaluated in their order, and what changed is sent after each."""
    groups = [[rule.get("alert") for rule in group["rules"]] for file in FILES for group in _groups(file)]
    (group,) = (names for names in groups if pair.target.alert in names)
    assert group.index(pair.source.alert) < group.index(pair.target.alert)


@EACH
def test_it_shares_no_message_with_what_is_not_quiet(pair: Inhibition) -> None:
    """Its route groups by every label that the two have to have in common."""
    root = yaml.safe_load(CONFIG.read_text())["route"]
    receiver = "operations-critical" if pair.target.labels["severity"] == "critical" else "operations"
    (route,) = [one for one in (root, *root["routes"]) if one["receiver"] == receiver]
    assert set(pair.equal) <= set(route["group_by"])


def _groups(file: Path) -> list[dict[str, list[dict[str, str]]]]:
    return cast("list[dict[str, list[dict[str, str]]]]", yaml.safe_load(file.read_text())["groups"])


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Alertmanager]:
    """As shipped; mails of warnings are told to the pager too, so that one place hears of everything."""
    with MailServer(tmp_path / "mail") as mail, alertmanager(tmp_path / "am", mail.port, ["operations"]) as made:
        yield made


def test_a_real_alertmanager_calls_off_everything_that_it_told_of(manager: Alertmanager) -> None:
    """Each pair: told of, quiet for longer than a group waits, and over together with what kept it quiet."""
    targets, sources = [_labels(one.target) for one in PAIRS], [_labels(one.source) for one in PAIRS]
    manager.tell(*targets)
    _until(lambda: all(_told(manager, one, "firing") for one in targets))
    manager.tell(*sources)
    _until(lambda: all(_told(manager, one, "firing") for one in sources))
    _time_passes(manager, "first")
    assert {name for name, _ in manager.inhibited()} >= {one.target.alert for one in PAIRS}
    manager.tell(*sources, *targets, ended=True)
    _until(lambda: all(_told(manager, one, "resolved") for one in (*sources, *targets)))


def test_alertmanager_by_itself_forgets_what_ends_while_it_is_quiet(manager: Alertmanager) -> None:
    """Why rules hold themselves. Once this fails, a newer Alertmanager calls off, and they need not."""
    by_name = {rule.alert: _labels(rule) for rule in rules()}
    down, missing = by_name["BrudvagtWorkerDown"], by_name["BrudvagtWorkerMissing"]
    manager.tell(down)
    _until(lambda: _told(manager, down, "firing"))
    manager.tell(missing)
    _until(lambda: _told(manager, missing, "firing"))
    manager.tell(down, ended=True)
    _time_passes(manager, "first")
    manager.tell(missing, ended=True)
    _until(lambda: _told(manager, missing, "resolved"))
    _time_passes(manager, "second")
    assert not _told(manager, down, "resolved")


def test_one_of_two_that_is_not_quiet_takes_nothing_from_the_other(manager: Alertmanager) -> None:
    """Alerts given up on two channels: while one is quiet, the other is over; then the first is."""
    failing = {"alertname": "BrudvagtDeliveryFailing", "about": "platform", "severity": "critical", "channel": "mail"}
    mail = {**failing, "alertname": "BrudvagtDeliveryGivenUp", "severity": "warning"}
    hook = {**mail, "channel": "webhook"}
    manager.tell(mail, hook)
    _until(lambda: _told(manager, mail, "firing") and _told(manager, hook, "firing"))
    manager.tell(failing)
    _until(lambda: _told(manager, failing, "firing"))
    manager.tell(hook, ended=True)
    _until(lambda: _told(manager, hook, "resolved"))
    manager.tell(failing, mail, ended=True)
    _until(lambda: _told(manager, failing, "resolved") and _told(manager, mail, "resolved"))


def _labels(rule: Rule) -> dict[str, str]:
    return {**rule.labels, "alertname": rule.alert, "worker": "casework", "instance": "a", "channel": "mail"}


def _told(manager: Alertmanager, labels: Mapping[str, str], status: str) -> bool:
    about = labels.get("worker") or labels["channel"]
    return bool(manager.pager.told(labels["alertname"], status, 0.0, about))


def _time_passes(manager: Alertmanager, name: str) -> None:
    """Waits until another alarm, which is told of now, has been told of and called off: a group's wait and its interval."""
    other = {"alertname": "Other", "about": "platform", "severity": "critical", "worker": name}
    manager.tell(other)
    _until(lambda: _told(manager, other, "firing"))
    manager.tell(other, ended=True)
    _until(lambda: _told(manager, other, "resolved"))


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BUDGET_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks at the condition; the deadline above bounds them

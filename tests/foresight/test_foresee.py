"""What will happen to a report: expected times are counted by hand from GDPR Art. 33, design §9 and the plan's hours."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipeline.cases.catalogue import Catalogue
from pipeline.demo.events import FAULT, FIVE, FOLDER, HERNING, case
from pipeline.demo.story import moments
from pipeline.foresight.explain import explain
from pipeline.foresight.foresee import Foreseen, foresee
from pipeline.foresight.happenings import Acted, Alerted, ClockSet, ClockStopped, Fate, Refused, RungReached
from pipeline.foresight.picture import text
from pipeline.foresight.script import ScriptError, read_script
from pipeline.foresight.svg import svg
from pipeline.plans.load import load_plans
from schemas.alert import Level

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "schemas" / "examples"
START = datetime(2026, 11, 19, 9, 20, tzinfo=UTC)  # Thursday 10.20 Danish time
BEGINNING = datetime(2026, 11, 16, 7, 30, tzinfo=UTC)  # a Monday morning
HOUR = timedelta(hours=1)


@cache
def catalogue() -> Catalogue:
    """Returns the law and rules in force."""
    return Catalogue.load(ROOT / "deploy")


def ahead(value: bytes, script: str = "", hours: int = 100, start: datetime = START) -> Foreseen:
    """Runs a report ahead."""
    plans = load_plans(ROOT / "deploy" / "municipalities")
    return foresee(value, read_script(script), start, start + hours * HOUR, catalogue(), plans)


def report(municipality: str = "657") -> bytes:
    """Returns the smallest report there is: nothing is known, so nobody can call the risk unlikely."""
    value = json.loads((EXAMPLES / "minimal-report.json").read_text())
    value["municipality"] = municipality
    for name in ("recordedtime", "time"):
        value.pop(name, None)
    return json.dumps(value).encode()


def line(after: str, act: str, by: str, **more: str) -> str:
    """Returns a line of a script."""
    return json.dumps({"after": after, "act": act, "by": by, **more}) + "\n"


def test_the_ladder_is_shown_at_its_hours() -> None:
    """Unanswered, a report climbs 0, 24, 48, 60, 68, 71 and 72 hours after receipt, then daily overdue."""
    rungs = [one for one in ahead(report()).happenings if isinstance(one, RungReached) and one.clock == "gdpr33-dk"]
    assert [(one.at - START) / HOUR for one in rungs] == [0, 24, 48, 60, 68, 71, 72, 96]
    clock = next(one for one in ahead(report()).happenings if isinstance(one, ClockSet))
    assert clock.deadline_at == datetime(2026, 11, 22, 9, 20, tzinfo=UTC)


def test_an_act_stops_the_clock() -> None:
    """A decision and a filing in the script end the ladder; the picture says how long before the deadline."""
    script = line("PT3H", "acknowledge", "dpo:dpo") + line(
        "PT5H", "decide", "decision_maker:direktion", notify_authority="yes", inform_subjects="no"
    )
    script += line("PT20H", "submit", "decision_maker:direktion", complete="yes")
    seen = ahead(report(), script)
    stopped = [one for one in seen.happenings if isinstance(one, ClockStopped)]
    assert [one.at - START for one in stopped] == [20 * HOUR]
    assert not [one for one in seen.happenings if isinstance(one, RungReached) and one.rung == "plus_24h"]
    assert "52 t før fristen" in "\n".join(text(seen))
    acts = [one.act for one in seen.happenings if isinstance(one, Acted)]
    assert acts == ["alert.acknowledged", "controller.decided", "notification.submitted"]


def test_a_settled_case_asks_to_be_closed_a_month_later() -> None:
    """Decided at three o'clock on a Thursday: 30 days later it is a Saturday, and the DPO reads it on Monday at 8:30."""
    script = line("PT3H", "decide", "decision_maker:direktion", notify_authority="no", reason="Krypteret")
    seen = ahead(report(), script, hours=40 * 24)
    (told,) = (one for one in seen.happenings if isinstance(one, Alerted) and one.obligation == "unclosed")
    assert (told.level, told.local_id) == (Level.DIGEST, "dpo")
    assert (told.raised_at, told.at) == tuple(datetime(2026, 12, 21, 7, minute, tzinfo=UTC) for minute in (15, 30))
    assert "der mangler ikke noget i sagen" in "\n".join(text(seen))
    closed = ahead(report(), script + line("P20D", "close", "dpo:dpo", closing="done"), hours=40 * 24)
    assert not [one for one in closed.happenings if isinstance(one, Alerted) and one.obligation == "unclosed"]


def test_who_is_not_entitled_is_refused() -> None:
    """An act by somebody who does not hold the role changes nothing and is shown as refused."""
    seen = ahead(report(), line("PT1H", "acknowledge", "dpo:nobody-1"), hours=2)
    assert [one.code for one in seen.happenings if isinstance(one, Refused)] == ["not_entitled"]


def test_an_alert_that_cannot_be_delivered_moves_the_chain_on() -> None:
    """When nothing reaches the DPO, the next on the chain is told at once and not two working hours later."""
    script = '{"after": "PT0H", "undeliverable": "dpo"}'
    seen = ahead(report(), script, hours=1)
    told = [one for one in seen.happenings if isinstance(one, Alerted)]
    assert (told[0].local_id, told[0].fate) == ("dpo", Fate.UNDELIVERABLE)
    assert any(one.role == "deputy" and one.at == START and one.fate is Fate.SENT for one in told)


def test_quiet_hours_hold_an_act_until_the_next_opening() -> None:
    """An `act` at half past nine on Monday evening has 36 hours to spare on Tuesday at seven: it waits, and says so."""
    plans = load_plans(ROOT / "deploy" / "municipalities")
    _, reached = explain(report(), datetime(2026, 11, 23, 20, 30, tzinfo=UTC), catalogue(), plans)
    first = reached[0]
    assert first.alert.level is Level.ACT
    assert first.alert.at == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)  # Tuesday 07.00 Danish time
    assert any("ventede" in rule for rule in first.rules)
    assert first.address == "smtp: dpo@herning.example"


def test_the_plan_tells_the_demonstrations_story() -> None:
    """The demonstration's folder: Herning's DPO is silent, duty management is told, the controller files at 67 h."""
    people = {"dpo": "dpo:dpo", "decision_maker": "decision_maker:direktion"}
    told = moments(lambda _code, role: people[role], BEGINNING)
    folder = next(one for one in told if b"staff-77" in one.value)
    lines = ""
    for one in told:
        event = json.loads(one.value) if one.topic == "actions" else {}
        if event.get("data", {}).get("reference") == case(HERNING, FOLDER):
            after = round((one.hour - folder.hour) * 60)
            lines += json.dumps({"after": f"PT{after}M", "event": event}) + "\n"
    seen = ahead(folder.value, lines, hours=80, start=BEGINNING + HOUR)
    roles = {one.role for one in seen.happenings if isinstance(one, Alerted)}
    assert "duty_management" in roles
    stopped = next(one for one in seen.happenings if isinstance(one, ClockStopped))
    assert stopped.at < stopped.deadline_at


def test_one_notice_makes_a_case_for_each_municipality() -> None:
    """A processor's notice that names five controllers is shown as five cases, each with its own people."""
    notice = next(one.value for one in moments(lambda _code, role: f"{role}:x", START) if b"notice-9" in one.value)
    seen = ahead(notice, hours=1)
    assert set(seen.references) == {case(code, FAULT) for code in FIVE}


def test_an_unreadable_record_opens_a_case_all_the_same() -> None:
    """A record that ends in the middle of a word is refused, and its clock runs."""
    seen = ahead(b'{"specversion":"1.0","id":"x","source":"/forms/x","municipality":"707","ty', hours=1)
    assert any(isinstance(one, Refused) for one in seen.happenings)
    assert len(seen.references) == 1
    assert any(isinstance(one, ClockSet) for one in seen.happenings)


def test_the_drawing_is_well_formed_and_has_a_row_for_each_person() -> None:
    """The SVG parses, names the case and holds a mark for the DPO."""
    drawn = svg(ahead(report()))
    root = ElementTree.fromstring(drawn)
    words = "".join(root.itertext())
    assert "657-" in words
    assert "databeskyttelsesrådgiver (dpo)" in words


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("{", "line 1: is not JSON"),
        ('{"act": "acknowledge", "by": "dpo:dpo"}', "after"),
        ('{"after": "PT1H", "act": "dance", "by": "dpo:dpo"}', "there is no act 'dance'"),
        ('{"after": "PT1H", "act": "acknowledge", "by": "dpo"}', "ROLE:ID"),
        ('{"after": "PT1H"}', "says nothing to do"),
    ],
)
def test_a_bad_line_is_named(script: str, says: str) -> None:
    """A line that cannot be played is refused with its number and what to write."""
    with pytest.raises(ScriptError, match=says):
        ahead(report(), script, hours=1)


def test_a_report_of_a_disrupted_service_shows_both_clocks() -> None:
    """NIS 2 has its 24 hours beside the 72, its own rungs, and its own alerts; filing the one leaves the other."""
    value = json.loads(report())
    value["data"]["service_disrupted"] = "yes"
    script = line("PT5H", "decide", "decision_maker:direktion", notify_authority="no", reason="Ingen risiko.")
    seen = ahead(json.dumps(value).encode(), script, hours=30)
    clocks = {one.policy: one.deadline_at - START for one in seen.happenings if isinstance(one, ClockSet)}
    assert clocks == {"gdpr33-dk": 72 * HOUR, "nis2-dk": 24 * HOUR}
    assert [one.by for one in seen.happenings if isinstance(one, ClockStopped)] == ["controller.decided"]
    rungs = [one for one in seen.happenings if isinstance(one, RungReached) and one.clock == "nis2-dk"]
    assert [(one.at - START) / HOUR for one in rungs] == [0, 12, 20, 23, 24]
    told = {one.role for one in seen.happenings if isinstance(one, Alerted) and one.obligation == "nis2_early_warning"}
    assert "security" in told

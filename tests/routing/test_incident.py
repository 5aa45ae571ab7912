"""The alarm of NIS 2 beside that of the breach: an alert of its own, to its own person, with its own deadline and name."""

from datetime import datetime, timedelta

from pipeline.delivery.texts import render
from pipeline.routing.level import AFTER_THE_RUNG
from pipeline.routing.route import route
from schemas.alert import Alert, AlertKind, Level
from tests.cases.scene import DAY, DEADLINE, HARMLESS, T0, Body, Desk, decide, report
from tests.cases.test_incident import EARLY, MONTH_LATER, OUTAGE, incident
from tests.routing.scene import plan, policy
from tests.routing.watch import Watch

HARMLESS_OUTAGE: Body = {**HARMLESS, **OUTAGE}
HALF_A_DAY, HOUR = timedelta(hours=12), timedelta(hours=1)


def raised(desk: Desk) -> dict[str, Alert]:
    """Returns the alerts of a first look at the case, by obligation."""
    return {one.obligation: one for one in route(desk.case, None, plan(), policy(), T0).alerts}


def test_two_clocks_ring_by_themselves_and_say_which_they_are() -> None:
    """The DPO hears of the breach, whoever keeps information security of the early warning: two deadlines."""
    found = raised(Desk().take(report(T0, OUTAGE)))
    assert {name: (one.role, one.deadline_at) for name, one in found.items()} == {
        "acknowledge": ("dpo", DEADLINE),
        "nis2_early_warning": ("security", EARLY),
    }
    text = render(found["nis2_early_warning"], plan(), T0).plain
    assert "NIS 2" in text
    assert "Frist efter NIS 2-loven:\nlørdag den 21. november 2026 kl. 15.45" in text
    assert "Frist for anmeldelse til Datatilsynet:" not in text
    assert (
        "Frist for anmeldelse til Datatilsynet:\nmandag den 23. november 2026 kl. 15.45"
        in render(found["acknowledge"], plan(), T0).plain
    )


def test_an_attack_that_means_nothing_to_persons_is_no_digest_for_nis2() -> None:
    """The breach waits for the morning's digest; the early warning is an act at once, and a page with half a day left."""
    desk = Desk().take(report(T0, HARMLESS_OUTAGE))
    found = raised(desk)
    assert {name: one.level for name, one in found.items()} == {
        "acknowledge": Level.DIGEST,
        "nis2_early_warning": Level.ACT,
    }
    desk.live(EARLY - HALF_A_DAY)
    later = route(desk.case, None, plan(), policy(), EARLY - HALF_A_DAY).alerts
    assert {one.level for one in later if one.obligation == "nis2_early_warning"} == {Level.PAGE}


def test_the_last_report_has_a_date_of_its_own_whatever_the_breach_waits_for() -> None:
    """A month after the notification (Art. 23(4)(d)), while the breach is overdue: neither its date nor its loudness."""
    filed = MONTH_LATER - 30 * DAY
    desk = Desk().take(report(T0, HARMLESS_OUTAGE)).live(filed).take(incident(filed, filed="notification"))
    desk.live(MONTH_LATER - DAY)
    found = {one.obligation: one for one in route(desk.case, None, plan(), policy(), MONTH_LATER - DAY).alerts}
    assert found["acknowledge"].deadline_at == DEADLINE
    assert found["nis2_final_report"].deadline_at == MONTH_LATER
    assert found["nis2_final_report"].level is Level.ACT
    text = render(found["nis2_final_report"], plan(), MONTH_LATER - DAY).plain
    assert "Frist efter NIS 2-loven:\ntirsdag den 22. december 2026 kl. 15.45" in text


def test_the_last_report_pages_with_half_a_day_left_and_daily_when_it_is_overdue() -> None:
    """Asked for with an `act` a week before; the last twelve hours and what is overdue wake people, as its clock did."""
    filed = MONTH_LATER - 30 * DAY
    desk, watch = Desk().take(report(T0, HARMLESS_OUTAGE)).live(filed), Watch(plan(), policy())
    desk.take(incident(filed, filed="notification"), decide(filed, "no", reason="Ingen risiko."))
    acts, pages = set[datetime](), set[datetime]()
    for day in range(-7, 3):
        start = MONTH_LATER + day * DAY
        desk.live(start)
        for one in (*watch.look(desk.case, start), *watch.until(desk.case, start + DAY)):
            if one.obligation == "nis2_final_report":
                (pages if one.level is Level.PAGE else acts).add(one.created_at)
    late = MONTH_LATER - HALF_A_DAY + AFTER_THE_RUNG
    assert acts
    assert max(acts) < late
    assert min(pages) == late
    assert {MONTH_LATER, MONTH_LATER + DAY, MONTH_LATER + 2 * DAY} <= pages


def test_what_a_page_for_the_last_report_says() -> None:
    """Within the last half day it is about little time for the report, not about a notification that was made."""
    filed = MONTH_LATER - 30 * DAY
    desk = Desk().take(report(T0, HARMLESS_OUTAGE)).live(filed).take(incident(filed, filed="notification"))
    desk.live(MONTH_LATER - HOUR)
    looked = route(desk.case, None, plan(), policy(), MONTH_LATER - HOUR).alerts
    page = next(one for one in looked if one.obligation == "nis2_final_report")
    assert page.level is Level.PAGE
    text = render(page, plan(), MONTH_LATER - HOUR).plain
    assert "kort tid til fristen for den endelige rapport" in text
    assert "hverken anmeldt" not in text


def test_when_nobody_answers_operations_read_which_clock_it_is() -> None:
    """The silent chains of the two clocks page operations each with its own deadline, under its own name."""
    desk, watch = Desk().take(report(T0, OUTAGE)).live(EARLY - HALF_A_DAY), Watch(plan(), policy())
    watch.look(desk.case, EARLY - HALF_A_DAY)
    watch.until(desk.case, EARLY - HOUR)
    pages = {one.obligation: one for one in watch.alerts if one.kind is AlertKind.PLATFORM}
    assert pages["nis2_chain_exhausted"].deadline_at == EARLY
    text = render(pages["nis2_chain_exhausted"], plan(), EARLY - HOUR).plain
    assert "NIS 2: Ingen har svaret i hele alarmkæden" in text
    assert "Frist efter NIS 2-loven:\nlørdag den 21. november 2026 kl. 15.45 (1 t tilbage)" in text
    assert "Datatilsynet" not in text

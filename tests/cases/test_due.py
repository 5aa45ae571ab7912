"""Which deadline is shown of a case that has two clocks: the earlier, with its law's name."""

from datetime import timedelta

from pipeline.cases.due import Due, Law, next_due
from tests.cases.scene import DEADLINE, T0, Desk, report, submit
from tests.cases.test_incident import EARLY, MONTH_LATER, OUTAGE, incident

DAY = timedelta(days=1)


def test_a_breach_alone_has_the_deadline_of_the_gdpr() -> None:
    """72 hours; once it is filed none runs."""
    desk = Desk().take(report(T0))
    assert next_due(desk.case) == Due(DEADLINE, (Law.GDPR,))
    assert next_due(desk.take(submit(T0 + DAY)).case) is None


def test_the_early_warning_comes_first_and_is_nis2s() -> None:
    """24 hours after the signal; filed with Datatilsynet or not, it is the NIS 2 deadline that is nearest."""
    desk = Desk().take(report(T0, OUTAGE))
    assert next_due(desk.case) == Due(EARLY, (Law.NIS2,))
    assert next_due(desk.take(submit(T0 + DAY / 2)).case) == Due(EARLY, (Law.NIS2,))


def test_where_both_fall_on_one_moment_both_are_named() -> None:
    """Warned of, the incident is to be notified after 72 hours, as the breach is; the breach filed, it stands alone."""
    desk = Desk().take(report(T0, OUTAGE)).take(incident(T0 + DAY / 2, filed="early_warning"))
    assert next_due(desk.case) == Due(DEADLINE, (Law.GDPR, Law.NIS2))
    assert next_due(desk.take(submit(T0 + DAY)).case) == Due(DEADLINE, (Law.NIS2,))


def test_the_final_report_is_a_deadline_too() -> None:
    """The clocks are stopped, the report is owed a month later; when it is filed nothing is due any more."""
    filed = MONTH_LATER - 30 * DAY
    desk = Desk().take(report(T0, OUTAGE)).take(submit(T0 + DAY))
    assert next_due(desk.take(incident(filed, filed="notification")).case) == Due(MONTH_LATER, (Law.NIS2,))
    assert next_due(desk.take(incident(filed + DAY, filed="final")).case) is None

"""What a case is counted as: kind, channel, field of work."""

import pytest

from pipeline.cases.sort import DEPARTMENTS, Sort, sort_of
from schemas.facts import Fact, FactKind
from schemas.reports import BREACH_REPORTED, BREACH_REPORTED_BY_PROCESSOR, MAIL_MISDELIVERED
from tests.cases.scene import T0, Body, report


def opening(kind: FactKind, event_type: str | None, body: Body) -> Fact:
    """Returns the report that opened a case."""
    return report(T0, body).model_copy(update={"kind": kind, "event_type": event_type})


@pytest.mark.parametrize(
    ("kind", "event_type", "expected"),
    [
        (FactKind.REPORT_RECEIVED, BREACH_REPORTED, "breach"),
        (FactKind.REPORT_RECEIVED, BREACH_REPORTED_BY_PROCESSOR, "processor"),
        (FactKind.MISDELIVERY_RECEIVED, MAIL_MISDELIVERED, "mail"),
        (FactKind.REPORT_UNREADABLE, None, "unreadable"),
        (FactKind.FACT_UNPROCESSABLE, BREACH_REPORTED, "unreadable"),
    ],
)
def test_the_kind_is_who_told_of_what(kind: FactKind, event_type: str | None, expected: str) -> None:
    """A breach told by anyone, a processor's notice, misdelivered mail, or what nobody could read."""
    assert sort_of(opening(kind, event_type, {})).kind == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("32.24.00", "ydelser"), ("17.00.00", "folkeskole"), ("24.10.00", "andet"), (None, "ukendt")],
)
def test_the_field_of_work_is_the_main_group_of_the_kle_subject(subject: str | None, expected: str) -> None:
    """The main groups of `domain.md` section 10; what lies outside them is one group, and so is what nobody said."""
    body: Body = {} if subject is None else {"place": {"kle_subject": subject, "unit": "afdeling-7"}}
    assert sort_of(opening(FactKind.REPORT_RECEIVED, BREACH_REPORTED, body)).department == expected
    assert expected in DEPARTMENTS


def test_a_letter_says_its_channel_where_the_circumstances_do_not() -> None:
    """A notice of misdelivered mail has the medium at the letter."""
    body: Body = {"circumstances": {"medium": "unknown"}, "letter": {"medium": "digital_post"}}
    assert sort_of(opening(FactKind.MISDELIVERY_RECEIVED, MAIL_MISDELIVERED, body)) == Sort(
        "mail", "digital_post", "ukendt"
    )

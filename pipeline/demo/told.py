"""What the story's forms, desks and suppliers tell."""

from datetime import datetime, timedelta

from pipeline.demo.events import BILLUND, FAULT, FIVE, FOLDER, HERNING, HIDDEN, HVIDOVRE, LETTER, Moment, event
from schemas.reports import BREACH_REPORTED, BREACH_REPORTED_BY_PROCESSOR, BREACH_SUPPLEMENTED, MAIL_MISDELIVERED


def reports(start: datetime) -> list[Moment]:
    """Returns every report; `start` is the shown time of the story's hour 0."""
    letter = event(
        BREACH_REPORTED,
        "form-1001",
        "/forms/hvidovre/citizen",
        HVIDOVRE,
        {
            "reporter": {"role": "finder"},
            "report_channel": "self_service_form",
            "circumstances": {
                "aspects": ["confidentiality"],
                "medium": "letter",
                "cause": "internal_accident",
                "malicious": "no",
                "data": [
                    {"category": "name", "detail": "content"},
                    {"category": "address", "detail": "content"},
                    {"category": "birth_date", "detail": "content"},
                    {"category": "benefits", "detail": "some"},
                ],
                "identifiers": ["name_and_birth_date"],
                "subjects": {
                    "count": {"kind": "exact", "number": 1},
                    "protected_address": "no",
                    "safety_at_stake": "no",
                },
                "exposure": "known_recipients",
                "recipient": {"kind": "citizen", "relation": "none", "opened": "yes"},
                "protection": "none",
                "description": "Jeg har fået to breve i samme kuvert. Det ene er til en anden, cpr 010190-1234.",
            },
        },
        LETTER,
    )
    folder = event(
        BREACH_REPORTED,
        "staff-77",
        "/forms/herning/staff",
        HERNING,
        {
            "reporter": {"role": "staff"},
            "report_channel": "staff_form",
            "discovered_at": (start - timedelta(hours=1)).isoformat(),
            "place": {"unit": "hjemmepleje", "kle_subject": "27.36.00"},
            "circumstances": {
                "aspects": ["confidentiality", "availability"],
                "medium": "paper",
                "incident_kinds": ["paper_lost_or_stolen"],
                "data": [{"category": "contact", "detail": "content"}, {"category": "employment", "detail": "some"}],
                "subjects": {"count": {"kind": "approximate", "number": 30}, "protected_address": "no", "minors": "no"},
                "exposure": "exposed",
            },
        },
        FOLDER,
    )
    hidden = event(
        MAIL_MISDELIVERED,
        "dp-5",
        "/forms/billund/misdelivered",
        BILLUND,
        {
            "reporter": {"role": "citizen"},
            "place": {"kle_subject": "32.24.00"},
            "letter": {"medium": "digital_post", "sender_unit": "borgerservice", "letter_type": "decision"},
            "circumstances": {
                "aspects": ["confidentiality"],
                "medium": "digital_post",
                "data": [
                    {"category": "protected_address", "detail": "content"},
                    {"category": "name", "detail": "content"},
                ],
                "identifiers": ["name"],
                "subjects": {"protected_address": "yes", "count": {"kind": "exact", "number": 1}},
                "exposure": "known_recipients",
                "recipient": {"kind": "citizen", "opened": "yes"},
            },
        },
        HIDDEN,
    )
    fault = event(
        BREACH_REPORTED_BY_PROCESSOR,
        "notice-9",
        "/suppliers/search/notices",
        HVIDOVRE,
        {
            "reporter": {"role": "processor"},
            "processor_cvr": "12345678",
            "controllers": list(FIVE),
            "place": {"kle_subject": "85.15.00"},
            "circumstances": {
                "aspects": ["confidentiality"],
                "medium": "it_system",
                "incident_kinds": ["technical_fault", "wrong_persons_record_shown"],
                "data": [{"category": "name", "detail": "content"}, {"category": "contact", "detail": "content"}],
                "subjects": {"protected_address": "unknown"},
                "access_possible": "yes",
                "use_excluded_by_logs": "no",
            },
        },
        FAULT,
    )
    again = event(
        BREACH_REPORTED,
        "phone-3",
        "/desk/hvidovre/phone",
        HVIDOVRE,
        {"reporter": {"role": "citizen"}, "report_channel": "phone"},
        LETTER,
    )
    more = event(
        BREACH_SUPPLEMENTED,
        "form-1002",
        "/forms/hvidovre/citizen",
        HVIDOVRE,
        {"circumstances": {"recipient": {"kind": "citizen", "relation": "none", "opened": "yes", "returned": "yes"}}},
        LETTER,
    )
    unreadable = b'{"specversion":"1.0","id":"form-1003","source":"/forms/norddjurs/citizen","municipality":"707","ty'
    return [
        Moment(0.2, "reports", "a citizen tells Hvidovre of another's letter in the envelope", letter),
        Moment(0.6, "reports", "the form's outbox sends the same event again", letter),
        Moment(1.0, "reports", "a nurse in Herning misses a paper folder", folder),
        Moment(1.6, "reports", "Billund: a letter with a protected address lay in the wrong Digital Post", hidden),
        Moment(3.0, "reports", "a processor's fault hits all five municipalities, told in one notice", fault),
        Moment(4.0, "reports", "the letter in Hvidovre is told again, by phone", again),
        Moment(5.0, "reports", "the citizen adds that the letter was handed back", more),
        Moment(6.0, "reports", "a record that ends in the middle of a word", unreadable),
    ]

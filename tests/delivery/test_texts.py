"""Every text as it is read, in Danish and English, and that no text can be about a person."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.cases.settled import UNCLOSED
from pipeline.delivery import letters
from pipeline.delivery.guard import AboutAPerson, guarded
from pipeline.delivery.templates import LANGUAGES, TEXTS, VIEW_OF, BadTemplate, check, wording
from pipeline.delivery.text import Text, text_of
from pipeline.delivery.texts import render, render_digest
from pipeline.delivery.views import AlertView
from pipeline.routing.level import Reason
from pipeline.severity.ruleset import load_rulesets
from schemas.actions import Outcome
from schemas.alert import Alert, AlertKind, Level
from schemas.case import ObligationName
from schemas.values import InboundKind, Role
from tests.delivery.scene import NOW, REFERENCE, alert
from tests.routing.scene import DEPLOY, plan, policy

SNAPSHOTS = Path(__file__).parent / "snapshots"
_MAIL = re.compile(r"[^\s<>@]+@[\w.-]+\w")
Make = Callable[[str], Text]

CATCH_UP = alert(
    rung="minus_4h", obligation="decide", role="decision_maker", missed=("plus_48h", "minus_12h"), lateness_s=72_000.0
)


def _passed_on(number: int, reference: str, level: Level) -> Alert:
    """Returns what the unit and the DPO get of a complaint that is no breach."""
    return alert(
        number,
        reference=reference,
        level=level,
        obligation="inbound.complaint_decision",
        why=("no_breach",),
        outcome=None,
        deadline_at=None,
    )


def _unclosed(number: int, reference: str) -> Alert:
    """Returns what the DPO gets of a case on which nothing is owed."""
    return alert(
        number,
        reference=reference,
        level=Level.DIGEST,
        obligation=UNCLOSED,
        rung=UNCLOSED,
        why=(),
        outcome=None,
        deadline_at=None,
    )


def _every_rung(language: str) -> Text:
    """Returns how a page names each rung of the law in force: subject and first line, one after the other."""
    rungs = dict.fromkeys(("opening", *(str(rung.name) for rung in policy().rungs), "overdue", "opened", "reminder"))
    made = [render(alert(rung=rung, deadline_at=NOW + timedelta(hours=4)), plan(), NOW, language) for rung in rungs]
    return text_of("\n\n".join(["Trin", *(f"{one.subject}\n{one.plain.splitlines()[0]}" for one in made)]), language)


def _every_obligation(language: str) -> Text:
    """Returns how an act asks for each thing that can be owed: subject and what to do."""
    made = [render(alert(obligation=str(name), level=Level.ACT), plan(), NOW, language) for name in ObligationName]
    said = [f"{one.subject}\n{one.plain.split(chr(10) * 2)[1]}" for one in made]
    return text_of("\n\n".join(["Forpligtelser", *said]), language)


MADE: dict[str, Make] = {
    "page": lambda language: render(alert(), plan(), NOW, language, link="https://brudvagt.example/h/k7Qe"),
    "act": lambda language: render(alert(level=Level.ACT, outcome="risk", why=("risk",)), plan(), NOW, language),
    "overdue": lambda language: render(
        alert(rung="overdue", obligation="submit", why=("overdue",), deadline_at=NOW - timedelta(hours=3, minutes=5)),
        plan(),
        NOW,
        language,
    ),
    "catch_up": lambda language: render(CATCH_UP, plan(), NOW, language),
    "repeat": lambda language: render(alert(), plan(), NOW, language, repeat=True),
    "recall": lambda language: render(
        alert(obligation="recall", role="caseworker", level=Level.ACT, outcome="risk", why=("risk",), rung="reminder"),
        plan(),
        NOW,
        language,
    ),
    "written_confirmation": lambda language: render(
        alert(obligation="written_confirmation", role="caseworker", level=Level.ACT, why=("risk",), rung="reminder"),
        plan("530"),
        NOW,
        language,
    ),
    "digest_passed_on": lambda language: render_digest(
        [
            alert(1, level=Level.DIGEST, outcome="unlikely_risk"),
            alert(2, reference="657-3HPXM-W4K8E-9", level=Level.DIGEST, outcome="unlikely_risk", obligation="decide"),
            _passed_on(3, "657-8RV2D-Q6N1J-7", level=Level.DIGEST),
        ],
        plan(),
        NOW,
        language,
    ),
    "digest_of_passed_on_only": lambda language: render_digest(
        [_passed_on(3, REFERENCE, level=Level.DIGEST)], plan(), NOW, language
    ),
    "digest_unclosed": lambda language: render_digest(
        [
            alert(1, level=Level.DIGEST, outcome="unlikely_risk"),
            _passed_on(2, "657-8RV2D-Q6N1J-7", level=Level.DIGEST),
            _unclosed(3, "657-3HPXM-W4K8E-9"),
            _unclosed(4, "657-5C0TW-1QK7B-3"),
        ],
        plan(),
        NOW,
        language,
        links={"657-3HPXM-W4K8E-9": "https://brudvagt.example/h/k7Qe"},
    ),
    "digest_of_one_unclosed": lambda language: render_digest([_unclosed(3, REFERENCE)], plan(), NOW, language),
    "passed_on": lambda language: render(_passed_on(3, REFERENCE, level=Level.INFO), plan(), NOW, language),
    "every_rung": _every_rung,
    "every_obligation": _every_obligation,
    "digest": lambda language: render_digest(
        [alert(n, level=Level.DIGEST, outcome="unlikely_risk") for n in (1, 2)], plan(), NOW, language
    ),
    "producer": lambda language: render(
        alert(kind=AlertKind.PRODUCER, level=Level.ACT, role="operations", count=37, producer="urn:form:norm-7"),
        plan(),
        NOW,
        language,
    ),
    "chain_exhausted": lambda language: render(
        alert(kind=AlertKind.PLATFORM, obligation="chain_exhausted", role="operations"), plan(), NOW, language
    ),
    "inbound": lambda language: render(
        alert(obligation="inbound.complaint_decision", level=Level.INFO, why=(), deadline_at=None),
        plan(),
        NOW,
        language,
    ),
    "recall_request": lambda language: letters.recall_request(plan(), REFERENCE, language),
    "department_note": lambda language: letters.department_note(plan(), REFERENCE, NOW, language),
    **{
        f"subject_notice_{code}": lambda language, code=code: letters.subject_notice(  # type: ignore[misc]
            plan(code), REFERENCE, language
        )
        for code in ("161", "530")
    },
    **{
        f"instructions_{code}": lambda language, code=code: letters.recipient_instructions(  # type: ignore[misc]
            plan(code), language, REFERENCE
        )
        for code in ("167", "657", "530", "707", "161", "000")
    },
    **{
        f"receipt_{code}": lambda language, code=code: letters.reporter_receipt(  # type: ignore[misc]
            plan(code), REFERENCE, NOW, language
        )
        for code in ("167", "657", "530", "707", "161", "000")
    },
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MADE)
def test_each_text_reads_as_kept(name: str, language: str) -> None:
    """The whole text as a person gets it; a change of wording is a change of this file, read before it is kept."""
    text = MADE[name](language)
    said = _MAIL.sub("[mail]", f"{text.subject}\n\n{text.plain}")  # shown addresses stand in the plans and nowhere else
    kept = (SNAPSHOTS / f"{name}.{language}.txt").read_text(encoding="utf-8")
    assert said == kept


@pytest.mark.parametrize("name", MADE)
def test_html_says_the_same_as_plain(name: str) -> None:
    """Without its tags the HTML holds every word of the plain text, is escaped, and fits a phone."""
    text = MADE[name]("da")
    stripped = re.sub(r"<[^>]+>", " ", text.html)
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;")):
        stripped = stripped.replace(entity, sign)
    words = [word for word in re.sub(r"(?m)^(- |\d+\. )", "", text.plain).split() if word]
    assert [word for word in words if word not in stripped] == []
    assert 'name="viewport" content="width=device-width' in text.html
    assert "<script" not in text.html
    assert "http" not in re.sub(
        r'href="https://brudvagt\.example/h/k7Qe"|https://brudvagt\.example/h/k7Qe', "", text.html
    )


def test_an_alert_says_what_how_serious_what_to_do_and_by_when() -> None:
    """Reference, risk, act, local deadline and hours left stand in the Danish page."""
    said = MADE["page"]("da").plain
    for part in (
        REFERENCE,
        "Høj risiko for de berørte",
        "Giv ledelsen dit råd",
        "onsdag den 25. november 2026 kl. 09.12 (47 t 12 min tilbage)",
    ):
        assert part in said


def test_what_is_owed_again_is_not_called_closable() -> None:
    """Between the reminder and the digest somebody reported: the case stands among those that ask for something."""
    owed = alert(1, level=Level.DIGEST, obligation="review", outcome="unlikely_risk")
    said = render_digest([_unclosed(2, REFERENCE), owed], plan(), NOW).plain
    assert said.count(REFERENCE) == 1
    assert "Sagen skal ses på igen" in said
    assert "kan lukkes" not in said


def test_the_link_stands_only_where_it_was_given() -> None:
    """Minted at send time: a text made without it has none."""
    assert "https://" not in MADE["act"]("da").plain
    assert "https://brudvagt.example/h/k7Qe" in MADE["page"]("da").plain


def test_a_catch_up_names_the_highest_rung_and_the_missed_ones() -> None:
    """After an outage one alert says all: where it stands now, what was passed over, how late."""
    said = MADE["catch_up"]("da").plain
    assert "Alarmen kommer 20 t for sent. Det højeste trin er nu: 4 timer før fristen." in said
    assert "- 48 timer efter, at bruddet blev kendt\n- 12 timer før fristen" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_every_closed_set(language: str) -> None:
    """Each obligation, level, risk, reason, role and other inbound kind has its own phrase."""
    phrases = wording(language).phrases
    for group, words in (
        ("obligations", {*ObligationName, UNCLOSED}),
        ("levels", Level),
        ("outcomes", Outcome),
        ("reasons", Reason),
        ("roles", set(Role) - {Role.SENDER, Role.MACHINE}),
        ("inbound", set(InboundKind) - {InboundKind.BREACH}),
        ("rules", {rule for ruleset in load_rulesets(DEPLOY / "rulesets") for rule in ruleset.rules}),
    ):
        assert {str(word) for word in words} - set(phrases[group]) == set(), group


@pytest.mark.parametrize(
    "source",
    [
        "{{ recipient }}",
        "{{ alert.note }}",
        "{{ name }}",
        "{{ reference.__class__ }}",
        "{{ why[0] }}",
        "{{ cycler() }}",
        "{{ do | attr('x') }}",
        "{% include 'citizen.txt' %}",
    ],
)
def test_a_template_can_say_nothing_else(source: str) -> None:
    """A template that reaches for anything but its view's fields is refused with file and word."""
    environment = next(iter(wording("da").templates.values())).environment
    with pytest.raises(BadTemplate, match=r"page\.txt\.j2: may not say"):
        check("page.txt.j2", source, AlertView, environment)


def test_every_template_on_disk_is_checked() -> None:
    """No file lies in the folder that the check does not know."""
    for language in LANGUAGES:
        on_disk = {path.name.removesuffix(".txt.j2") for path in (TEXTS / language).glob("*.j2")}
        assert on_disk == set(VIEW_OF)


@pytest.mark.parametrize("said", ["010190-1234", "ring 23 99 05 15", "skriv til x.y@by.example", "0101901234"])
def test_an_outgoing_text_about_a_person_is_stopped(said: str) -> None:
    """A CPR number, a phone number or a mail address in a text to staff stops it, and is not told."""
    with pytest.raises(AboutAPerson) as stopped:
        guarded(text_of(f"Sag\n\nDet drejer sig om {said}.", "da"))
    assert said not in str(stopped.value)


def test_a_senders_name_is_shown_only_if_it_is_plain() -> None:
    """A form's source is chosen by its sender: long numbers and markup are not repeated."""
    for source in ("urn:form:0101901234", "<b>form</b>", "form med mellemrum"):
        said = render(alert(kind=AlertKind.PRODUCER, count=6, producer=source), plan(), NOW).plain
        assert source not in said
    assert "urn:form:norm-7" in MADE["producer"]("da").plain


def test_unknown_words_get_the_neutral_phrase() -> None:
    """An obligation, rule or rung of a later version still makes a text."""
    said = render(alert(obligation="later", why=("R99", "new"), rung="plus_96h"), plan(), NOW).plain
    assert "En opgave venter" in said

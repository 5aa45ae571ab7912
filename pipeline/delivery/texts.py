"""From an alert to what a person reads: what, how serious and why, what to do now, by when. Nothing about anyone."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from pipeline.cases.settled import UNCLOSED
from pipeline.clock.policy import OF_AN_INCIDENT
from pipeline.delivery import letters, moments
from pipeline.delivery.guard import guarded
from pipeline.delivery.templates import Wording, wording
from pipeline.delivery.text import Text, text_of
from pipeline.delivery.views import AlertView, DigestItem, DigestView
from pipeline.plans.plan import ContactPlan
from pipeline.routing.alerts import NIS2_EXHAUSTED
from pipeline.routing.inbound import NO_BREACH, OBLIGATION
from schemas.alert import Alert, AlertKind
from schemas.case import ObligationName

__all__ = ["Text", "render", "render_digest"]

_COUNTED = re.compile(r"^(plus|minus)_(\d{1,3})h$")
_PRODUCER = re.compile(r"[A-Za-z][A-Za-z0-9./:_-]{0,79}")
_MANY_DIGITS = re.compile(r"\d{4}")
_UNSAID = "–"


def render(
    alert: Alert,
    plan: ContactPlan,
    at: datetime,
    language: str = "da",
    *,
    repeat: bool = False,
    link: str | None = None,
) -> Text:
    """Returns the text of one alert at `at` (shown time, aware UTC), with hours left counted from then.

    `repeat` says that the person may have had it before: a result was lost, so it is sent again.
    `link` to act is minted by delivery at send time and stands nowhere else. Raises AboutAPerson if the finished text
    could be about one.
    """
    words = wording(language)
    return guarded(text_of(words.render(_template(alert), _view(alert, plan, at, words, repeat, link)), words.language))


def render_digest(
    alerts: Sequence[Alert],
    plan: ContactPlan,
    at: datetime,
    language: str = "da",
    *,
    links: Mapping[str, str] = MappingProxyType({}),
) -> Text:
    """Returns one text for all digest alerts of one person (at least one, all of one municipality): a line a case,
    nearest deadline first, each with its link from `links` (by reference). Raises AboutAPerson as `render`."""
    words = wording(language)
    ordered = sorted(alerts, key=lambda one: (one.deadline_at is None, one.deadline_at, one.reference or ""))
    cases: dict[str, list[Alert]] = {}
    for one in ordered:
        cases.setdefault(one.reference or "", []).append(one)
    breaches, passed_on, unclosed = list[DigestItem](), list[DigestItem](), list[DigestItem]()
    for reference, of_case in cases.items():
        asking = [one for one in of_case if one.obligation != UNCLOSED]  # what is owed outweighs that nothing was
        part = unclosed if not asking else passed_on if all(NO_BREACH in one.why for one in asking) else breaches
        part.append(_item(reference, asking or of_case, at, words, links.get(reference)))
    role = words.phrase("roles", alerts[0].role)
    view = DigestView(plan.name, role, tuple(breaches), tuple(passed_on), tuple(unclosed))
    return guarded(text_of(words.render("digest", view), words.language))


def rung_phrase(rung: str, words: Wording) -> str:
    """Returns a rung in words: by name, or counted in hours (`plus_24h`, `minus_4h`), so that new policies need no
    text.
    """
    counted = _COUNTED.match(rung)
    if counted is None:
        return words.phrase("rungs", rung)
    direction, hours = counted.groups()
    if (direction, hours) == ("minus", "1"):
        return words.phrase("rungs", "minus_one")
    return words.phrase("rungs", direction).format(hours=int(hours))


def _item(reference: str, alerts: Sequence[Alert], at: datetime, words: Wording, link: str | None) -> DigestItem:
    titles = dict.fromkeys(_title(one.obligation, words) for one in alerts)
    deadline = alerts[0].deadline_at
    return DigestItem(
        reference=reference,
        title="; ".join(titles),
        deadline=None if deadline is None else moments.moment(deadline, words.language),
        left=None if deadline is None else moments.left(at, deadline, words.language),
        link=link,
    )


def _title(obligation: str, words: Wording) -> str:
    kind = obligation.removeprefix(f"{OBLIGATION}.")
    return _obligation(obligation, words)["title"] if kind == obligation else words.phrase("inbound", kind)


def _template(alert: Alert) -> str:
    if alert.kind in (AlertKind.PRODUCER, AlertKind.PLATFORM):
        return str(alert.kind)
    return "inbound" if alert.obligation.startswith(f"{OBLIGATION}.") else "alert"


def _view(alert: Alert, plan: ContactPlan, at: datetime, words: Wording, repeat: bool, link: str | None) -> AlertView:
    obligation = _obligation(alert.obligation, words)
    inbound = alert.obligation.removeprefix(f"{OBLIGATION}.")
    return AlertView(
        level=words.phrase("levels", str(alert.level)),
        municipality=plan.name,
        role=words.phrase("roles", alert.role),
        title=obligation["title"],
        do=obligation["do"],
        outcome=words.phrase("outcomes", alert.outcome or "unknown"),
        reference=alert.reference,
        also=tuple(_obligation(name, words)["do"] for name in alert.also),
        why=_why(alert.why, words),
        nis2=alert.obligation in (*OF_AN_INCIDENT, NIS2_EXHAUSTED),
        deadline=None if alert.deadline_at is None else moments.moment(alert.deadline_at, words.language),
        left=None if alert.deadline_at is None else moments.left(at, alert.deadline_at, words.language),
        rung=rung_phrase(alert.rung, words),
        missed=tuple(rung_phrase(one, words) for one in alert.missed),
        lateness=moments.length(timedelta(seconds=alert.lateness_s), words.language),
        link=link,
        repeat=repeat,
        count=alert.count,
        producer=_producer(alert.producer),
        inbound=words.phrase("inbound", inbound) if inbound != alert.obligation else None,
        ready=_ready(alert, plan, words.language),
    )


def _ready(alert: Alert, plan: ContactPlan, language: str) -> tuple[str, ...]:
    """Returns the letter that the obligation asks a person to send, without any contact: this goes by open mail."""
    if alert.reference is None:
        return ()
    if alert.obligation == ObligationName.RECALL:
        text = letters.recall_request(plan, alert.reference, language)
    elif alert.obligation == ObligationName.WRITTEN_CONFIRMATION:
        text = letters.instructions_to_pass_on(plan, alert.reference, language)
    else:
        return ()
    return (text.subject, "", *text.plain.splitlines())


def _obligation(name: str, words: Wording) -> dict[str, str]:
    known = words.phrases["obligations"]
    found = known.get(name, known["other"])
    assert isinstance(found, dict)
    return {str(key): str(value) for key, value in found.items()}


def _why(codes: Sequence[str], words: Wording) -> tuple[str, ...]:
    """Returns the reasons and rules in words, each once; a rule that this version has no words for is left out."""
    said = []
    for code in codes:
        group = "reasons" if code in words.phrases["reasons"] else "rules"
        said.append(str(words.phrases[group].get(code.split("_")[0] if group == "rules" else code, "")))
    return tuple(dict.fromkeys(line for line in said if line))


def _producer(source: str | None) -> str | None:
    """Returns a sender's name as far as it is a plain one; a sender chooses it, so long numbers and signs are not
    shown.
    """
    if source is None or _PRODUCER.fullmatch(source) is None or _MANY_DIGITS.search(source):
        return None if source is None else _UNSAID
    return source

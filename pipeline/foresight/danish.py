"""Danish words for happenings; those that alerts use too come from the alerts' own wording."""

import re
from datetime import timedelta

from pipeline.cases.due import Law
from pipeline.clock.localtime import deadline_form, duration_form
from pipeline.delivery.templates import wording
from pipeline.foresight.happenings import (
    Acted,
    Alerted,
    ClockSet,
    ClockStopped,
    Fate,
    Found,
    Happening,
    Judged,
    Refused,
    RungReached,
    StatusChanged,
    Told,
)
from schemas.alert import Level
from schemas.case import ObligationName
from schemas.facts import FactKind

_OFFSET = re.compile(r"^(plus|minus)_(\d+)h$")
_SINGLE = "1"
_STOPS = {
    FactKind.NOTIFICATION_SUBMITTED: "Bruddet er anmeldt",
    FactKind.CONTROLLER_DECIDED: "det er besluttet ikke at anmelde",
    FactKind.CASE_CLOSED: "sagen er lukket som intet brud",
    FactKind.REPORT_RECEIVED: "afsenderen siger, at henvendelsen ikke er om et brud",
}
_ACTS = {
    FactKind.ALERT_ACKNOWLEDGED: "kvitterer",
    FactKind.DPO_ADVISED: "rådgiver",
    FactKind.CONTROLLER_DECIDED: "beslutter",
    FactKind.NOTIFICATION_SUBMITTED: "anmelder til Datatilsynet",
    FactKind.SUBJECTS_INFORMED: "registrerer underretningen af de berørte",
    FactKind.AWARENESS_CORRECTED: "retter kendskabstidspunktet",
    FactKind.RECIPIENT_CONFIRMED: "registrerer modtagerens svar",
    FactKind.TASK_DONE: "løser en opgave",
    FactKind.TASK_UNANSWERED: "registrerer, at en opgave er ubesvaret",
    FactKind.TASK_OPENED: "åbner en opgave",
    FactKind.ASSESSMENT_STATED: "vurderer risikoen",
    FactKind.ALERTS_SILENCED: "sætter alarmer på pause",
    FactKind.POLICY_CHOSEN: "vælger regelsæt",
    FactKind.CASE_LINKED: "knytter en anden sag til",
    FactKind.CASE_CLOSED: "lukker sagen",
    FactKind.INFO_REQUESTED: "beder om oplysninger",
    FactKind.CASE_FORWARDED: "sender sagen videre",
    FactKind.DEPARTMENT_CONTACTED: "kontakter afdelingen",
}
_TOLD = {
    FactKind.REPORT_RECEIVED: "Indberetning om et brud modtaget",
    FactKind.MISDELIVERY_RECEIVED: "Besked om fejlsendt post modtaget",
    FactKind.REPORT_SUPPLEMENTED: "Supplerende oplysninger modtaget",
    FactKind.REPORT_UNREADABLE: "Ulæselig indberetning modtaget; uret går alligevel",
    FactKind.FACT_UNPROCESSABLE: "Indberetning, der ikke kunne behandles; uret går alligevel",
}
_STATUS = {
    "awaited": "ukendt: ingen har indberettet den endnu",
    "open": "åben igen",
    "closed": "lukket",
    "absorbed": "overtaget af en anden sag",
}


def word(group: str, name: str) -> str:
    """Returns the Danish phrase that alerts use for a word of a closed set."""
    return wording("da").phrase(group, name)


def why(code: str) -> str:
    """Returns the reason behind a short code: of the level, or a severity rule; the code itself if it is unknown."""
    phrases = wording("da").phrases
    return str(phrases["reasons"].get(code) or phrases["rules"].get(code) or code)


def obligation(name: str) -> str:
    """Returns what is asked for, as the alert's title says it."""
    kind = name.removeprefix("inbound.")
    if kind != name:
        return f"videresendes: {word('inbound', kind)}"
    known = wording("da").phrases["obligations"].get(name)
    return str(known["title"]) if isinstance(known, dict) else name


def rung(name: str) -> str:
    """Returns the name of a rung or reminder."""
    match = _OFFSET.match(name)
    if match is not None:
        unit = "time" if match[2] == _SINGLE else "timer"
        return f"{match[2]} {unit} {'efter kendskabet' if match[1] == 'plus' else 'før fristen'}"
    if name in set(ObligationName) or name == "inform_subjects_urgent":
        return "påmindelse"
    return word("rungs", name)


def person(role: str, local_id: str) -> str:
    """Returns role and local id."""
    return f"{word('roles', role)} ({local_id})"


def sentence(one: Happening) -> str:
    """Returns one happening in a short Danish sentence, without its time."""
    match one:
        case Told():
            return _TOLD.get(FactKind(one.kind), one.kind)
        case Acted():
            return f"{person(one.role, one.local_id).capitalize()} {_ACTS.get(FactKind(one.act), one.act)}"
        case Refused():
            return f"Afvist: {one.path + ': ' if one.path else ''}{one.reason} [{one.code}]"
        case Judged():
            return f"Vurdering: {word('outcomes', one.outcome).lower()}"
        case ClockSet(before=None):
            return f"Fristen{by(one.law)} er {deadline_form(one.deadline_at)}"
        case ClockSet():
            return f"Fristen{by(one.law)} er nu {deadline_form(one.deadline_at)}"
        case ClockStopped():
            left = one.deadline_at - one.at
            rest = f"{duration_form(left)} {'før' if left >= timedelta(0) else 'efter'} fristen"
            return f"Uret{by(one.law)} stopper: {_STOPS.get(FactKind(one.by), one.by)}, {rest}"
        case RungReached():
            late = f", {duration_form(one.late)} for sent" if one.late >= timedelta(minutes=1) else ""
            return f"Trin{by(one.law)}: {rung(one.rung)}{late}"
        case Alerted():
            return alerted((one,))
        case Found():
            missing = one.kind == FactKind.RECIPIENT_MISSING
            return f"Ingen svarer for {one.about}" if missing else "Ingen på hele alarmkæden har svaret"
        case StatusChanged():
            return f"Sagen er {_STATUS.get(one.status, one.status)}"
    return type(one).__name__


def by(law: Law) -> str:
    """Returns the law's name as a supplement; nothing for the breach's own, of which everything else is."""
    return "" if law is Law.GDPR else " efter NIS 2-loven"


def alerted(together: tuple[Alerted, ...]) -> str:
    """Returns alerts that one person gets at the same moment at the same level as one sentence."""
    first = together[0]
    asks = "; ".join(dict.fromkeys(obligation(one.obligation) for one in together))
    fate = "" if first.fate is Fate.SENT else " – erstattet af en nyere"
    fate = " – KAN IKKE AFLEVERES" if first.fate is Fate.UNDELIVERABLE else fate
    return f"{level(first.level)} til {person(first.role, first.local_id)} via {first.channel}: {asks}{fate}"


def level(one: Level) -> str:
    """Returns how loud an alert is."""
    return word("levels", one)

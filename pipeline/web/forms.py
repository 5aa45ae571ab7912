"""The forms of the page: which acts it takes, the fields of each, and who is shown which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pipeline.cases.entitlement import ROLES
from pipeline.cases.projection import open_obligations
from pipeline.cases.status import in_the_way
from pipeline.clock.policy import OF_AN_INCIDENT
from pipeline.plans.entitlement import may_act
from pipeline.plans.plan import ContactPlan
from pipeline.web import words
from pipeline.web.links import Claim
from schemas.actions import CloseReason, TaskName
from schemas.case import CaseRecord, Obligation, ObligationName
from schemas.values import Role

SHORT, LONG = 200, 8_000  # characters, as the contract's Short and Text allow


class FieldKind(StrEnum):
    """How a field looks; without JavaScript each is a plain element of HTML."""

    CHOICE = "choice"  # radio buttons, none chosen beforehand
    LIST = "list"
    LINE = "line"
    TEXT = "text"
    TIME = "time"  # local Danish time


@dataclass(frozen=True, slots=True)
class Field:
    """One field; `name` is the contract's."""

    name: str
    label: str
    kind: FieldKind
    options: words.Options | None = None
    required: bool = False
    hint: str = ""

    @property
    def longest(self) -> int:
        """How many characters it takes."""
        return LONG if self.kind is FieldKind.TEXT else SHORT


@dataclass(frozen=True, slots=True)
class Form:
    """One act; `settles` are the obligations for which it is what is asked."""

    act: str
    title: str
    button: str
    settles: tuple[ObligationName, ...]
    fields: tuple[Field, ...] = ()
    note: str = ""


_WHEN = "Lad feltet stå tomt, hvis det er nu. Dansk tid."
_TASK_OF = {
    ObligationName.RECALL: TaskName.RECALL,
    ObligationName.PROTECTED_ADDRESS_CHECK: TaskName.PROTECTED_ADDRESS_CHECK,
    ObligationName.WRITTEN_CONFIRMATION: TaskName.WRITTEN_CONFIRMATION,
}

FORMS: tuple[Form, ...] = (
    Form(
        "acknowledge",
        "Kvittér",
        "Kvittér: Jeg har set sagen og går i gang",
        (ObligationName.ACKNOWLEDGE,),
        note="Så bliver andre ikke alarmeret foreløbig. Kvitteringen stopper ikke fristen.",
    ),
    Form(
        "advise",
        "Giv dit råd",
        "Registrér rådet",
        (ObligationName.ADVISE, ObligationName.REVIEW),
        (
            Field("notify_authority", "Skal Datatilsynet have besked?", FieldKind.CHOICE, words.YES_NO_UNKNOWN, True),
            Field("inform_subjects", "Skal de berørte have besked?", FieldKind.CHOICE, words.YES_NO_UNKNOWN),
            Field("advice", "Rådet i ord", FieldKind.TEXT),
        ),
        "Du rådgiver. Den dataansvarlige beslutter.",
    ),
    Form(
        "decide",
        "Beslut",
        "Registrér beslutningen",
        (ObligationName.DECIDE, ObligationName.REVIEW),
        (
            Field("notify_authority", "Skal bruddet anmeldes til Datatilsynet?", FieldKind.CHOICE, words.YES_NO, True),
            Field("inform_subjects", "Skal de berørte underrettes?", FieldKind.CHOICE, words.YES_NO_UNKNOWN),
            Field("not_informing_ground", "Hvis nej: grunden", FieldKind.LIST, words.GROUNDS),
            Field(
                "reason",
                "Begrundelse",
                FieldKind.TEXT,
                hint="Et nej til at anmelde skal begrundes; uden begrundelse løber fristen videre.",
            ),
        ),
    ),
    Form(
        "submit",
        "Registrér anmeldelsen",
        "Registrér anmeldelsen",
        (
            ObligationName.SUBMIT,
            ObligationName.RECEIPT_REFERENCE,
            ObligationName.LATE_REASON,
            ObligationName.FOLLOW_UP,
        ),
        (
            Field("kind", "Hvad er sendt?", FieldKind.LIST, words.SUBMISSIONS, True),
            Field("at", "Hvornår er det sendt?", FieldKind.TIME, hint=_WHEN),
            Field("receipt_reference", "Nummer på kvitteringen", FieldKind.LINE, hint="40 tegn: tal og a–f."),
            Field("authority_case", "Datatilsynets sagsnummer", FieldKind.LINE, hint="Sådan: 2026-441-12345."),
            Field("complete", "Er anmeldelsen fuldstændig?", FieldKind.CHOICE, words.YES_NO_UNKNOWN),
            Field("late_reason", "Hvis fristen var overskredet: hvorfor?", FieldKind.TEXT),
        ),
        "Siden sender intet til Datatilsynet. Anmeld på Virk først, og registrér det her bagefter.",
    ),
    Form(
        "incident",
        "NIS 2",
        "Registrér",
        OF_AN_INCIDENT,
        (
            Field("significant", "Er hændelsen væsentlig efter NIS 2-loven?", FieldKind.CHOICE, words.YES_NO_UNKNOWN, True),
            Field("reason", "Begrundelse", FieldKind.TEXT,
                  hint="Et nej skal begrundes; uden begrundelse løber fristen videre."),
            Field("filed", "Hvis noget er sendt: hvad?", FieldKind.LIST, words.INCIDENT_STAGES),
            Field("at", "Hvornår er det sendt?", FieldKind.TIME, hint=_WHEN),
            Field("receipt_reference", "Nummer på kvitteringen", FieldKind.LINE),
        ),
        "Siden sender intet. Indberet på Virk først, og registrér det her bagefter. En anmeldelse til Datatilsynet træder ikke "
        "i stedet, og omvendt.",
    ),
    Form(
        "inform_subjects",
        "De berørte",
        "Registrér",
        (ObligationName.INFORM_SUBJECTS,),
        (
            Field("informed", "Er de berørte underrettet?", FieldKind.CHOICE, words.YES_NO, True),
            Field("at", "Hvornår?", FieldKind.TIME, hint=_WHEN),
            Field("how", "Hvis ja: hvordan?", FieldKind.LINE, hint="For eksempel: brev i Digital Post."),
            Field("ground", "Hvis nej: grunden", FieldKind.LIST, words.GROUNDS),
            Field("reason", "Begrundelse", FieldKind.TEXT),
        ),
        "Siden skriver ikke til nogen. Den registrerer det, I har gjort.",
    ),
    Form(
        "task",
        "Registrér svar på en opgave",
        "Registrér svaret",
        tuple(_TASK_OF),
        (
            Field("task", "Hvilken opgave?", FieldKind.LIST, words.TASKS, True),
            Field("state", "Hvor langt er den?", FieldKind.CHOICE, words.TASK_STATES, True),
            Field("answer", "Hvad blev svaret?", FieldKind.CHOICE, words.YES_NO_UNKNOWN,
                  hint="Kaldt tilbage? Adressebeskyttelse? Bekræftet?"),
            Field("note", "Bemærkning", FieldKind.TEXT),
        ),
    ),
    Form(
        "close",
        "Luk sagen",
        "Luk sagen",
        (),
        (
            Field("closing", "Hvorfor kan sagen lukkes?", FieldKind.CHOICE, words.CLOSINGS, True),
            Field("reason", "Begrundelse", FieldKind.TEXT, hint="Skal skrives, hvis det ikke var et brud."),
        ),
        "Kommer der nyt i sagen, åbner den igen. Sagens opbevaringstid begynder først, når den er lukket.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A form for this reader and this case; `asked` when it settles something open that this role owes."""

    form: Form
    asked: bool


def holds_role(plan: ContactPlan, claim: Claim, at: datetime) -> bool:
    """Whether the link's person still holds the link's role."""
    return may_act(plan, claim.role, claim.local_id, at)


def is_adviser(plan: ContactPlan, claim: Claim, at: datetime) -> bool:
    """Whether that person advises the municipality too, and therefore cannot decide for it (GDPR Art. 38(6))."""
    return any(may_act(plan, role, claim.local_id, at) for role in ROLES["advise"])


def offers(case: CaseRecord, plan: ContactPlan, claim: Claim, at: datetime) -> tuple[Offer, ...]:
    """Returns the forms that the link's person may use on `case` at `at`, what is asked of them first."""
    if not holds_role(plan, claim, at):
        return ()
    owed = open_obligations(case)
    found = []
    for form in FORMS:
        if claim.role not in ROLES[form.act] or (form.act == "decide" and is_adviser(plan, claim, at)):
            continue
        fitting = _fitting(form, case, owed, claim.role)
        if fitting is not None:
            found.append(Offer(fitting, _is_asked(form, case, owed, claim)))
    return tuple(sorted(found, key=lambda offer: not offer.asked))


def _is_asked(form: Form, case: CaseRecord, owed: Sequence[Obligation], claim: Claim) -> bool:
    waits = case.settled
    if form.act == "close":  # what is no breach was settled as it came, and its unit may have yet to answer
        return waits is not None and (waits.asked_at is not None or not waits.elsewhere) and _asks(Role.DPO, claim.role)
    if form.act == "acknowledge" and waits is None and not _acknowledged(case, claim):
        return True
    return any(one.name in form.settles and _asks(one.role, claim.role) for one in owed)


def _fitting(form: Form, case: CaseRecord, owed: Sequence[Obligation], role: Role) -> Form | None:
    """Returns the form as it fits the case and the role; None where it could not be used."""
    if form.act == "task":
        return _with_open_tasks(form, [one.name for one in owed])
    if form.act == "close":
        return _with_closings(form, case, role)
    return form


def _asks(owing: str, role: Role) -> bool:
    """A deputy answers for the DPO; everyone else for their own role."""
    return owing == role or (owing == Role.DPO and role is Role.DEPUTY)


def _acknowledged(case: CaseRecord, claim: Claim) -> bool:
    return claim.local_id in case.acknowledged_by


def _with_closings(form: Form, case: CaseRecord, role: Role) -> Form | None:
    """Leaves the closings that intake takes: while something is owed a case can be closed as no breach alone, by the
    controller alone, and not even so while NIS 2 asks for something.
    """
    owed = {one.name for one in in_the_way(case.obligations)}
    usable = set[CloseReason]() if owed else {CloseReason.DONE, CloseReason.REGISTER_ONLY}
    if role is Role.DECISION_MAKER and owed.isdisjoint(OF_AN_INCIDENT):
        usable.add(CloseReason.NOT_A_BREACH)
    return _choosing(form, {word: text for word, text in words.CLOSINGS.items() if word in usable})


def _with_open_tasks(form: Form, owed: Sequence[ObligationName]) -> Form | None:
    open_tasks = {_TASK_OF[name] for name in owed if name in _TASK_OF}
    options: Mapping[str, str] = {task: text for task, text in words.TASKS.items() if task in open_tasks}
    return _choosing(form, options)


def _choosing(form: Form, options: Mapping[str, str]) -> Form | None:
    """Returns the form with these options of its first field; None for none."""
    if not options:
        return None
    return replace(form, fields=(replace(form.fields[0], options=options), *form.fields[1:]))

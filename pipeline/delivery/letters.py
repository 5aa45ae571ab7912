"""Texts to citizens, departments and sending units, in the municipality's own words where its page has any.

What is shown comes from the plan's display block. Nothing here returns a recipient: who gets a letter is the caller's.
"""

from datetime import datetime

from pipeline.delivery import moments
from pipeline.delivery.guard import guarded
from pipeline.delivery.templates import Wording, wording
from pipeline.delivery.text import Text, text_of
from pipeline.delivery.views import LetterView
from pipeline.plans.display import Display, MisdeliveryText, MunicipalityFirst, Secure, ShownChannel, Whose
from pipeline.plans.plan import FALLBACK, ContactPlan


def recipient_instructions(
    plan: ContactPlan, language: str = "da", reference: str | None = None, area: str | None = None
) -> Text:
    """Returns what a wrong recipient is asked to do, in the order of the municipality's page, else the common default.

    Source: domain.md §7.2. Where the plan says destroy, no return is asked for.
    """
    words = wording(language)
    return _instructions(plan, words, reference, contacts(plan.display, (Whose.DPO,), words, area))


def instructions_to_pass_on(plan: ContactPlan, reference: str, language: str = "da") -> Text:
    """Returns the same without contacts, to stand in an alert to staff. Raises AboutAPerson as every text to staff."""
    return guarded(_instructions(plan, wording(language), reference, ()))


def _instructions(plan: ContactPlan, words: Wording, reference: str | None, ways: tuple[str, ...]) -> Text:
    text, danish = plan.display.misdelivery_text, words.language == "da"
    own, law = (text.own_steps, text.law) if danish else (text.own_steps_en, text.law_en)
    view = LetterView(
        municipality=_named(plan, words),
        reference=reference,
        steps=own or _steps(words, text),
        confirm=_confirmation(words, text) if own else None,
        receivers=_receivers(plan.display, words),
        law=law,
        contacts=ways,
    )
    return text_of(words.render("recipient_instructions", view), words.language)


def reporter_receipt(
    plan: ContactPlan, reference: str, received_at: datetime, language: str = "da", area: str | None = None
) -> Text:
    """Returns the receipt for whoever reported: reference and time, ways to get in touch, the right to complain.

    It repeats nothing of what was reported, and promises no reply time.
    """
    words, shown = wording(language), plan.display
    danish = words.language == "da"
    view = LetterView(
        municipality=_named(plan, words),
        reference=reference,
        received_at=moments.moment(received_at, words.language),
        contacts=contacts(shown, (Whose.MUNICIPALITY, Whose.DPO), words, area)
        or (str(words.citizen["contact_neutral"]),),
        authority=contacts(shown, (Whose.DATATILSYNET,), words, area) or (str(words.citizen["authority_neutral"]),),
        complaint=complaint(shown, words),
        follow_up=shown.follow_up_text if danish else None,
        disclosure=shown.datatilsynet_disclosure_text if danish else None,
        retention=shown.retention_text if danish else None,
        dpo_note=shown.dpo.note if danish else None,
    )
    return text_of(words.render("reporter_receipt", view), words.language)


def recall_request(plan: ContactPlan, reference: str, language: str = "da") -> Text:
    """Returns the request to whoever sent or carries the item to call it back; it names the case and nothing of it."""
    words = wording(language)
    view = LetterView(municipality=plan.name, reference=reference)
    return guarded(text_of(words.render("recall_request", view), words.language))


def department_note(plan: ContactPlan, reference: str, opened_at: datetime, language: str = "da") -> Text:
    """Returns the note to the department concerned: keep the logs, stop the fault, the case stays theirs."""
    words = wording(language)
    opened = moments.moment(opened_at, words.language)
    view = LetterView(municipality=plan.name, reference=reference, received_at=opened)
    return guarded(text_of(words.render("department_note", view), words.language))


def subject_notice(plan: ContactPlan, reference: str, language: str = "da", area: str | None = None) -> Text:
    """Returns a draft of the notice to a person affected (GDPR Art. 34(2)); what happened is for a person to fill in.

    Where the municipality's page obliges it to, it says what is passed on to Datatilsynet (GLO-4).
    """
    words, shown = wording(language), plan.display
    neutral = (str(words.citizen["contact_neutral"]),)
    view = LetterView(
        municipality=_named(plan, words),
        reference=reference,
        contacts=contacts(shown, (Whose.DPO,), words, area) or neutral,
        authority=contacts(shown, (Whose.DATATILSYNET,), words, area) or (str(words.citizen["authority_neutral"]),),
        complaint=complaint(shown, words),
        disclosure=shown.datatilsynet_disclosure_text if words.language == "da" else None,
    )
    return text_of(words.render("subject_notice", view), words.language)


def _named(plan: ContactPlan, words: Wording) -> str:
    """Returns how a letter names the municipality; where none could be read, neutrally."""
    return str(words.citizen["municipality_neutral"]) if plan.kommunekode == FALLBACK else plan.name


def contacts(shown: Display, whose: tuple[Whose, ...], words: Wording, area: str | None) -> tuple[str, ...]:
    """Returns the shown channels of `whose`, secure ones first, each insecure one with its warning beside it."""
    return tuple(_contact(channel, words) for channel in shown.channels_for(whose, area))


def complaint(shown: Display, words: Wording) -> str:
    """Returns where to complain: Datatilsynet is always open; the municipality first is at most a wish."""
    text = shown.complaint_text
    parts = [str(words.citizen["complaint_always"])]
    if text.municipality_first is MunicipalityFirst.SUGGESTED:
        parts.append(str(words.citizen["complaint_suggested"]))
    if text.casework_route and words.language == "da":
        parts.append(text.casework_route)
    return " ".join(parts)


def _contact(channel: ShownChannel, words: Wording) -> str:
    hours = f", {channel.hours}" if channel.hours else ""
    warning = f" ({words.citizen['insecure']})" if channel.secure is Secure.NO else ""
    kind, owner = words.phrase("channels", str(channel.kind)), words.phrase("owners", str(channel.of))
    return f"{kind}, {owner}: {channel.text}{hours}{warning}"


def _receivers(shown: Display, words: Wording) -> str | None:
    named = [words.phrase("receivers", str(role)) for group in shown.receivers() for role in group]
    return str(words.citizen["and"]).join(named) or None


def _steps(words: Wording, text: MisdeliveryText) -> tuple[str, ...]:
    actions = words.citizen["misdelivery"]
    assert isinstance(actions, dict)
    return tuple(str(step) for step in actions[str(text.action)])


def _confirmation(words: Wording, text: MisdeliveryText) -> str:
    actions = words.citizen["confirm"]
    assert isinstance(actions, dict)
    return str(actions[str(text.action)])

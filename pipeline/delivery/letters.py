"""Texts to citizens, departments and sending units, in the municipality's own words where its page has any.

What is shown comes from the plan's display block. Nothing here returns a recipient: who gets a letter is the caller's.
"""

from datetime import datetime

from pipeline.delivery import moments
from pipeline.delivery.guard import guarded
from pipeline.delivery.templates import Wording, wording
from pipeline.delivery.text import Text, text_of
from pipeline.delivery.views import LetterView
from pipeline.plans.display import Display, MunicipalityFirst, Secure, ShownChannel, Whose
from pipeline.plans.plan import ContactPlan


def recipient_instructions(
    plan: ContactPlan, language: str = "da", reference: str | None = None, area: str | None = None
) -> Text:
    """Returns what a wrong recipient is asked to do, in the order of the municipality's page, else the common default.

    Source: domain.md §7.2. Where the plan says destroy, no return is asked for.
    """
    words, shown = wording(language), plan.display
    text = shown.misdelivery_text
    own = text.own_steps if words.language == "da" else ()
    view = LetterView(
        municipality=plan.name,
        reference=reference,
        steps=own or _steps(words, str(text.action)),
        receivers=_receivers(shown, words),
        law=text.law if words.language == "da" else None,
        contacts=contacts(shown, (Whose.DPO,), words, area),
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
        municipality=plan.name,
        reference=reference,
        received_at=moments.moment(received_at, words.language),
        contacts=contacts(shown, (Whose.MUNICIPALITY, Whose.DPO), words, area)
        or (str(words.citizen["contact_neutral"]),),
        authority=contacts(shown, (Whose.DATATILSYNET,), words, area) or (str(words.citizen["authority_neutral"]),),
        complaint=complaint(shown, words),
        follow_up=shown.follow_up_text if danish else None,
        disclosure=shown.datatilsynet_disclosure_text if danish else None,
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


def _steps(words: Wording, action: str) -> tuple[str, ...]:
    actions = words.citizen["misdelivery"]
    assert isinstance(actions, dict)
    return tuple(str(step) for step in actions[action])

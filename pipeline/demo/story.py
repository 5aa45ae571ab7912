"""The story: who acts when, and who stays silent. Hours are shown hours from the beginning."""

from collections.abc import Callable
from datetime import datetime

from pipeline.demo.events import (
    BILLUND,
    FAULT,
    FOLDER,
    HERNING,
    HIDDEN,
    HVIDOVRE,
    LETTER,
    NORDDJURS,
    Moment,
    act,
    case,
)
from pipeline.demo.told import reports

Who = Callable[[str, str], str]
"""(municipality, role) → `role:local id`, read from the contact plan."""


def moments(who: Who, start: datetime) -> list[Moment]:
    """Returns the whole story in order of time; `start` is the shown time of its hour 0."""
    found = [*reports(start), *_hvidovre(who), *_herning(who), *_billund(who), *_fault(who)]
    return sorted(found, key=lambda one: one.hour)


def _hvidovre(who: Who) -> list[Moment]:
    ref, dpo, decides = case(HVIDOVRE, LETTER), who(HVIDOVRE, "dpo"), who(HVIDOVRE, "decision_maker")
    return [
        Moment(2.0, "actions", "Hvidovre's DPO acknowledges", act("acknowledge", "h-1", ref, dpo)),
        Moment(6.5, "actions", "… and advises to notify", act("advise", "h-2", ref, dpo, notify_authority="yes")),
        Moment(
            8.0,
            "actions",
            "the controller decides to notify",
            act(
                "decide", "h-3", ref, decides, notify_authority="yes", inform_subjects="yes", reason="Fortrolige data."
            ),
        ),
        Moment(
            9.0,
            "actions",
            "the notification is filed with Datatilsynet, with its receipt",
            act(
                "submit",
                "h-4",
                ref,
                decides,
                complete="yes",
                receipt_reference="0123456789abcdef0123456789abcdef01234567",
            ),
        ),
        Moment(
            9.5,
            "actions",
            "the person concerned is told",
            act("inform_subjects", "h-5", ref, decides, informed="yes", how="Digital Post"),
        ),
        Moment(11.0, "actions", "the case is closed", act("close", "h-6", ref, decides, closing="done")),
    ]


def _herning(who: Who) -> list[Moment]:
    ref, decides = case(HERNING, FOLDER), who(HERNING, "decision_maker")
    return [
        Moment(
            66.9,  # paged from 59 h; the whole chain was silent three times over by 63 h, and operations were paged
            "actions",
            "Herning was silent up to operations, who rang the duty management; the controller decides",
            act("decide", "b-1", ref, decides, notify_authority="yes", inform_subjects="no"),
            rung_for="operations",
        ),
        Moment(
            67.9,
            "actions",
            "… and files in time",
            act(
                "submit",
                "b-2",
                ref,
                decides,
                complete="yes",
                receipt_reference="89abcdef0123456789abcdef0123456789abcdef",
            ),
        ),
    ]


def _billund(who: Who) -> list[Moment]:
    ref, dpo, decides = case(BILLUND, HIDDEN), who(BILLUND, "dpo"), who(BILLUND, "decision_maker")
    return [
        Moment(2.2, "actions", "Billund's DPO acknowledges the page", act("acknowledge", "i-1", ref, dpo)),
        Moment(2.4, "actions", "the controller too", act("acknowledge", "i-2", ref, decides)),
        Moment(
            2.6,
            "actions",
            "the letter is locked at once",
            act("task", "i-3", ref, dpo, task="recall", state="done", answer="yes"),
        ),
        Moment(
            2.8,
            "actions",
            "the protected address is confirmed",
            act("task", "i-4", ref, dpo, task="protected_address_check", state="done", answer="yes"),
        ),
        Moment(
            3.2,
            "actions",
            "the person in hiding is told",
            act("inform_subjects", "i-5", ref, decides, informed="yes", how="telefon"),
        ),
        Moment(5.2, "actions", "the DPO advises", act("advise", "i-6", ref, dpo, notify_authority="yes")),
        Moment(7.0, "actions", "the controller decides", act("decide", "i-7", ref, decides, notify_authority="yes")),
        Moment(
            7.5,
            "actions",
            "… and files",
            act(
                "submit",
                "i-8",
                ref,
                decides,
                complete="yes",
                receipt_reference="fedcba9876543210fedcba9876543210fedcba98",
            ),
        ),
    ]


def _fault(who: Who) -> list[Moment]:
    found = []
    for index, code in enumerate((HVIDOVRE, HERNING, BILLUND, NORDDJURS)):  # Glostrup's case ends overdue
        ref, dpo, decides = case(code, FAULT), who(code, "dpo"), who(code, "decision_maker")
        hour = 10.0 + index
        found += [
            Moment(hour, "actions", f"{code}: the DPO acknowledges", act("acknowledge", f"f-{code}-1", ref, dpo)),
            Moment(
                hour + 12.0,
                "actions",
                f"{code}: the controller decides to notify",
                act("decide", f"f-{code}-2", ref, decides, notify_authority="yes", inform_subjects="no"),
            ),
            Moment(
                hour + 13.0,
                "actions",
                f"{code}: filed",
                act("submit", f"f-{code}-3", ref, decides, complete="yes", authority_case="2026-442-10001"),
            ),
        ]
    return found

"""What a template may say: these fields and no others. Each is built from closed sets, times and numbers.

A template that names anything else is refused (`pipeline.delivery.templates`), so no template can hold a person.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertView:
    """What an alert says."""

    level: str
    municipality: str
    role: str
    title: str
    do: str
    outcome: str
    reference: str | None = None
    also: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    nis2: bool = False  # the deadline is that of NIS 2, and not the one towards Datatilsynet
    deadline: str | None = None
    left: str | None = None
    rung: str | None = None
    missed: tuple[str, ...] = ()
    lateness: str | None = None
    link: str | None = None
    repeat: bool = False
    count: int | None = None
    producer: str | None = None
    inbound: str | None = None
    ready: tuple[str, ...] = ()  # the lines of a letter that does what is asked, for a person to send


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One line of a digest."""

    reference: str
    title: str
    deadline: str | None
    left: str | None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class DigestView:
    """What a digest says."""

    municipality: str
    role: str
    items: tuple[DigestItem, ...]
    passed_on: tuple[DigestItem, ...] = ()  # no breach by the sender's word: with their unit, and here to be seen
    unclosed: tuple[DigestItem, ...] = ()  # nothing is owed on them: they wait to be closed


@dataclass(frozen=True, slots=True)
class LetterView:
    """What a text to a citizen, a department or a sending unit says; contacts are the display block's texts."""

    municipality: str
    reference: str | None = None
    received_at: str | None = None
    steps: tuple[str, ...] = ()
    confirm: str | None = None  # where the municipality's own steps do not ask for it
    receivers: str | None = None
    law: str | None = None
    contacts: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    complaint: str | None = None
    follow_up: str | None = None
    disclosure: str | None = None
    retention: str | None = None
    dpo_note: str | None = None


View = AlertView | DigestView | LetterView

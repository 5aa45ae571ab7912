"""What the page says, as HTML. It knows a case, a role and words; nothing about a person is on it."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.cases.projection import open_obligations
from pipeline.cases.settled import UNCLOSED
from pipeline.clock import localtime
from pipeline.delivery.templates import Wording, wording
from pipeline.plans.plan import ContactPlan
from pipeline.routing.level import held_outcome
from pipeline.web import words
from pipeline.web.forms import Offer
from pipeline.web.links import Claim
from schemas.alert import Level
from schemas.case import CaseRecord, ObligationName

HERE = Path(__file__).parent / "templates"
STYLE = (HERE / "style.css").read_text(encoding="utf-8")
STYLE_HASH = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""Names the one style sheet in the Content-Security-Policy: anything else that looks like style is not applied."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes back with a form: where to, the link's token, the form's own id, and what was filled in if it must be
    mended.
    """

    action: str
    token: str
    form_id: str
    act: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """A page with one thing to say; `token` leads back to the case."""

    title: str
    lines: tuple[str, ...]
    good: str = "bad"  # a class of the style sheet: good, bad or wait
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A deadline as the page says it: towards whom, when, how long still; `at` and `left` are None when none runs."""

    title: str
    at: str | None = None
    left: str | None = None
    overdue: bool = False


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def case_page(
    case: CaseRecord,
    plan: ContactPlan,
    claim: Claim,
    level: Level | None,
    offers: tuple[Offer, ...],
    at: datetime,
    sending: Sending,
) -> str:
    """Returns the page of one case for one role at `at` (shown time): where it stands, what is asked, the forms."""
    said = wording("da")
    outcome = held_outcome(case)
    return _environment().get_template("case.html.j2").render(
        style=STYLE,
        title=f"Sag {case.reference}",
        case=case.reference,
        municipality=plan.name,
        role=said.phrase("roles", claim.role),
        level=None if level is None else said.phrase("levels", level),
        outcome=said.phrase("outcomes", outcome or "unknown"),
        deadlines=_deadlines(case, at),
        mine=_asked(said, case, offers),
        others=_asked_of_others(said, case, offers),
        offers=offers,
        sending=sending,
    )  # fmt: skip


def message_page(message: Message, action: str) -> str:
    """Returns a page with one message; `action` is the path of the page, for the way back to the case."""
    template = _environment().get_template("message.html.j2")
    return template.render(style=STYLE, title=message.title, message=message, action=action)


def _deadlines(case: CaseRecord, at: datetime) -> list[Deadline]:
    """Returns the breach's deadline, then NIS 2's if the case carries that clock, then the one of its last report."""
    titles = (words.TO_DATATILSYNET, words.UNDER_NIS2)
    found = [
        _deadline(title, None if clock.stopped_by is not None else clock.deadline_at, at)
        for title, clock in zip(titles, case.clocks, strict=False)
    ]
    last = [one.due_at for one in open_obligations(case) if one.name is ObligationName.NIS2_FINAL_REPORT]
    return [*(found or [Deadline(titles[0])]), *(_deadline(words.FINAL_REPORT, due_at, at) for due_at in last)]


def _deadline(title: str, due_at: datetime | None, at: datetime) -> Deadline:
    if due_at is None:
        return Deadline(title)
    return Deadline(title, localtime.deadline_form(due_at), localtime.time_left(at, due_at), due_at <= at)


def _asked(said: Wording, case: CaseRecord, offers: tuple[Offer, ...]) -> list[str]:
    """Returns what is asked of this reader, in the order of the acts; an acknowledgement of each, even if another has."""
    mine = _settled_here(offers)
    owed = {one.name for one in open_obligations(case)} | ({ObligationName.ACKNOWLEDGE} & mine)
    asked = [_words(said, name)["do"] for name in ObligationName if name in owed & mine]
    close = any(offer.asked and offer.form.act == "close" for offer in offers)
    return [*asked, _words(said, UNCLOSED)["do"]] if close else asked


def _asked_of_others(said: Wording, case: CaseRecord, offers: tuple[Offer, ...]) -> list[str]:
    mine = _settled_here(offers)
    return [_words(said, one.name)["title"] for one in open_obligations(case) if one.name not in mine]


def _settled_here(offers: tuple[Offer, ...]) -> set[ObligationName]:
    return {name for offer in offers if offer.asked for name in offer.form.settles}


def _words(said: Wording, name: str) -> dict[str, str]:
    known = said.phrases["obligations"]
    found = known.get(name, known["other"])
    assert isinstance(found, dict)
    return found

"""What the page says, as HTML. It knows a case, a role and words; nothing about a person is on it."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.cases.projection import due_by, open_obligations
from pipeline.clock import localtime
from pipeline.delivery.templates import Wording, wording
from pipeline.plans.plan import ContactPlan
from pipeline.routing.level import held_outcome
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
    deadline, outcome = due_by(case), held_outcome(case)
    return _environment().get_template("case.html.j2").render(
        style=STYLE,
        title=f"Sag {case.reference}",
        case=case.reference,
        municipality=plan.name,
        role=said.phrase("roles", claim.role),
        level=None if level is None else said.phrase("levels", level),
        outcome=said.phrase("outcomes", outcome or "unknown"),
        deadline=None if deadline is None else localtime.deadline_form(deadline),
        left=None if deadline is None else localtime.time_left(at, deadline),
        overdue=deadline is not None and deadline <= at,
        mine=_asked(said, case, offers),
        others=_asked_of_others(said, case, offers),
        offers=offers,
        sending=sending,
    )  # fmt: skip


def message_page(message: Message, action: str) -> str:
    """Returns a page with one message; `action` is the path of the page, for the way back to the case."""
    template = _environment().get_template("message.html.j2")
    return template.render(style=STYLE, title=message.title, message=message, action=action)


def _asked(said: Wording, case: CaseRecord, offers: tuple[Offer, ...]) -> list[str]:
    """Returns what is asked of this reader, in the order of the acts; an acknowledgement of each, even if another has."""
    mine = _settled_here(offers)
    owed = {one.name for one in open_obligations(case)} | ({ObligationName.ACKNOWLEDGE} & mine)
    return [_words(said, name)["do"] for name in ObligationName if name in owed & mine]


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

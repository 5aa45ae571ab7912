"""What a citizen is shown and who is told first, for the tests that carry the municipalities' requirement ids."""

from pipeline.delivery.letters import reporter_receipt
from pipeline.plans.display import ShownKind, Whose
from pipeline.plans.plan import ContactPlan
from pipeline.routing.inbound import unit_for
from pipeline.routing.route import route
from schemas.actions import Outcome
from schemas.case import ObligationName
from schemas.values import InboundKind, Role
from tests.routing.scene import REFERENCE, T0, case, demand, plan, policy

CODES = ("167", "657", "530", "707", "161")


def receipt(where: ContactPlan, area: str | None = None) -> str:
    """Returns the receipt's plain text."""
    return reporter_receipt(where, REFERENCE, T0, area=area).plain


def shown_mail(code: str, whose: Whose) -> str:
    """Returns the ordinary mail address that a municipality shows; it stands in the plan and nowhere else."""
    return next(one.text for one in plan(code).display.channels_for((whose,)) if one.kind is ShownKind.MAIL)


def first_told(code: str, obligation: ObligationName = ObligationName.ACKNOWLEDGE, role: Role = Role.DPO) -> list[str]:
    """Returns who hears of a new case first."""
    record = case(Outcome.RISK, demands=[demand(obligation, role=role)])
    return [alert.recipient for alert in route(record, None, plan(code), policy(), T0).alerts]


def inbound(code: str, kind: InboundKind) -> str | None:
    """Returns the unit that gets that kind of message."""
    return unit_for(kind, plan(code), T0)

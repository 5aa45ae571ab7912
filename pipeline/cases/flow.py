"""Whether a case holds a breach at all. What is only a complaint or an access request leaves the breach flow.

The sender says what a message is about (`concerns`). Left out, it is a breach; so is everything in doubt: a kind that
nobody can place, a security hole whose use is not excluded, any word about what happened beyond free text, and whatever
a person has judged. Sources: domain.md §8 and M41, municipalities.md ALL-7, HVI-3, HVI-7, NOR-7.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from pipeline.cases.kinds import of_kind, of_kinds
from pipeline.cases.union import BODIES_KEPT
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import InboundKind

_TOLD = frozenset(str(kind) for kind in REPORTS)
_IN_DOUBT = frozenset({InboundKind.BREACH, InboundKind.OTHER, InboundKind.SECURITY_HOLE})
_ELSEWHERE = frozenset(str(kind) for kind in InboundKind if kind not in _IN_DOUBT)
_NO_ACCESS = frozenset({"access_possible", "use_excluded_by_logs"})
BREACH = "breach"
"""In a request to absorb: the case that ends was held to be a breach, so the one that takes it over is."""

_JUDGED = frozenset(
    {
        FactKind.ASSESSMENT_STATED,
        FactKind.DPO_ADVISED,
        FactKind.CONTROLLER_DECIDED,
        FactKind.NOTIFICATION_SUBMITTED,
        FactKind.RECIPIENT_CONFIRMED,
        FactKind.AWARENESS_CORRECTED,
    }
)
"""What a person does only to a breach: from then on it is one, counted from the first signal."""


def elsewhere(facts: Sequence[Fact]) -> Fact | None:
    """Returns the first report of a case that is no breach by anybody's word; None as soon as one report, or a person,
    says otherwise. Reports whose body is no longer kept may have said so: then it is a breach.
    """
    told = of_kinds(facts, _TOLD)
    if not told or len(told) >= BODIES_KEPT or any(of_kind(facts, kind) for kind in _JUDGED):
        return None
    if any(fact.body.get(BREACH) is True for fact in of_kind(facts, FactKind.CASE_ABSORB_REQUESTED)):
        return None
    opened = next(iter(of_kind(facts, FactKind.REPORT_RECEIVED)), None)
    return opened if opened is not None and all(_no_breach(fact) for fact in told) else None


def _no_breach(fact: Fact) -> bool:
    circumstances = fact.body.get("circumstances", {})
    said = frozenset(circumstances) if isinstance(circumstances, dict) else frozenset({"unreadable"})
    if fact.kind == FactKind.REPORT_SUPPLEMENTED:
        return said <= {"description"}
    concerns = fact.body.get("concerns")
    if fact.kind != FactKind.REPORT_RECEIVED or "processor_cvr" in fact.body or not isinstance(concerns, list):
        return False
    kinds = frozenset(map(str, concerns))
    if str(InboundKind.SECURITY_HOLE) in kinds and _access_excluded(circumstances):
        kinds -= {str(InboundKind.SECURITY_HOLE)}
        return kinds <= _ELSEWHERE and said <= {"description"} | _NO_ACCESS
    return bool(kinds) and kinds <= _ELSEWHERE and said <= {"description"}


def _access_excluded(circumstances: JsonValue) -> bool:
    return isinstance(circumstances, dict) and circumstances.get("access_possible") == "no"

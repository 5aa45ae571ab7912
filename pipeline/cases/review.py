"""When a decided case has to be looked at again: news, a graver outcome, or an objection to its closing as no breach."""

from collections.abc import Sequence

from pipeline.cases.kinds import last_of
from pipeline.cases.risk import last_word
from pipeline.cases.stopping import no_breach
from pipeline.cases.view import View, owed
from schemas.actions import Outcome
from schemas.case import Obligation, ObligationName
from schemas.facts import REPORTS, Fact, FactKind
from schemas.values import Role

_TOLD = frozenset(str(kind) for kind in REPORTS)
_RISKY = frozenset({str(Outcome.RISK), str(Outcome.HIGH_RISK)})


def review(view: View) -> list[Obligation]:
    """Returns the review that is owed on the case, or was; none if nothing was ever to be looked at again."""
    kinds = (FactKind.CONTROLLER_DECIDED, FactKind.NOTIFICATION_SUBMITTED, FactKind.CASE_CLOSED)
    first_act = view.first(*kinds)
    if first_act is None:
        return []
    last_told = last_of(view.facts, *_TOLD)
    news = last_told if last_told is not None and last_told.recorded_at > first_act.recorded_at else None
    closing = no_breach(view.facts)
    ended = closing is not None and closing.fact_id == view.clock.stopped_by  # advice does not end it again
    looked = closing if ended else view.last(*kinds, FactKind.DPO_ADVISED, FactKind.ASSESSMENT_STATED)
    assert looked is not None
    settled = looked if news is not None and looked.recorded_at > news.recorded_at else None
    denied = None if closing is None else _contradicted(view.facts, closing, closing if ended else view.last(*kinds))
    if denied is not None and (news is None or settled is not None):
        return [owed(ObligationName.REVIEW, Role.DPO, denied.recorded_at, None)]
    if news is not None and (settled is None or view.graver_since is None):
        return [owed(ObligationName.REVIEW, Role.DPO, news.recorded_at, settled)]
    if view.graver_since is not None:  # only a decision, on what holds now, settles this
        return [owed(ObligationName.REVIEW, Role.DPO, view.graver_since, None)]
    return []


def _contradicted(facts: Sequence[Fact], closing: Fact, looked: Fact | None) -> Fact | None:
    """Returns whose last word since a closing as no breach is that it is one, by a risk assessed or by the advice to
    notify, where nobody has `looked` at it since.
    """
    if looked is None:
        return None
    assessed, advised = last_word(facts), last_of(facts, FactKind.DPO_ADVISED)
    against = [
        *([assessed] if assessed is not None and assessed.body.get("outcome") in _RISKY else []),
        *([advised] if advised is not None and advised.body.get("notify_authority") == "yes" else []),
    ]
    return next((fact for fact in against if fact.recorded_at > looked.recorded_at), None)

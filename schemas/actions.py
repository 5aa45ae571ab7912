"""What people do, as events on the actions topic: one type per act. An act is never refused for thin legal content."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from schemas.circumstances import Circumstances
from schemas.shape import LocalId, Reference, Short, Strict, Text
from schemas.times import ReportedTime
from schemas.values import Answer, Role

PREFIX = "dk.brudvagt.act."


class Outcome(StrEnum):
    """The law's words for the risk to people (GDPR Art. 33(1), 34(1))."""

    UNLIKELY_RISK = "unlikely_risk"
    RISK = "risk"
    HIGH_RISK = "high_risk"


class By(Strict):
    """Who acts: a role and a local id from the contact plan; never a name or an address."""

    role: Role
    local_id: LocalId


class Act(Strict):
    """What every act holds."""

    reference: Reference
    by: By
    at: ReportedTime | None = Field(default=None, description="when it was done, if not now")


class Acknowledge(Act):
    """I have seen it and I am on it. Stops the chain for a while, never the clock."""

    channel: Short | None = None


class Advise(Act):
    """The DPO's advice to the controller (Art. 39)."""

    notify_authority: Answer = Answer.UNKNOWN
    inform_subjects: Answer = Answer.UNKNOWN
    advice: Text | None = None


class Decide(Act):
    """The controller's decision, with the reason where it is not to notify."""

    notify_authority: Answer
    inform_subjects: Answer = Answer.UNKNOWN
    not_informing_ground: "Ground | None" = None
    reason: Text | None = None


class Ground(StrEnum):
    """Why persons are not told: GDPR Art. 34(3) or databeskyttelsesloven § 22."""

    NOT_HIGH_RISK = "not_high_risk"
    A_PROTECTION = "a_protection"
    B_LATER_MEASURES = "b_later_measures"
    C_DISPROPORTIONATE = "c_disproportionate"
    DBL_22_1 = "dbl_22_1"
    DBL_22_2 = "dbl_22_2"


class SubmissionKind(StrEnum):
    INITIAL = "initial"
    FOLLOW_UP = "follow_up"
    COMPLETE = "complete"
    WITHDRAWAL = "withdrawal"


class Submit(Act):
    """A person has filed with the authority; `at` is the time of filing."""

    kind: SubmissionKind = SubmissionKind.INITIAL
    receipt_reference: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")] | None = None
    authority_case: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2,4}-\d{4,5}$")] | None = None
    complete: Answer = Answer.UNKNOWN
    late_reason: Text | None = None


class CorrectionGround(StrEnum):
    INVESTIGATION = "investigation"
    CLERICAL_ERROR = "clerical_error"


class CorrectAwareness(Act):
    """The controller became aware at another time than the first signal."""

    aware_at: ReportedTime
    ground: CorrectionGround
    reason: Text


class ConfirmRecipient(Act):
    """What the wrong recipient has said in writing or otherwise."""

    opened: Answer = Answer.UNKNOWN
    read: Answer = Answer.UNKNOWN
    passed_on: Answer = Answer.UNKNOWN
    returned: Answer = Answer.UNKNOWN
    deletion_confirmed: Answer = Answer.UNKNOWN
    trust_documented: Answer = Answer.UNKNOWN
    method: Short | None = None


class InformSubjects(Act):
    """The persons affected were told, or will not be, with the ground."""

    informed: Answer
    how: Short | None = None
    subset: Text | None = None
    ground: Ground | None = None
    reason: Text | None = None


class Assess(Act):
    """A person's own assessment, beside the machine's; with the facts it stands on, if any are new."""

    outcome: Outcome
    reason: Text
    circumstances: Circumstances | None = None


class TaskName(StrEnum):
    """The first-hour tasks of a misdelivery."""

    RECALL = "recall"
    PROTECTED_ADDRESS_CHECK = "protected_address_check"
    WRITTEN_CONFIRMATION = "written_confirmation"


class TaskState(StrEnum):
    OPENED = "opened"
    DONE = "done"
    UNANSWERED = "unanswered"


class Task(Act):
    """A task's result. `answer` is what was found: recalled? protected address? confirmed?"""

    task: TaskName
    state: TaskState = TaskState.DONE
    answer: Answer = Answer.UNKNOWN
    note: Text | None = None


class RequestInfo(Act):
    """More was asked for."""

    question: Text
    of: Role = Role.SENDER


class Forward(Act):
    """The matter, or a part of it, went to somebody else."""

    to: Short
    reason: Text | None = None


class ContactDepartment(Act):
    """The department concerned was contacted."""

    unit: LocalId | None = None
    note: Text | None = None


class Silence(Act):
    """No alerts below `page` until then; at most 24 hours and never into the last twelve."""

    until: ReportedTime
    reason: Text


class ChoosePolicy(Act):
    """A person chose the policy after a correction crossed a border between two."""

    policy: LocalId
    reason: Text


class IncidentStage(StrEnum):
    """What NIS 2 wants filed of a significant incident (Directive (EU) 2022/2555 Art. 23(4))."""

    EARLY_WARNING = "early_warning"
    NOTIFICATION = "notification"
    INTERIM = "interim"
    FINAL = "final"


class Incident(Act):
    """Under NIS 2: whether the incident is significant, or what was filed of it. Never in place of a notification to
    Datatilsynet, nor the other way round.
    """

    significant: Answer = Answer.UNKNOWN
    filed: IncidentStage | None = None
    receipt_reference: Short | None = None
    reason: Text | None = None


class LinkKind(StrEnum):
    RELATED = "related"
    SAME_CAUSE = "same_cause"


class Link(Act):
    """Two cases belong together. Relates and displays; resolves nothing."""

    other: Reference
    kind: LinkKind = LinkKind.RELATED


class CloseReason(StrEnum):
    DONE = "done"
    NOT_A_BREACH = "not_a_breach"
    REGISTER_ONLY = "register_only"
    DUPLICATE_OF = "duplicate_of"


class Close(Act):
    """The work is done, or this was never a breach, or it is another case's duplicate."""

    closing: CloseReason
    duplicate_of: Reference | None = None
    reason: Text | None = None


class Erase(Act):
    """The retention period is over; a person orders the erasure."""

    reason: Text


_BY_NAME: dict[str, type[Act]] = {
    "acknowledge": Acknowledge,
    "advise": Advise,
    "decide": Decide,
    "submit": Submit,
    "correct_awareness": CorrectAwareness,
    "confirm_recipient": ConfirmRecipient,
    "inform_subjects": InformSubjects,
    "assess": Assess,
    "task": Task,
    "request_info": RequestInfo,
    "forward": Forward,
    "contact_department": ContactDepartment,
    "silence": Silence,
    "choose_policy": ChoosePolicy,
    "incident": Incident,
    "link": Link,
    "close": Close,
    "erase": Erase,
}
ACTS: dict[str, type[Act]] = {PREFIX + name: model for name, model in _BY_NAME.items()}

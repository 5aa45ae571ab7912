"""What form systems send on the reports topic: four types of event."""

from pydantic import Field

from schemas.circumstances import Circumstances
from schemas.shape import (
    LIST_MAX,
    KleFacet,
    KleSubject,
    Kommunekode,
    LocalId,
    Reference,
    Sha256,
    Short,
    Strict,
    Text,
)
from schemas.times import ReportedTime
from schemas.values import Answer, InboundKind, Medium, ReportChannel, ReporterRole

VERSION = "2026-11-01"
BREACH_REPORTED = "dk.brudvagt.breach.reported"
BREACH_REPORTED_BY_PROCESSOR = "dk.brudvagt.breach.reported_by_processor"
MAIL_MISDELIVERED = "dk.brudvagt.mail.misdelivered"
BREACH_SUPPLEMENTED = "dk.brudvagt.breach.supplemented"


class Reporter(Strict):
    """Who tells: a role, and a reference back into the form system, where name and address stay."""

    role: ReporterRole = ReporterRole.UNKNOWN
    form_reference: LocalId | None = None
    wants_reply: Answer = Answer.UNKNOWN


class Attachment(Strict):
    """A pointer to a file in the sender's restricted store; the file itself never enters a topic."""

    sha256: Sha256
    bytes: int = Field(ge=0, le=10**10)
    media_type: Short
    pointer: LocalId
    file_name: Short | None = None


class Place(Strict):
    """Where in the municipality it belongs."""

    unit: LocalId | None = Field(default=None, description="local id of the department")
    area: LocalId | None = Field(default=None, description="field of work, such as jobcentre or school")
    kle_subject: KleSubject | None = None
    kle_facet: KleFacet | None = None
    case_system_reference: LocalId | None = None


class Report(Strict):
    """What every report holds."""

    reporter: Reporter = Reporter()
    report_channel: ReportChannel = ReportChannel.UNKNOWN
    place: Place = Place()
    discovered_at: ReportedTime | None = Field(default=None, description="when the reporter found it")
    received_by_unit_at: ReportedTime | None = Field(
        default=None,
        description="when any unit or employee of the municipality was first told, by phone for instance",
    )
    circumstances: Circumstances = Circumstances()
    concerns: tuple[InboundKind, ...] = Field(default=(InboundKind.BREACH,), max_length=LIST_MAX)
    reported_to_police: Answer = Answer.UNKNOWN
    service_disrupted: Answer = Field(default=Answer.UNKNOWN, description="a sign that NIS 2 may apply too")
    reported_to_csirt: Answer = Answer.UNKNOWN
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=LIST_MAX)


class BreachReported(Report):
    """A breach or suspected breach, told by staff, a citizen or a system."""


class BreachReportedByProcessor(Report):
    """A processor's notice under Art. 33(2); the controllers' clocks run from its receipt."""

    controllers: tuple[Kommunekode, ...] = Field(
        default=(),
        max_length=98,
        description="the municipalities concerned; empty means the one in the envelope",
    )
    processor_cvr: str = Field(pattern=r"^\d{8}$", description="the processor's CVR number")
    processor_aware_at: ReportedTime | None = None
    processor_reference: LocalId | None = None
    joint_controllers: Answer = Answer.UNKNOWN


class Letter(Strict):
    """What is known of the misdelivered item without its content."""

    medium: Medium = Medium.UNKNOWN
    sender_unit: LocalId | None = None
    letter_type: Short | None = Field(
        default=None, description="kind of letter, such as decision or appointment; no content"
    )
    sent_at: ReportedTime | None = None
    delivered_at: ReportedTime | None = None
    message_uuid: str | None = Field(default=None, pattern=r"^[0-9a-fA-F-]{36}$", description="MeMo messageUUID")
    sender_system: LocalId | None = None
    carrier: Short | None = None
    value_date_pending: Answer = Field(default=Answer.UNKNOWN, description="yes while doNotDeliverUntilDate lies ahead")


class MailMisdelivered(Report):
    """Somebody got a letter, message or file that was meant for another."""

    letter: Letter = Letter()


class BreachSupplemented(Strict):
    """More about a case that was reported before, by its reference or the same correlation."""

    reference: Reference | None = None
    place: Place = Place()
    circumstances: Circumstances = Circumstances()
    discovered_at: ReportedTime | None = None
    received_by_unit_at: ReportedTime | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=LIST_MAX)
    note: Text | None = None


REPORTS: dict[str, type[Report] | type[BreachSupplemented]] = {
    BREACH_REPORTED: BreachReported,
    BREACH_REPORTED_BY_PROCESSOR: BreachReportedByProcessor,
    MAIL_MISDELIVERED: MailMisdelivered,
    BREACH_SUPPLEMENTED: BreachSupplemented,
}

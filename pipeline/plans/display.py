"""What citizens and reporters are shown: texts only. Nothing here is ever read as a recipient.

The fields follow the municipalities' public pages. Every contact is optional: what is missing falls back to neutral
wording, never to another municipality's contact.
"""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.shape import Short, Text


class Shown(BaseModel):
    """A part of the display block: unknown fields are an error that names them."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ReceiverRole(StrEnum):
    """Whom a page names for a report."""

    DPO = "dpo"
    SENDER_UNIT = "sender_unit"
    MUNICIPALITY = "municipality"
    BORGERRAADGIVER = "borgerraadgiver"


class ReportReceiver(Shown):
    """Whom a page sends reporters to; equal `order` means side by side."""

    role: ReceiverRole
    order: int = Field(ge=1, le=9)


class ShownKind(StrEnum):
    FORM = "form"
    DIGITAL_POST = "digital_post"
    SECURE_MAIL = "secure_mail"
    MAIL = "mail"
    PHONE = "phone"
    POST = "post"


class Whose(StrEnum):
    """Whose contact a shown channel is."""

    DPO = "dpo"
    MUNICIPALITY = "municipality"
    DATATILSYNET = "datatilsynet"


class Secure(StrEnum):
    """Whether sensitive data may be sent that way. Said per channel: no page is guessed to be secure."""

    YES = "yes"
    NO = "no"


class ShownChannel(Shown):
    """One way to reach somebody, as text. `scope` is the field of work that it is for; None is all of them."""

    of: Whose = Whose.MUNICIPALITY
    kind: ShownKind
    text: Short
    secure: Secure
    scope: Short | None = None
    hours: Short | None = None

    @model_validator(mode="after")
    def _plain_mail_is_never_secure(self) -> Self:
        if self.kind is ShownKind.MAIL and self.secure is Secure.YES:
            raise ValueError(
                'almindelig mail er aldrig sikker; skriv secure: "no", eller kind: secure_mail, hvis kommunens side siger det'
            )
        return self


class Form(Shown):
    """The municipality's own report form."""

    system: Short
    login: Short | None = None
    attachments: Short | None = None


class MisdeliveryAction(StrEnum):
    """What a wrong recipient is asked to do with the letter."""

    DESTROY = "destroy"
    RETURN_OR_DESTROY = "return_or_destroy"


_RETURNING = (
    *("retur", "aflever", "send den tilbage", "send det tilbage", "læg den i postkassen"),
    *("return", "send it back", "send them back", "hand in", "hand it in"),
)


class MisdeliveryText(Shown):
    """Instructions for whoever got another's letter: the common default, or the municipality's own, in its page's
    order.
    """

    action: MisdeliveryAction = MisdeliveryAction.RETURN_OR_DESTROY
    own_steps: tuple[Short, ...] = ()
    law: Text | None = None
    own_steps_en: tuple[Short, ...] = ()
    law_en: Text | None = None

    @model_validator(mode="after")
    def _destroy_is_not_return(self) -> Self:
        said = " ".join((*self.own_steps, *self.own_steps_en)).lower().replace("é", "e")
        if self.action is MisdeliveryAction.DESTROY and any(word in said for word in _RETURNING):
            raise ValueError("handlingen er destroy, men et trin beder om at få brevet tilbage; fjern det trin")
        return self


class MunicipalityFirst(StrEnum):
    """Whether a page wishes to be asked before Datatilsynet; a wish, never a condition."""

    NONE = "none"
    SUGGESTED = "suggested"


class ComplaintText(Shown):
    """Where complaints go. That Datatilsynet is open to everyone is always shown beside it."""

    casework_route: Text | None = None
    dataprotection_route: Text | None = None
    municipality_first: MunicipalityFirst = MunicipalityFirst.NONE


class DpoText(Shown):
    """The DPO as shown: an organisation, which may be another municipality's; a name only as replaceable text."""

    organisation: Short | None = None
    name_optional: Short | None = None
    note: Text | None = None


class Tone(StrEnum):
    PLAIN = "plain"
    FORMAL = "formal"


class Display(Shown):
    """Everything that is shown. See the module."""

    report_receivers: tuple[ReportReceiver, ...] = ()
    channels: tuple[ShownChannel, ...] = ()
    form: Form | None = None
    misdelivery_text: MisdeliveryText = MisdeliveryText()
    complaint_text: ComplaintText = ComplaintText()
    dpo: DpoText = DpoText()
    datatilsynet_disclosure_text: Text | None = None
    follow_up_text: Text | None = None
    retention_text: Text | None = None
    tone: Tone = Tone.PLAIN

    def channels_for(self, whose: tuple[Whose, ...], area: str | None = None) -> tuple[ShownChannel, ...]:
        """Returns the channels of `whose` for a field of work, the secure ones first; a scoped one only in its scope."""
        fitting = [one for one in self.channels if one.of in whose and one.scope in (None, area)]
        return tuple(sorted(fitting, key=lambda one: one.secure is Secure.NO))

    def receivers(self) -> tuple[tuple[ReceiverRole, ...], ...]:
        """Returns whom the page names for a report, in order; those side by side in one tuple."""
        orders = sorted({one.order for one in self.report_receivers})
        return tuple(tuple(one.role for one in self.report_receivers if one.order == order) for order in orders)

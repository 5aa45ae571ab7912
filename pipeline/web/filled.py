"""From a filled-in form to the data of an act: times with an offset, numbers as the contract writes them, faults in words."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import JsonValue, ValidationError

from pipeline.web.forms import Field, FieldKind, Form
from pipeline.web.links import Claim
from schemas.actions import ACTS, PREFIX, CloseReason
from schemas.times import from_local

MISSING = "Feltet skal udfyldes."
UNUSABLE = "Det kan ikke bruges her."
NO_SUCH_TIME = "Skriv dato og klokkeslæt, som 20.11.2026 kl. 15.45. I timen, hvor uret stilles frem, findes tiden ikke."
FAULTS: Mapping[str, str] = {
    "authority_case": "Sagsnummeret ser sådan ud: 2026-441-12345.",
    "at": NO_SUCH_TIME,
}
RECEIPT_FAULT = "Nummeret har 40 tegn: tal og bogstaverne a til f. Se på kvitteringen fra Datatilsynet."
"""Only `submit` has a receipt of Datatilsynet; how other authorities number theirs is theirs."""


class NotFilled(Exception):
    """Fields cannot be used; `faults` says by field name what to do, in Danish."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Takes at least one fault."""
        super().__init__(", ".join(sorted(faults)))
        self.faults = faults


def data_of(form: Form, claim: Claim, sent: Mapping[str, str]) -> dict[str, JsonValue]:
    """Returns the act's data as `brudvagt act` would send them: who, then the fields that hold something.

    The person is the link's, whatever the form says. Raises NotFilled.
    """
    faults: dict[str, str] = {}
    values: dict[str, JsonValue] = {}
    for field in form.fields:
        text = _tidy(form, field, sent.get(field.name, ""))
        if not text:
            if field.required:
                faults[field.name] = MISSING
        elif field.options is not None and text not in field.options:
            faults[field.name] = UNUSABLE
        elif field.kind is FieldKind.TIME:
            try:
                values[field.name] = from_local(datetime.fromisoformat(text)).isoformat()
            except ValueError:
                faults[field.name] = NO_SUCH_TIME
        else:
            values[field.name] = text
    data: dict[str, JsonValue] = {"by": {"role": str(claim.role), "local_id": claim.local_id}, **values}
    if values.get("closing") == CloseReason.NOT_A_BREACH and "reason" not in values:
        faults["reason"] = MISSING  # without it the closing ends no duty
    if form.act == "acknowledge" and claim.channel is not None:
        data["channel"] = claim.channel
    if not faults:
        faults = _against_the_contract(form, claim, data)
    if faults:
        raise NotFilled(faults)
    return data


def _tidy(form: Form, field: Field, text: str) -> str:
    text = text.strip()
    if (form.act, field.name) == (
        "submit",
        "receipt_reference",
    ):  # copied from a receipt it comes with blanks and capitals
        return "".join(text.split()).lower()
    return text


def _against_the_contract(form: Form, claim: Claim, data: Mapping[str, JsonValue]) -> dict[str, str]:
    try:
        ACTS[PREFIX + form.act].model_validate({"reference": claim.reference, **data})
    except ValidationError as error:
        names = [str(detail["loc"][0]) for detail in error.errors() if detail["loc"]]
        faults = {**FAULTS, "receipt_reference": RECEIPT_FAULT} if form.act == "submit" else FAULTS
        return {name: faults.get(name, UNUSABLE) for name in names}
    return {}

"""Which model stands behind a type and a version, and how a dataschema names them."""

from enum import StrEnum

from schemas import actions, reports
from schemas.actions import ACTS, Act
from schemas.reports import REPORTS, BreachSupplemented, Report

Data = Report | BreachSupplemented | Act
DataModel = type[Report] | type[BreachSupplemented] | type[Act]
URN = "urn:brudvagt:schema"


class Ingress(StrEnum):
    """The two doors: what form systems tell, and what people do."""

    REPORTS = "reports"
    ACTIONS = "actions"


EVENTS: dict[tuple[str, str], DataModel] = {
    **{(event_type, reports.VERSION): model for event_type, model in REPORTS.items()},
    **{(event_type, reports.VERSION): model for event_type, model in ACTS.items()},
}
"""(type, version) to the model of its data. A version, once released, stays here for as long as anyone sends it."""


def dataschema(event_type: str, version: str = reports.VERSION) -> str:
    """Returns the `dataschema` attribute of an event: `urn:brudvagt:schema:<type>:<version>`."""
    return f"{URN}:{event_type}:{version}"


BY_DATASCHEMA: dict[str, tuple[str, DataModel]] = {
    dataschema(event_type, version): (event_type, model) for (event_type, version), model in EVENTS.items()
}


def ingress_of(event_type: str) -> Ingress | None:
    """Returns the door that events of this type come through, None if no such type exists."""
    if event_type in REPORTS:
        return Ingress.REPORTS
    return Ingress.ACTIONS if event_type in ACTS else None


def short_name(event_type: str) -> str:
    """Returns the part of an act's type that a person would type, such as `correct_awareness`."""
    return event_type.removeprefix(actions.PREFIX)

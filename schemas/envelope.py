"""The CloudEvents 1.0 envelope as Brudvagt demands it: strict, small, and without a person in it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.shape import Kommunekode, Strict
from schemas.times import ReportedTime

Source = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9/._:~%?#=&+-]+$")]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._:/-]+$")]
Correlation = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._:/-]+$")]


class Envelope(Strict):
    """The attributes of one event. `data` is validated by the model that `type` and `dataschema` name."""

    specversion: Literal["1.0"]
    id: EventId = Field(description="unique within the source; a repeat with the same data is a duplicate")
    source: Source = Field(description="URI reference of the form or tool that sends, such as /forms/hvidovre/staff")
    type: str = Field(max_length=100)
    dataschema: str = Field(max_length=200, description="dated and immutable: urn:brudvagt:schema:<type>:<date>")
    datacontenttype: Literal["application/json"] = "application/json"
    subject: None = Field(default=None, description="not used: a subject could name a person")
    time: ReportedTime | None = Field(default=None, description="when the sender made the event")
    municipality: Kommunekode = Field(description="kommunekode of the controller, such as 657")
    correlationid: Correlation | None = Field(default=None, description="joins reports of one incident to one case")
    causationid: EventId | None = None
    recordedtime: ReportedTime | None = Field(
        default=None, description="when the form took the report in; counts if the outbox was late"
    )
    dataclassification: Literal["internal", "confidential", "sensitive"] = "confidential"
    traceparent: Annotated[str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = (
        Field(
            default=None,
            description="W3C Trace Context; the whole way to the mail belongs to this trace. A malformed one is ignored",
        )
    )
    tracestate: Annotated[str, StringConstraints(max_length=512)] | None = Field(
        default=None, description="accepted, and not passed on"
    )

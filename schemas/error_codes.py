"""The stable codes of what can be wrong with an event, each with its reason and its remedy in plain English.

A code is never renamed after release; new ones may be added. The table in `docs/contract.md` is made from here.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why an event was rejected, or why an act could not be taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    DUPLICATE_NAME = "duplicate_name"
    HEADERS_INVALID = "headers_invalid"
    NOT_CLOUDEVENTS = "not_cloudevents"
    ENVELOPE_MISSING = "envelope_missing"
    ENVELOPE_INVALID = "envelope_invalid"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TOPIC = "wrong_topic"
    UNKNOWN_DATASCHEMA = "unknown_dataschema"
    SCHEMA_VIOLATION = "schema_violation"
    CPR_IN_IDENTIFIER = "cpr_in_identifier"
    MUNICIPALITY_MISMATCH = "municipality_mismatch"
    REFERENCE_INVALID = "reference_invalid"
    UNKNOWN_CASE = "unknown_case"
    REFERENCE_COLLISION = "reference_collision"
    NOT_ENTITLED = "not_entitled"
    OBLIGATIONS_OPEN = "obligations_open"
    CASE_OPEN = "case_open"
    RETENTION_RUNNING = "retention_running"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means and what the sender can do about it."""

    reason: str
    remedy: str


EXPLANATIONS: dict[ErrorCode, Explanation] = {
    ErrorCode.EMPTY: Explanation(
        "The record has no value.", "Send the event as the record's value; a tombstone means nothing here."
    ),
    ErrorCode.TOO_LARGE: Explanation(
        "The record is larger than 1 MiB, or its headers are larger than 64 KiB.",
        "Leave files in your own store and send pointers in `attachments`.",
    ),
    ErrorCode.NOT_UTF8: Explanation(
        "The text is not UTF-8, or holds half of a surrogate pair.", "Encode the event as UTF-8."
    ),
    ErrorCode.NOT_JSON: Explanation(
        "The value is not one JSON value as RFC 8259 defines it.",
        "Send one complete JSON object; NaN, Infinity, comments, trailing commas and numbers of more than 30 "
        "characters are not JSON here.",
    ),
    ErrorCode.TOO_DEEP: Explanation("The JSON is nested deeper than 16 levels.", "Follow the event's schema."),
    ErrorCode.TOO_MANY_PARTS: Explanation(
        "The JSON has more than 20,000 values.", "Follow the event's schema; no list has more than 100 items."
    ),
    ErrorCode.DUPLICATE_NAME: Explanation(
        "A name stands twice in one JSON object, or an attribute twice among the headers.",
        "Send each name once; which of two values is meant cannot be guessed.",
    ),
    ErrorCode.HEADERS_INVALID: Explanation(
        "A CloudEvents header is not UTF-8 text, or there are more than 64 headers.",
        "Send each attribute as a header ce_<name> with UTF-8 text.",
    ),
    ErrorCode.NOT_CLOUDEVENTS: Explanation(
        "The record is neither a structured nor a binary CloudEvent in JSON.",
        "Send one event with the header content-type: application/cloudevents+json, or ce_* headers with JSON data.",
    ),
    ErrorCode.ENVELOPE_MISSING: Explanation(
        "A required CloudEvents attribute is missing.", "Add the attribute that the path names."
    ),
    ErrorCode.ENVELOPE_INVALID: Explanation(
        "A CloudEvents attribute is unknown or has a form that is not allowed.",
        "Correct or remove the attribute that the path names.",
    ),
    ErrorCode.UNKNOWN_TYPE: Explanation("No event of this type exists.", "Use one of the types of the contract."),
    ErrorCode.WRONG_TOPIC: Explanation(
        "Events of this type belong on the other ingress topic.",
        "Send reports to brudvagt.reports and acts to brudvagt.actions.",
    ),
    ErrorCode.UNKNOWN_DATASCHEMA: Explanation(
        "The dataschema is not a released version of this type.", "Use urn:brudvagt:schema:<type>:<version>."
    ),
    ErrorCode.SCHEMA_VIOLATION: Explanation(
        "The data do not follow the schema that type and dataschema name.", "Correct the field that the path names."
    ),
    ErrorCode.CPR_IN_IDENTIFIER: Explanation(
        "An identifier looks like it holds a CPR number; identifiers become keys and are shown.",
        "Use a reference of your own that says nothing about a person, such as a UUID. Ten digits that begin with a "
        "day and a month count as a CPR number.",
    ),
    ErrorCode.MUNICIPALITY_MISMATCH: Explanation(
        "The event names another municipality than its topic or its reference does.",
        "Send the event for the municipality that the topic or the reference belongs to.",
    ),
    ErrorCode.REFERENCE_INVALID: Explanation(
        "The reference's check character does not fit: it was mistyped.", "Copy the reference from the receipt."
    ),
    ErrorCode.UNKNOWN_CASE: Explanation(
        "Nobody has reported this case, and nobody did within 24 hours after the act.",
        "Look the reference up and send the act again.",
    ),
    ErrorCode.REFERENCE_COLLISION: Explanation(
        "Two different correlations give the same reference.",
        "Nothing to do for the sender: operations has been alerted. Another correlationid gives another case.",
    ),
    ErrorCode.NOT_ENTITLED: Explanation(
        "This person does not hold that role in this municipality at this time, or decides on their own advice.",
        "Let somebody act whom the contact plan names in that role, or have the plan corrected.",
    ),
    ErrorCode.OBLIGATIONS_OPEN: Explanation(
        "The case cannot be closed while obligations are open.", "Settle what `brudvagt case REF` lists as open."
    ),
    ErrorCode.CASE_OPEN: Explanation("The act needs a closed case, and this one is open.", "Close the case first."),
    ErrorCode.RETENTION_RUNNING: Explanation(
        "The case cannot be erased yet: what came in for it can still be replayed, for 30 days after the last of it.",
        "Erase it after the time that the reason names.",
    ),
    ErrorCode.INTERNAL_ERROR: Explanation(
        "The event could not be handled because of a fault in Brudvagt.",
        "Nothing to do for the sender: the clock runs, operations has been alerted and can replay the event.",
    ),
}

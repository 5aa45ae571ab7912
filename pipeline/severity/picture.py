"""The picture: what all facts together say of an incident, one value a question, `unknown` where nobody has said."""

from typing import NamedTuple

UNKNOWN = "unknown"
NUMBER_UNKNOWN = -1


class Datum(NamedTuple):
    """One category of data and how much of it shows; values of the contract's sets."""

    category: str
    detail: str = UNKNOWN
    public: str = UNKNOWN


class Picture(NamedTuple):
    """Hashable, so that the judgement of one picture is worked out once. Free text never enters it."""

    exposure: str = UNKNOWN
    protection: str = UNKNOWN
    key_safe: str = UNKNOWN
    restorable: str = UNKNOWN
    availability: str = UNKNOWN
    integrity: str = UNKNOWN
    effect: str = UNKNOWN
    malicious: str = UNKNOWN
    cause: str = UNKNOWN
    kind: str = UNKNOWN
    relation: str = UNKNOWN
    opened: str = UNKNOWN
    read: str = UNKNOWN
    passed_on: str = UNKNOWN
    returned: str = UNKNOWN
    deletion: str = UNKNOWN
    trust: str = UNKNOWN
    published: str = UNKNOWN
    access: str = UNKNOWN
    logs: str = UNKNOWN
    recalled: str = UNKNOWN
    protected: str = UNKNOWN
    safety: str = UNKNOWN
    minors: str = UNKNOWN
    vulnerable: str = UNKNOWN
    people: int = NUMBER_UNKNOWN
    recipients: int = NUMBER_UNKNOWN
    data: tuple[Datum, ...] = ()
    data_known: bool = False  # False also when a newer version named a category that this one does not know
    identifiers: frozenset[str] = frozenset()
    aspects: frozenset[str] = frozenset()
    incidents: frozenset[str] = frozenset()
    media: frozenset[str] = frozenset()  # what carried the data; several if senders name several
    misdelivery: bool = False
    child_concern: bool = False
    silent: bool = False  # the recipient was asked for a written confirmation and has not answered
    confidential: bool = False  # the municipality's own default: every piece of case information is confidential

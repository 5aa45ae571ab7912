"""Label values in Danish: what a reader of a dashboard sees instead of the code's own words."""

from collections.abc import Mapping
from typing import Final

_ACTS: Final = {"acknowledge": "kvitteret", "advise": "rådgivet", "decide": "besluttet", "submit": "anmeldt"}

DANISH: Final[Mapping[str, Mapping[str, str]]] = {
    "": _ACTS,
    "band": {
        "overdue": "overskredet",
        "under_4h": "under 4 t",
        "12_to_4h": "4–12 t",
        "24_to_12h": "12–24 t",
        "over_24h": "over 24 t",
    },
    "risk": {
        "high_risk": "høj risiko",
        "risk": "risiko",
        "unlikely_risk": "næppe risiko",
        "unjudged": "uvurderet",
    },
    "kind": {"breach": "brud", "processor": "databehandler", "mail": "fejlsendt post", "unreadable": "ulæselig"},
    "outcome": {"accepted": "modtaget", "duplicate": "gentagelse", "rejected": "afvist"},
    "channel": {
        "digital_post": "Digital Post",
        "letter": "brev",
        "email": "e-mail",
        "aula": "Aula",
        "spoken": "mundtligt",
        "web_publication": "hjemmeside",
        "it_system": "it-system",
        "device": "enhed",
        "paper": "papir",
        "waste": "affald",
        "other": "andet",
        "unknown": "ukendt",
    },
    "department": {"beskaeftigelse": "beskæftigelse"},
    "level": {
        "page": "haster (page)",
        "act": "handling (act)",
        "digest": "dagligt overblik",
        "info": "til orientering",
    },
    "type": {
        "dk.brudvagt.breach.reported": "brud",
        "dk.brudvagt.breach.reported_by_processor": "databehandlers besked",
        "dk.brudvagt.breach.supplemented": "supplerende",
        "dk.brudvagt.mail.misdelivered": "fejlsendt post",
        "unreadable": "ulæselig",
    },
    "source_kind": {
        "staff": "medarbejder",
        "citizen": "borger",
        "data_subject": "den registrerede",
        "representative": "repræsentant",
        "custody_holder": "forælder",
        "processor": "databehandler",
        "authority": "myndighed",
        "press": "presse",
        "other": "andre",
        "unknown": "ukendt",
    },
    "in_time": {"yes": "ja", "no": "nej"},
}
"""By label, then by value; the words under no label are series that a panel names itself."""


def danish(label: str, value: str) -> str:
    """Returns a label's value in Danish where there is a word for it, else as it is."""
    return DANISH.get(label, {}).get(value, value)

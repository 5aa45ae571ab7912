"""Label values in Danish: what a reader of a dashboard sees instead of the code's own words."""

from collections.abc import Mapping
from typing import Final

DANISH: Final[Mapping[str, str]] = {
    "overdue": "overskredet",
    "under_4h": "under 4 t",
    "12_to_4h": "4–12 t",
    "24_to_12h": "12–24 t",
    "over_24h": "over 24 t",
    "high_risk": "høj risiko",
    "risk": "risiko",
    "unlikely_risk": "næppe risiko",
    "unjudged": "uvurderet",
    "acknowledge": "kvitteret",
    "advise": "rådgivet",
    "decide": "besluttet",
    "submit": "anmeldt",
    "breach": "brud",
    "processor": "databehandler",
    "mail": "fejlsendt post",
    "unreadable": "ulæselig",
    "accepted": "modtaget",
    "duplicate": "gentagelse",
    "rejected": "afvist",
    "digital_post": "Digital Post",
    "letter": "brev",
    "email": "e-mail",
    "aula": "Aula",
    "sms": "sms",
    "spoken": "mundtligt",
    "web_publication": "hjemmeside",
    "it_system": "it-system",
    "device": "enhed",
    "paper": "papir",
    "waste": "affald",
    "other": "andet",
    "unknown": "ukendt",
    "beskaeftigelse": "beskæftigelse",
    "page": "haster (page)",
    "act": "handling (act)",
    "digest": "dagligt overblik",
    "info": "til orientering",
    "citizen": "borger",
    "staff": "medarbejder",
    "finder": "finder",
    "yes": "ja",
    "no": "nej",
}


def danish(name: str) -> str:
    """Returns a label value in Danish where there is a word for it, else as it is."""
    return DANISH.get(name, name)

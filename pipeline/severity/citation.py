"""Sources as a Danish register cites them: the rule sets hold them in English."""

_DANISH = (
    ("(in principle all breaches are notified)", "(som udgangspunkt anmeldes alle brud)"),
    ("(doubt: notify)", "(tvivl: anmeld)"),
    ("GDPR Art.", "databeskyttelsesforordningens art."),
    (" and section", " og afsnit"),
    ("Annex B", "bilag B"),
    (" cases ", " sag "),
    (" case ", " sag "),
    (" para ", " pkt. "),
    (" pp. ", " s. "),
    ("33(1)", "33, stk. 1"),
    ("34(3)(a)", "34, stk. 3, litra a"),
)


def cited(source: str, at: int) -> str:
    """Returns `source` in Danish (`at` 0) or as it stands in the rule set (1)."""
    if at == 0:
        for english, danish in _DANISH:
            source = source.replace(english, danish)
    return source


def of_effect(source: str, effect: str) -> str:
    """Returns the part of `source` that grounds `effect`: a milder floor for what only went an unsafe way has its own."""
    usual, _, in_transit = source.partition("; in transit ")
    return f"Datatilsynet {in_transit}" if in_transit and effect == "floor:medium" else usual

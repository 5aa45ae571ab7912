"""What a breach may do to the person: by kind of data, by who has them, and by what was lost or altered.

Datatilsynet expects the harm to the person, not "data went to the wrong customer" (2019-441-3399; recital 85).
"""

from collections.abc import Collection, Mapping

Pair = tuple[str, str]

HARM: dict[str, Pair] = {
    "safety": ("fare for liv, helbred eller sikkerhed", "danger to life, health or safety"),
    "sensitive": ("krænkelse af privatlivet, diskrimination, tab af omdømme og psykisk belastning",
                  "intrusion into private life, discrimination, loss of reputation and distress"),
    "money": ("økonomisk tab, svindel og blottelse af økonomiske forhold",
              "financial loss, fraud and exposure of financial matters"),
    "identity": ("identitetstyveri og misbrug i den berørtes navn", "identity theft and abuse in the person's name"),
    "access": ("uberettiget adgang til den berørtes konti og tjenester",
               "unlawful access to the person's accounts and services"),
    "abuse": ("målrettet svindel, uønskede henvendelser og tab af kontrol over egne oplysninger",
              "targeted fraud, unwanted approaches and loss of control over own data"),
    "confidential": ("omtale blandt bekendte, tab af omdømme og tab af fortrolighed",
                     "gossip among acquaintances, loss of reputation and of confidentiality"),
    "ordinary": ("tab af kontrol over egne oplysninger og mindre ulempe",
                 "loss of control over own data and minor inconvenience"),
    "care": ("forsinket eller forkert behandling eller hjælp, med følger for helbredet",
             "delayed or wrong treatment or care, with effects on health"),
    "delay": ("forsinkede ydelser, leverancer eller afgørelser", "delayed benefits, deliveries or decisions"),
    "lost": ("tab af oplysninger, som den berørte har brug for", "loss of data that the person needs"),
    "wrong": ("handlinger eller afgørelser på grundlag af forkerte oplysninger", "acts or decisions on wrong data"),
}  # fmt: skip
"""Danish, English; the order is that of telling."""

PRECAUTION: dict[str, Pair] = {
    "safety": ("f.eks. sikre deres opholdssted", "such as securing where they stay"),
    "access": ("f.eks. skifte adgangskoder", "such as changing passwords"),
    "money": ("f.eks. holde øje med konti og kort", "such as watching accounts and cards"),
    "identity": ("f.eks. indsætte en kreditadvarsel i CPR", "such as setting a credit warning in the CPR register"),
    "care": ("f.eks. følge op på udskudte aftaler", "such as following up postponed appointments"),
    "abuse": ("f.eks. være på vagt over for falske henvendelser", "such as being wary of false approaches"),
}  # fmt: skip
"""What a person who is told can do, which is what telling is for (GDPR recital 86)."""

_GROUPS: dict[str, tuple[str, ...]] = {
    "safety": ("protected_address", "whereabouts"),
    "sensitive": ("health", "care", "social_services", "child_case", "criminal", "political", "ethnic", "religious",
                  "sex_life", "union", "genetic", "biometric"),
    "money": ("income", "benefits", "tax", "bank_account", "payment_card", "financial_relation"),
    "identity": ("cpr", "id_document"),
    "access": ("credentials",),
    "confidential": ("family", "personnel", "school_absence", "fine", "profile", "location"),
}  # fmt: skip
_BY_RULE = {"R2": "identity", "R3": "safety", "R4": "sensitive"}


def seen(values: Mapping[str, str]) -> bool:
    """Says whether somebody without need can have read the data, from an assessment's factors by name."""
    return (
        values.get("confidentiality") not in ("none_with_evidence", "untouched")
        and values.get("identification") != "unintelligible"
    )


def _group(category: str) -> str:
    return next((group for group, members in _GROUPS.items() if category in members), "ordinary")


def hinted(category: str, context: int) -> bool:
    """Says whether data of an intrusive category are there as a hint only, from their context (1 to 4)."""
    return context == 1 and (category == "habits" or _group(category) != "ordinary")


def harms(values: Mapping[str, str], context: int, rules: Collection[str]) -> tuple[str, ...]:
    """Returns the names of the harms to tell, in their order; none if none is known.

    `context` is the data's (1 to 4): what is merely hinted at harms as ordinary data do. `rules` are those in effect.
    """
    found: set[str] = set()
    category = values.get("data", "unknown")
    if seen(values) and category != "unknown":
        group = "ordinary" if hinted(category, context) else _group(category)
        strangers = values.get("confidentiality") == "unknown_recipients" or "R7" in rules
        unwelcome = values.get("malicious") == "yes" or strangers
        found.add("abuse" if group == "ordinary" and unwelcome else group)
    if seen(values):
        found |= {_BY_RULE[rule] for rule in rules if rule in _BY_RULE}
    if values.get("protected_address") == "yes" and seen(values):
        found.add("safety")
    if values.get("availability") in ("temporary", "permanent"):
        found.add("care" if category in ("health", "care") else "delay")
    if values.get("availability") == "permanent":
        found.add("lost")
    if len(found) > 1:
        found.discard("ordinary")
    if values.get("integrity") in ("wrong_use_recoverable", "wrong_use_unrecoverable"):
        found.add("wrong")
    return tuple(name for name in HARM if name in found)


def precaution(harmed: Collection[str]) -> Pair | None:
    """Returns the first thing that a person who may suffer these harms can do, if there is one."""
    for name, step in PRECAUTION.items():
        if name in harmed and not (name == "care" and "sensitive" in harmed):
            return step
    return None

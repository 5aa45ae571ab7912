"""Danish and English phrases for exposure, recipient, harm and advice, as the register's paragraph uses them."""

from collections.abc import Mapping

Pair = tuple[str, str]

BAND: dict[str, Pair] = {
    "low": ("lav", "low"),
    "medium": ("middel", "medium"),
    "high": ("høj", "high"),
    "very_high": ("meget høj", "very high"),
}

EXPOSURE: dict[str, Pair] = {
    "none_with_evidence": ("ingen uvedkommende har set læsbare oplysninger", "nobody without need has seen readable data"),
    "exposed": ("oplysningerne kunne ses, men der er ikke tegn på, at det er sket",
                "the data could be seen, without a sign that they were"),
    "known_recipients": ("oplysningerne er kommet til en eller flere kendte modtagere", "the data reached known recipients"),
    "unknown_recipients": ("oplysningerne kan være set af et ukendt antal personer",
                           "the data may have been seen by an unknown number of people"),
    "unknown": ("det er ikke oplyst, hvem der har set oplysningerne", "it is not known who has seen the data"),
}  # fmt: skip

RECIPIENT: dict[str, Pair] = {
    "citizen": ("modtageren er en privatperson", "the recipient is a private person"),
    "company": ("modtageren er en virksomhed", "the recipient is a company"),
    "authority": ("modtageren er en anden myndighed", "the recipient is another authority"),
    "own_department": ("modtageren er en anden afdeling i kommunen", "the recipient is another department of the municipality"),
    "colleague_with_need": ("modtageren har et arbejdsbetinget behov", "the recipient has a need to know"),
    "steady_supplier": ("modtageren er en fast leverandør", "the recipient is a steady supplier"),
    "professional": ("modtageren har tavshedspligt", "the recipient is bound by secrecy"),
    "intended": ("modtageren er den rette, men vejen var usikker", "the recipient is the right one, by an unsafe way"),
    "public": ("oplysningerne har været offentlige", "the data were public"),
    "thief": ("oplysningerne er i hænderne på en, der har skaffet sig dem uberettiget",
              "the data are with somebody who took them unlawfully"),
    "nobody": ("der er ingen kendt modtager", "there is no known recipient"),
    "unknown": ("modtageren er ikke oplyst", "the recipient is not known"),
}  # fmt: skip

LIKELIHOOD: dict[str, dict[str, Pair]] = {
    "integrity": {
        "altered_no_wrong_use": ("oplysninger er ændret uden at være brugt forkert", "data were altered but not misused"),
        "wrong_use_recoverable": ("ændrede oplysninger kan være brugt, men kan rettes",
                                  "altered data may have been used, but can be put right"),
        "wrong_use_unrecoverable": ("ændrede oplysninger kan være brugt og kan ikke rettes",
                                    "altered data may have been used and cannot be put right"),
    },
    "availability": {
        "recoverable": ("oplysningerne kunne hurtigt genskabes", "the data were soon restored"),
        "temporary": ("oplysningerne har været utilgængelige en tid", "the data were unavailable for a time"),
        "permanent": ("oplysningerne er tabt", "the data are lost for good"),
    },
    "malicious": {
        "yes": ("hændelsen er forsætlig", "the incident was deliberate"),
        "no": ("hændelsen er et uheld eller en fejl", "the incident was an accident or an error"),
    },
    "protection": {
        "intact": ("oplysningerne var beskyttet og ulæselige", "the data were protected and unintelligible"),
        "breakable": ("beskyttelsen kan brydes", "the protection can be broken"),
        "none": ("oplysningerne var læsbare", "the data were readable"),
    },
}  # fmt: skip

HARM: dict[str, Pair] = {
    "safety": ("For den berørte kan følgen være fare for liv, helbred eller sikkerhed.",
               "The person may suffer danger to life, health or safety."),
    "sensitive": ("For den berørte kan følgen være krænkelse af privatlivet, diskrimination, tab af omdømme "
                  "og psykisk belastning.",
                  "The person may suffer intrusion into private life, discrimination, loss of reputation and distress."),
    "money": ("For den berørte kan følgen være økonomisk tab, svindel og blottelse af økonomiske forhold.",
              "The person may suffer financial loss, fraud and exposure of financial matters."),
    "identity": ("For den berørte kan følgen være identitetstyveri, svindel og tab af kontrol over egne oplysninger.",
                 "The person may suffer identity theft, fraud and loss of control over own data."),
    "confidential": ("For den berørte kan følgen være omtale blandt bekendte, tab af omdømme og tab af fortrolighed.",
                     "The person may suffer gossip among acquaintances, loss of reputation and of confidentiality."),
    "ordinary": ("For den berørte kan følgen være tab af kontrol over egne oplysninger og mindre ulempe.",
                 "The person may suffer loss of control over own data and minor inconvenience."),
    "none": ("For den berørte er der ingen kendt følge, da ingen uvedkommende har kunnet læse oplysningerne.",
             "No harm to the person is known, as nobody without need could read the data."),
    "unknown": ("Følgen for den berørte kan ikke afgøres, før det er oplyst, hvilke oplysninger der er tale om.",
                "The harm to the person cannot be told before it is known which data are involved."),
}  # fmt: skip

NOTIFY: dict[bool, Pair] = {
    True: ("Det kan ikke afvises, at bruddet indebærer en risiko for de berørte; anmeldelse til Datatilsynet "
           "anbefales (art. 33, stk. 1).",
           "A risk to the persons concerned cannot be ruled out; notifying Datatilsynet is recommended (Art. 33(1))."),
    False: ("Det er usandsynligt, at bruddet indebærer en risiko for de berørte; det anbefales alene at "
            "registrere bruddet (art. 33, stk. 5).",
            "A risk to the persons concerned is unlikely; registering the breach is enough (Art. 33(5))."),
}  # fmt: skip

INFORM: dict[str, Pair] = {
    "high_risk": ("De berørte bør underrettes, da risikoen er høj, og de selv skal kunne tage deres forholdsregler "
                  "(art. 34, stk. 1).",
                  "The persons concerned should be told, as the risk is high and they must be able to protect "
                  "themselves (Art. 34(1))."),
    "risk": ("Underretning af de berørte anbefales ikke på det foreliggende, da risikoen ikke vurderes som høj "
             "(art. 34, stk. 1).",
             "Telling the persons concerned is not recommended as things stand, as the risk is not assessed "
             "as high (Art. 34(1))."),
    "unlikely_risk": ("De berørte underrettes ikke, da en risiko for dem er usandsynlig (art. 34, stk. 1).",
                      "The persons concerned need not be told, as a risk to them is unlikely (Art. 34(1))."),
}  # fmt: skip

_GROUPS: dict[str, tuple[str, ...]] = {
    "safety": ("protected_address", "whereabouts"),
    "sensitive": ("health", "care", "social_services", "child_case", "criminal", "political", "ethnic", "religious",
                  "sex_life", "union", "genetic", "biometric"),
    "money": ("income", "benefits", "tax", "bank_account", "payment_card", "financial_relation"),
    "identity": ("cpr", "id_document", "credentials"),
    "confidential": ("family", "personnel", "school_absence", "fine", "profile", "location"),
    "unknown": ("unknown",),
}  # fmt: skip


def harm_group(values: Mapping[str, str]) -> str:
    """Returns which harm to name, from the factors of an assessment (recital 85; BroBizz 2019-441-3399)."""
    if values.get("protected_address") == "yes":
        return "safety"
    unseen = values.get("confidentiality") == "none_with_evidence" or values.get("identification") == "unintelligible"
    if unseen and values.get("availability") in ("none", "recoverable") and values.get("integrity") == "none":
        return "none"
    category = values.get("data", "unknown")
    return next((group for group, categories in _GROUPS.items() if category in categories), "ordinary")

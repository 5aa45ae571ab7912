"""Danish and English phrases for exposure, recipient and circumstances, as the register's paragraph uses them."""

Pair = tuple[str, str]

BAND: dict[str, Pair] = {
    "low": ("lav", "low"),
    "medium": ("middel", "medium"),
    "high": ("høj", "high"),
    "very_high": ("meget høj", "very high"),
}

EXPOSURE: dict[str, Pair] = {
    "none_with_evidence": ("ingen uvedkommende har set læsbare oplysninger", "nobody without need has seen readable data"),
    "untouched": ("fortroligheden er efter det oplyste ikke brudt, men årsagen er ikke oplyst",
                  "confidentiality is said not to have been broken, but the cause is not known"),
    "exposed": ("oplysningerne kunne ses, men der er ikke tegn på, at det er sket",
                "the data could be seen, without a sign that they were"),
    "known_recipients": ("oplysningerne er kommet til en eller flere kendte modtagere", "the data reached known recipients"),
    "unknown_recipients": ("oplysningerne kan være set af et ukendt antal personer",
                           "the data may have been seen by an unknown number of people"),
    "unknown": ("det er ikke oplyst, hvem der har set oplysningerne, og det er lagt til grund, at kendte modtagere har",
                "it is not known who has seen the data, and that known recipients have is assumed"),
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
    "effect": {
        "yes": ("tabet eller ændringen har haft følger for mennesker", "the loss or change has affected people"),
        "no": ("tabet eller ændringen har ikke haft følger for mennesker", "the loss or change has affected nobody"),
    },
    "malicious": {
        "yes": ("hændelsen er forsætlig", "the incident was deliberate"),
        "no": ("hændelsen er et uheld eller en fejl", "the incident was an accident or an error"),
        "unknown": ("det er ikke oplyst, om hændelsen er forsætlig", "whether the incident was deliberate is not known"),
    },
    "relation": {
        "none": ("modtageren har ingen relation til den berørte", "the recipient stands in no relation to the person"),
        "knows_person": ("modtageren kender den berørte", "the recipient knows the person"),
        "opposing_party": ("modtageren er den berørtes modpart", "the recipient is the person's opposing party"),
    },
    "trust": {
        "yes": ("det er dokumenteret, at modtageren er betroet", "that the recipient is a trusted one is documented"),
    },
    "passed_on": {
        "yes": ("oplysningerne er givet videre", "the data were passed on"),
        "no": ("oplysningerne er ikke givet videre", "the data were not passed on"),
    },
    "opened": {
        "no": ("forsendelsen er ikke åbnet", "the item was not opened"),
    },
    "returned": {
        "yes": ("forsendelsen er leveret tilbage", "the item was handed back"),
    },
    "recalled": {
        "yes": ("forsendelsen er kaldt tilbage eller spærret", "the item was recalled or locked"),
    },
    "deletion": {
        "yes": ("modtageren har skriftligt bekræftet sletning", "the recipient has confirmed deletion in writing"),
        "no": ("sletning er ikke bekræftet", "deletion is not confirmed"),
    },
    "logs": {
        "yes": ("logge viser, at adgangen ikke er brugt", "logs show that the access was not used"),
        "no": ("logge udelukker ikke, at adgangen er brugt", "logs do not exclude that the access was used"),
    },
    "protection": {
        "intact": ("oplysningerne var beskyttet og ulæselige", "the data were protected and unintelligible"),
        "breakable": ("beskyttelsen kan brydes", "the protection can be broken"),
        "none": ("oplysningerne var læsbare", "the data were readable"),
    },
}  # fmt: skip

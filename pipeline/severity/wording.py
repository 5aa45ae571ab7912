"""What each rule says when it fires, in English for the record and in both languages for the register."""

BECAUSE: dict[str, tuple[str, str]] = {
    "R1": ("oplysningerne var ulæselige, nøglen er i sikkerhed, og oplysningerne kan genskabes eller er i behold",
           "the data were unintelligible, the key is safe and the data can be restored or were never lost"),
    "R2": ("CPR-nummer eller andet nationalt id-nummer sammen med navn eller økonomi nåede en modtager, der ikke er betroet",
           "a national identification number with name or finances reached a recipient who is not trusted"),
    "R3": ("en beskyttet adresse eller et barns eller en udsat persons opholdssted eller sikkerhed er berørt",
           "a protected address, or the whereabouts or safety of a child or an exposed person, is involved"),
    "R4": ("følsomme oplysninger, oplysninger om strafbare forhold eller om sociale sager kunne læses",
           "special-category, criminal or social-services content could be read"),
    "R5": ("hændelsen er sket med vilje, og oplysningerne er læsbare",
           "the incident was deliberate and the data are readable"),
    "R6": ("tab, ændring eller utilgængelighed har haft følger for mennesker",
           "loss, alteration or unavailability has affected people"),
    "R7": ("et stort antal personer eller modtagere er berørt", "a large number of persons or recipients is involved"),
    "R8": ("fortrolige oplysninger nåede en privatperson, der kender den berørte",
           "confidential data reached a private person who knows the person concerned"),
    "R9": ("modtageren er dokumenteret betroet og har bekræftet sletning skriftligt",
           "the recipient is a documented trusted one and has confirmed deletion in writing"),
    "R10": ("uberettiget adgang var mulig, og logge udelukker ikke, at den er brugt",
            "unauthorised access was possible and logs do not exclude its use"),
    "R11": ("afgørende oplysninger mangler, så det er ikke godtgjort, at risiko er usandsynlig",
            "decisive facts are missing, so it is not shown that a risk is unlikely"),
    "R12": ("ingen uvedkommende har set oplysningerne, intet er ændret, og ingen er berørt af et udfald",
            "nobody without need has seen the data, nothing was altered and no outage affected anyone"),
    "R13": ("fortrolige oplysninger eller et CPR-nummer nåede en modtager, der ikke er betroet med bekræftet sletning",
            "confidential data or a national identification number reached a recipient who is not a trusted one with "
            "deletion confirmed"),
}  # fmt: skip
"""Danish, English."""

BECAUSE_WHERE: dict[tuple[str, str], tuple[str, str]] = {
    ("R13", "unknown_recipients"): ("det vides ikke, hvem der har set oplysningerne", "it is not known who has seen the data"),
    ("R12", "untouched"): ("fortroligheden er efter det oplyste ikke brudt, intet er ændret, og ingen er berørt af et udfald",
                           "confidentiality is said to be unbroken, nothing was altered and no outage affected anyone"),
    ("R2", "transit"): ("CPR-nummer eller andet nationalt id-nummer gik til rette modtager ad en vej, som andre "
                        "kunne se med på",
                        "a national identification number went to the right recipient by a way open to others"),
    ("R4", "transit"): ("følsomme oplysninger, oplysninger om strafbare forhold eller om sociale sager gik til rette "
                        "modtager ad en vej, som andre kunne se med på",
                        "special-category, criminal or social-services content went to the right recipient by a way that "
                        "others could look into"),
}  # fmt: skip
"""The same for a rule with more than one ground, by the exposure, or `transit` for what only went an unsafe way."""

EFFECT: dict[str, tuple[str, str]] = {
    "floor:medium": ("mindst middel", "at least medium"),
    "floor:high": ("mindst høj", "at least high"),
    "floor:very_high": ("mindst meget høj", "at least very high"),
    "ceiling:low": ("højst lav", "at most low"),
}

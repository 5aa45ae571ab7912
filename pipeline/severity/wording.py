"""What each rule says when it fires, in English for the record and in both languages for the register."""

BECAUSE: dict[str, tuple[str, str]] = {
    "R1": ("oplysningerne var ulæselige, nøglen er i sikkerhed, og data kan genskabes",
           "the data were unintelligible, the key is safe and the data can be restored"),
    "R2": ("CPR-nummer eller andet nationalt id-nummer sammen med navn eller økonomi nåede en modtager, der ikke er betroet",
           "a national identification number with name or finances reached a recipient who is not trusted"),
    "R3": ("en beskyttet adresse eller et barns eller en udsat persons opholdssted eller sikkerhed er berørt",
           "a protected address, or the whereabouts or safety of a child or an exposed person, is involved"),
    "R4": ("følsomme oplysninger, oplysninger om strafbare forhold eller om sociale sager kunne læses",
           "special-category, criminal or social-services content could be read"),
    "R5": ("hændelsen er ond vilje eller har ukendt hensigt, og data er læsbare",
           "intent is malicious or unknown and the data are readable"),
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
    "R13": ("fortrolige oplysninger eller et CPR-nummer nåede en modtager, der ikke er betroet, eller det vides ikke, hvem "
            "der har set oplysningerne",
            "confidential data or a national identification number reached a recipient who is not trusted, or it is not "
            "known who has seen the data"),
}  # fmt: skip
"""Danish, English."""

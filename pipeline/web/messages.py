"""The page's short answers, in Danish: what became of an act, and why a link or a case cannot be used."""

from pipeline.clock import localtime
from pipeline.web import words
from pipeline.web.pages import Message
from schemas.receipt import IngressOutcome, Receipt

NOTHING_DONE = "Intet er registreret."
ANOTHER_WAY = "Haster det, så ring til kommunens ledelsesvagt. Fristen løber videre imens."

REFUSED = Message(
    "Linket kan ikke bruges",
    (
        "Linket er ufuldstændigt, eller det er lavet om. " + NOTHING_DONE,
        "Åbn linket direkte fra den seneste besked om sagen.",
    ),
)
EXPIRED = Message(
    "Linket er udløbet",
    ("Et link gælder kun i nogle dage. " + NOTHING_DONE, "Brug linket i den seneste besked om sagen."),
)
NOT_HELD = Message(
    "Du kan ikke handle i sagen",
    (
        "Kontaktplanen siger, at du ikke har den rolle, som linket gælder for, lige nu. " + NOTHING_DONE,
        "Er det forkert, så få kontaktplanen rettet.",
    ),
)
UNKNOWN_CASE = Message(
    "Sagen findes ikke",
    ("Der er ingen sag med linkets nummer, eller den er slettet. " + NOTHING_DONE,),
)
UNREADABLE_FORM = Message("Formularen kunne ikke læses", (NOTHING_DONE, "Gå tilbage til sagen, og prøv igen."))
TOO_LARGE = Message("Formularen er for stor", (NOTHING_DONE, "Skriv kortere, og prøv igen."))
NOWHERE = Message("Siden findes ikke", ("Åbn linket fra den seneste besked om sagen.",))
BROKEN = Message(
    "Siden virker ikke lige nu", ("Der er en fejl i systemet. Ingen kan love, at noget er registreret.", ANOTHER_WAY)
)
UNREACHABLE_LOOK = Message(
    "Sagen kan ikke vises lige nu",
    ("Systemet bag siden svarer ikke. " + NOTHING_DONE, "Prøv igen om lidt. " + ANOTHER_WAY),
    "wait",
)
NEWER = Message(
    "Sagen kan ikke vises lige nu",
    (
        "Sagen er skrevet af en nyere version af Brudvagt end den, der viser denne side. " + NOTHING_DONE,
        "Driften skal starte den nyere version igen. " + ANOTHER_WAY,
    ),
    "wait",
)


def unreachable_act(token: str) -> Message:
    """Returns what is said when the broker did not acknowledge an act."""
    return Message(
        "Det er ikke bekræftet, at noget er registreret",
        (
            "Systemet bag siden svarer ikke. Prøv igen om lidt: Sender du samme formular igen, tæller den kun én gang.",
            ANOTHER_WAY,
        ),
        "bad",
        token,
    )


def not_entitled(title: str, token: str) -> Message:
    """Returns what is said when the role may not do the act that `title` names."""
    return Message(
        "Det kan du ikke i din rolle",
        (
            f"»{title}« hører til en anden rolle i kontaktplanen. " + NOTHING_DONE,
            "Den, der rådgiver, kan ikke selv beslutte; den, der beslutter, kan ikke selv rådgive.",
        ),
        "bad",
        token,
    )


AFTERWARDS = (
    "Er der kommet nyt om den, så indberet det, eller ring til databeskyttelsesrådgiveren; så åbner sagen igen."
)


def closed(absorbed_by: str | None) -> Message:
    """Returns what is said of a case that is closed, or whose work goes on in another."""
    if absorbed_by is not None:
        return Message(
            "Sagen er lagt sammen med en anden", (f"Arbejdet fortsætter i sag {absorbed_by}. " + NOTHING_DONE,), "wait"
        )
    return Message("Sagen er lukket", ("Der er ikke mere at gøre her. " + NOTHING_DONE, AFTERWARDS), "wait")


def answered(title: str, receipt: Receipt | None, token: str) -> Message:
    """Returns what became of an act that the broker has acknowledged."""
    if receipt is None:
        return Message(
            "Modtaget, men endnu ikke bekræftet",
            (
                f"»{title}« er gemt, men sagen har ikke svaret endnu.",
                "Se på sagen igen om lidt. Står opgaven der stadig, så prøv igen.",
            ),
            "wait",
            token,
        )
    if receipt.outcome is IngressOutcome.REJECTED:
        reasons = dict.fromkeys(
            words.REJECTED.get(one.code, words.REJECTED_OTHERWISE.format(code=one.code)) for one in receipt.problems
        )
        return Message("Ikke registreret", (f"»{title}« blev afvist.", *reasons), "bad", token)
    when = localtime.short_form(receipt.received_at)
    if receipt.outcome is IngressOutcome.DUPLICATE:
        return Message(
            "Registreret i forvejen", (f"»{title}« var registreret i sagen. Den tæller én gang.",), "good", token
        )
    return Message("Registreret", (f"»{title}« er registreret i sagen {when}.",), "good", token)

"""What is worth asking: each open question with the band that each answer would lead to, the most useful first."""

from functools import lru_cache
from typing import NamedTuple

from pipeline.severity.gravity import SCALES
from pipeline.severity.judge import bands, gravest, judge
from pipeline.severity.picture import NUMBER_UNKNOWN, UNKNOWN, Datum, Picture
from pipeline.severity.plausible import plausible
from pipeline.severity.ruleset import RuleSet
from pipeline.severity.unknowns import at_worst
from schemas.assessment import Band, Missing

BANDS = (Band.LOW, Band.MEDIUM, Band.HIGH, Band.VERY_HIGH)

_DA, _EN = 0, 1
QUESTIONS: dict[str, tuple[str, str, str]] = {
    "protected": ("subjects.protected_address", "Har nogen af de berørte navne- og adressebeskyttelse?",
                  "Does anyone affected have a protected address?"),
    "safety": ("subjects.safety_at_stake", "Er et barns eller en voldsudsats persons sikkerhed i fare?",
               "Is the safety of a child or of a victim of violence at stake?"),
    "data": ("data", "Hvilke oplysninger kunne ses?", "Which data could be seen?"),
    "exposure": ("exposure", "Hvem har eller kan have set oplysningerne?", "Who has seen the data, or can have seen them?"),
    "kind": ("recipient.kind", "Hvem fik oplysningerne?", "Who got the data?"),
    "relation": ("recipient.relation", "Kender modtageren den person, det handler om?",
                 "Does the recipient know the person concerned?"),
    "protection": ("protection", "Var oplysningerne krypteret eller på anden måde ulæselige?",
                   "Were the data encrypted or otherwise unintelligible?"),
    "key_safe": ("key_safe", "Er nøgle eller adgangskode fortsat i sikkerhed?", "Is the key or password still safe?"),
    "people": ("subjects.count", "Hvor mange personer er berørt?", "How many persons are affected?"),
    "recipients": ("recipient.count", "Hvor mange har fået oplysningerne?", "How many got the data?"),
    "malicious": ("malicious", "Skete det med vilje?", "Was it done on purpose?"),
    "published": ("published", "Har oplysningerne været offentligt tilgængelige?", "Were the data publicly available?"),
    "passed_on": ("recipient.passed_on", "Er oplysningerne givet videre?", "Were the data passed on?"),
    "opened": ("recipient.opened", "Er forsendelsen åbnet?", "Was the item opened?"),
    "read": ("recipient.read", "Er indholdet læst?", "Was the content read?"),
    "returned": ("recipient.returned", "Er oplysningerne leveret tilbage?", "Were the data handed back?"),
    "recalled": ("recalled", "Er forsendelsen kaldt tilbage eller spærret?", "Was the item recalled or locked?"),
    "deletion": ("recipient.deletion_confirmed", "Har modtageren skriftligt bekræftet sletning?",
                 "Has the recipient confirmed deletion in writing?"),
    "trust": ("recipient.trust_documented", "Er det dokumenteret, at modtageren er betroet?",
              "Is it documented that the recipient is a trusted one?"),
    "access": ("access_possible", "Var uberettiget adgang mulig?", "Was unauthorised access possible?"),
    "logs": ("use_excluded_by_logs", "Viser logge, at ingen har brugt adgangen?",
             "Do logs show that nobody used the access?"),
    "availability": ("availability", "Gik oplysninger tabt eller var utilgængelige?", "Were data lost or unavailable?"),
    "effect": ("effect_on_people", "Har tabet eller ændringen haft følger for personer?",
               "Did the loss or change affect people?"),
    "restorable": ("restorable", "Kan oplysningerne genskabes?", "Can the data be restored?"),
    "integrity": ("integrity", "Er oplysninger blevet ændret?", "Were data altered?"),
    "identifiers": ("identifiers", "Hvad kan personen genkendes på ud over de nævnte oplysninger?",
                    "What can the person be identified by beside the data named?"),
}  # fmt: skip
"""The field of the contract, the question in Danish and in English; of equally useful ones the first is asked first."""

_ANSWERS_DATA = {
    "contact_only": (Datum("contact", "content"), Datum("name", "content")),
    "benefits": (Datum("benefits", "content"), Datum("name", "content")),
    "cpr": (Datum("cpr", "content"), Datum("name", "content")),
    "health": (Datum("health", "content"), Datum("name", "content")),
}
_PLACES = {name: Picture._fields.index(name) for name in QUESTIONS if name in SCALES}
_FEW = {"few": 1, "over_1000": 1001}


class _Asked(NamedTuple):
    missing: Missing
    use: tuple[int, int, int]
    moves: bool  # an answer changes score or rules of the plausible worst, though no band


@lru_cache(maxsize=4096)
def missing(picture: Picture, ruleset: RuleSet) -> tuple[Missing, ...]:
    """Returns the open questions of `picture` that could change its band or its plausible worst, most useful first."""
    now = judge(picture, ruleset)
    if now.worst_band == now.band and not any(rule.blocked_by for rule in now.rules) and now.band == 0:
        return ()
    doubt = any(rule.rule == "R11" for rule in now.rules)
    fear = gravest(picture, ruleset) if doubt else None
    asked: list[_Asked] = []
    idle: list[_Asked] = []
    for place, (name, wording) in enumerate(QUESTIONS.items()):
        answers = _open(name, picture, now.known, ruleset)
        if not answers:
            continue
        found = {answer: bands(changed, ruleset) for answer, changed in answers.items()}
        led = [band for band, _ in found.values()]
        highest, lowest = max(led), min(led)
        settles = now.worst_band - min(worst for _, worst in found.values())
        leads_to = {answer: BANDS[band] for answer, (band, _) in found.items()}
        entry = Missing.model_construct(
            field=wording[0], question_da=wording[1], question_en=wording[2], leads_to=leads_to
        )
        moves = doubt and any(gravest(changed, ruleset) != fear for changed in answers.values())
        use = (highest - lowest if highest > now.band else 0, now.band - lowest + settles, -place)
        (idle if highest == lowest == now.band and settles <= 0 else asked).append(_Asked(entry, use, moves))
    if not asked and now.worst_band > now.band:
        asked = idle  # no single answer settles it, several together do
    elif not asked and doubt:
        asked = [one for one in idle if one.moves]  # a doubt that no single answer ends; ask what it is made of
    asked.sort(key=lambda one: one.use, reverse=True)
    return tuple(one.missing for one in asked)


def _open(name: str, picture: Picture, known: Picture, ruleset: RuleSet) -> dict[str, Picture]:
    """Returns the picture that each answer to the question `name` would leave; none if it is not worth asking."""
    place = _PLACES.get(name)
    if place is not None:
        if known[place] != UNKNOWN or not plausible(name, known, ruleset):
            return {}
        before, after = picture[:place], picture[place + 1 :]
        return {answer: Picture._make((*before, answer, *after)) for answer in SCALES[name]}
    if name == "data":
        if known.data_known:
            return {}
        return {
            answer: picture._replace(data=tuple(sorted(data)), data_known=True)
            for answer, data in _ANSWERS_DATA.items()
        }
    if name == "identifiers":
        if known.identifiers or not known.data_known:
            return {}
        return {one: picture._replace(identifiers=frozenset({one})) for one in ("code", "name", "name_and_contact")}
    feared = getattr(at_worst(known, ruleset), name)
    if getattr(known, name) != NUMBER_UNKNOWN or feared == ruleset.unknown_count.default:
        return {}
    return {a: picture._replace(**{name: n}) for a, n in _FEW.items()}  # type: ignore[arg-type]

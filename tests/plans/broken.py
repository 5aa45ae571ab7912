"""Herning's plan broken in one way each, with the field that is named and what the sentence must say."""

from collections.abc import Callable


def replacing(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, f"the shipped plan no longer holds {old!r}"
        return text.replace(old, new, 1)

    return change


def adding(block: str, line: str) -> Callable[[str], str]:
    return replacing(f"\n{block}\n", f"\n{block}\n{line}\n")


_AWAY = "  substitutions: [{absent: %s, substitute: %s, starts: 2026-12-01T08:00, ends: %s}]"

BROKEN: dict[str, tuple[Callable[[str], str], str, str]] = {
    "no dpo": (replacing("    dpo: [dpo]\n", ""), "delivery.roles.dpo", "mangler en databeskyttelsesrådgiver"),
    "no deputy": (
        replacing("deputy: [dpo-vikar-1, dpo-vikar-2]", "deputy: []"),
        "delivery.roles.deputy",
        "mangler en stedfortræder",
    ),
    "no decision maker": (
        replacing("    decision_maker: [direktion, direktion-vikar]\n", ""),
        "delivery.roles.decision_maker",
        "mangler en beslutningstager",
    ),
    "no end of the chain": (
        replacing("    duty_management: [ledelsesvagt]\n", ""),
        "delivery.roles.duty_management",
        "mangler en ledelsesvagt",
    ),
    "holder unknown": (
        replacing("security: [it-sikkerhed]", "security: [it-chef]"),
        "delivery.roles.security",
        "it-chef",
    ),
    "unknown role": (replacing("    dpo: [dpo]", "    formand: [dpo]"), "delivery.roles.formand", "kendes ikke"),
    "role nobody can hold": (adding("  roles:", "    machine: [dpo]"), "delivery.roles.machine", "kan ingen have"),
    "adviser decides": (
        replacing("decision_maker: [direktion,", "decision_maker: [dpo,"),
        "delivery.roles.decision_maker",
        "kan ikke også beslutte",
    ),
    "real address": (
        replacing("dpo@herning.example", "dpo@herning.invalid"),
        "delivery.people.dpo.channels.mail",
        "uden for .example",
    ),
    "example in the wrong place": (
        replacing("dpo@herning.example", "dpo@herning.example.invalid"),
        "delivery.people.dpo.channels.mail",
        "uden for .example",
    ),
    "two addresses in one": (
        replacing("address: dpo@herning.example", 'address: "dpo@herning.example, x@herning.example"'),
        "delivery.people.dpo.channels.mail",
        "ikke en mailadresse",
    ),
    "web address without encryption": (
        replacing("kind: smtp, address: dpo@herning.example", 'kind: webhook, address: "http://herning.example/x"'),
        "delivery.people.dpo.channels.mail",
        "https://",
    ),
    "a service's url instead of its name": (
        replacing("kind: smtp, address: dpo@herning.example", 'kind: apprise, address: "sms://key@x.example"'),
        "delivery.people.dpo.channels.mail",
        "navnet på en tjeneste",
    ),
    "a certificate where nothing is encrypted": (
        replacing(
            "kind: smtp, address: dpo@herning.example",
            'kind: webhook, address: "https://x.example/v", certificate: dpo',
        ),
        "delivery.people.dpo.channels.mail",
        "kun mail krypteres",
    ),
    "person without channel": (
        replacing("        - {name: mail, kind: smtp, address: dpo@herning.example}\n", "        []\n"),
        "delivery.people.dpo.channels",
        "mindst ét punkt",
    ),
    "unknown office": (replacing("offices: [drift]", "offices: [drift, kontoret]"), "delivery.offices", "kontoret"),
    "substitute unknown": (
        adding("delivery:", _AWAY % ("dpo", "nabo", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "nabo",
    ),
    "ends before it begins": (
        adding("delivery:", _AWAY % ("dpo", "dpo-vikar-1", "2026-11-01T08:00")),
        "delivery.substitutions.1",
        "slutter, før det begynder",
    ),
    "substitute would decide": (
        adding("delivery:", _AWAY % ("dpo", "direktion", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "både rådgive og beslutte",
    ),
    "substitutes for oneself": (
        adding("delivery:", _AWAY % ("dpo", "dpo", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "sin egen afløser",
    ),
    "local time that the clocks skip": (
        adding("delivery:", _AWAY % ("dpo", "dpo-vikar-1", '"2027-03-28T02:30"')),
        "delivery.substitutions.1.ends",
        "findes ikke",
    ),
    "hours backwards": (
        replacing('"08:00-15:00"', '"15:00-08:00"'),
        "hours.working.monday",
        "slutter, før det begynder",
    ),
    "hours not in quotes": (replacing('"08:00-15:00"', "8-15"), "hours.working.monday", "08:00-16:00"),
    "kommunekode as a number": (
        replacing('kommunekode: "657"', "kommunekode: 657"),
        "kommunekode",
        "tre cifre i anførselstegn",
    ),
    "name and content differ": (replacing('kommunekode: "657"', 'kommunekode: "658"'), "kommunekode", "navn siger 657"),
    "misspelt field": (replacing("quiet_outside:", "quiet_outsid:"), "hours.quiet_outsid", "feltet findes ikke"),
    "chain without the dpo": (
        adding("delivery:", "  chain: [deputy, duty_management]"),
        "delivery.chain",
        "kæden når aldrig dpo",
    ),
    "plain mail called secure": (
        replacing("kind: secure_mail,", "kind: mail,"),
        "display.channels.1",
        "aldrig sikker",
    ),
    "unknown unit for complaints": (
        replacing("complaint_decision: sagsbehandling", "complaint_decision: klageafdeling"),
        "delivery.inbound.complaint_decision",
        "klageafdeling",
    ),
    "field twice": (replacing("\ndelivery:\n", "\nname: Igen\ndelivery:\n"), "hele filen", "står to gange"),
    "no yaml": (replacing("delivery:", "delivery: ["), "hele filen", "kan ikke læses"),
    "days off without a time of day": (
        adding("delivery:", _AWAY % ("dpo", "dpo-vikar-1", "2026-12-02")),
        "delivery.substitutions.1.ends",
        "dato og klokkeslæt",
    ),
    "words instead of a time": (
        adding("delivery:", _AWAY % ("dpo", "dpo-vikar-1", '"efter nytår"')),
        "delivery.substitutions.1.ends",
        "dato og klokkeslæt",
    ),
    "two deputies for one absence": (
        adding(
            "delivery:",
            _AWAY.replace(
                "}]", "}, {absent: dpo, substitute: dpo-vikar-2, starts: 2026-12-01T12:00, ends: 2026-12-03T08:00}]"
            )
            % ("dpo", "dpo-vikar-1", "2026-12-02T08:00"),
        ),
        "delivery.substitutions.2",
        "to afløsere på samme tid",
    ),
    "role in the chain that is none": (
        adding("delivery:", "  chain: [dpo, borgmester, duty_management]"),
        "delivery.chain.2",
        "kendes ikke",
    ),
    "branch that ends nowhere": (
        adding("delivery:", "  branches: [{level: act, chain: [dpo, deputy]}]"),
        "delivery.branches.1.chain",
        "kæden når aldrig duty_management",
    ),
    "branch of no level": (
        adding("delivery:", "  branches: [{level: haster, chain: [dpo, duty_management]}]"),
        "delivery.branches.1.level",
        "kendes ikke",
    ),
    "blank left": (
        replacing("address: dpo@herning.example", "address: UDFYLD"),
        "delivery.people.dpo.channels.mail",
        "ikke udfyldt",
    ),
    "two channels of one name": (
        replacing(
            "address: dpo@herning.example}\n",
            "address: dpo@herning.example}\n        - {name: mail, kind: smtp, address: dpo2@herning.example}\n",
        ),
        "delivery.people.dpo.channels",
        "to kanaler hedder mail",
    ),
    "name with a space": (
        replacing("deputy: [dpo-vikar-1,", "deputy: [DPO vikar 1,"),
        "delivery.roles.deputy.1",
        "brugbart navn",
    ),
    "no hours at all": (
        replacing(
            "quiet_outside: {"
            + ", ".join(f'{day}: "07:00-20:00"' for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
            + "}",
            "quiet_outside: {}",
        ),
        "hours.quiet_outside",
        "ingen dag har åbningstid",
    ),
    "roles as a list": (
        replacing("  roles:\n    dpo: [dpo]\n", "  roles: [dpo]\n  role:\n    dpo: [dpo]\n"),
        "delivery.roles",
        "navn: værdi",
    ),
    "text where a list belongs": (replacing("    dpo: [dpo]\n", "    dpo: dpo\n"), "delivery.roles.dpo", "en liste"),
    "secure as yes without quotes": (
        replacing('secure: "yes"', "secure: yes"),
        "display.channels.1.secure",
        "kendes ikke",
    ),
    "order out of range": (
        replacing("{role: dpo, order: 1}", "{role: dpo, order: 0}"),
        "display.report_receivers.1.order",
        "for lille",
    ),
    "a tabulator": (replacing("  roles:\n", "\troles:\n"), "hele filen", "linje 12 kan ikke læses"),
    "no name": (replacing("name: Herning Kommune\n", ""), "name", "feltet mangler"),
    "unknown language": (
        replacing("    dpo:\n      ch", "    dpo:\n      language: de\n      ch"),
        "language",
        "kendes ikke",
    ),
}

"""Loading plans: the shipped ones are good, and each broken file is told what is wrong, where, and what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pipeline.plans.address import Destinations
from pipeline.plans.load import inspect, load_plans
from pipeline.plans.problems import PlanErrors
from pipeline.plans.reload import PlanBook
from pipeline.plans.starter import json_schema

SHIPPED = Path(__file__).resolve().parents[2] / "deploy" / "municipalities"
HERNING = "657-herning.yaml"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Returns a copy of the shipped plans to break."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "municipalities"))


def _replace(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, f"the shipped plan no longer holds {old!r}"
        return text.replace(old, new, 1)

    return change


def _add(block: str, line: str) -> Callable[[str], str]:
    return _replace(f"\n{block}\n", f"\n{block}\n{line}\n")


_AWAY = "  substitutions: [{absent: %s, substitute: %s, starts: 2026-12-01T08:00, ends: %s}]"

BROKEN = {
    "no dpo": (_replace("    dpo: [dpo]\n", ""), "delivery.roles.dpo", "mangler en databeskyttelsesrådgiver"),
    "no deputy": (
        _replace("deputy: [dpo-vikar-1, dpo-vikar-2]", "deputy: []"),
        "delivery.roles.deputy",
        "mangler en stedfortræder",
    ),
    "no decision maker": (
        _replace("    decision_maker: [direktion, direktion-vikar]\n", ""),
        "delivery.roles.decision_maker",
        "mangler en beslutningstager",
    ),
    "no end of the chain": (
        _replace("    duty_management: [ledelsesvagt]\n", ""),
        "delivery.roles.duty_management",
        "mangler en ledelsesvagt",
    ),
    "holder unknown": (
        _replace("security: [it-sikkerhed]", "security: [it-chef]"),
        "delivery.roles.security",
        "it-chef",
    ),
    "unknown role": (_replace("    dpo: [dpo]", "    formand: [dpo]"), "delivery.roles.formand", "kendes ikke"),
    "role nobody can hold": (_add("  roles:", "    machine: [dpo]"), "delivery.roles.machine", "kan ingen have"),
    "adviser decides": (
        _replace("decision_maker: [direktion,", "decision_maker: [dpo,"),
        "delivery.roles.decision_maker",
        "kan ikke også beslutte",
    ),
    "real address": (
        _replace("dpo@herning.example", "dpo@herning.invalid"),
        "delivery.people.dpo.channels.mail",
        "uden for .example",
    ),
    "example in the wrong place": (
        _replace("dpo@herning.example", "dpo@herning.example.invalid"),
        "delivery.people.dpo.channels.mail",
        "uden for .example",
    ),
    "two addresses in one": (
        _replace("address: dpo@herning.example", 'address: "dpo@herning.example, x@herning.example"'),
        "delivery.people.dpo.channels.mail",
        "ikke en mailadresse",
    ),
    "web address without encryption": (
        _replace("kind: smtp, address: dpo@herning.example", 'kind: webhook, address: "http://herning.example/x"'),
        "delivery.people.dpo.channels.mail",
        "https://",
    ),
    "a service's url instead of its name": (
        _replace("kind: smtp, address: dpo@herning.example", 'kind: apprise, address: "sms://key@x.example"'),
        "delivery.people.dpo.channels.mail",
        "navnet på en tjeneste",
    ),
    "a certificate where nothing is encrypted": (
        _replace(
            "kind: smtp, address: dpo@herning.example",
            'kind: webhook, address: "https://x.example/v", certificate: dpo',
        ),
        "delivery.people.dpo.channels.mail",
        "kun mail krypteres",
    ),
    "person without channel": (
        _replace("        - {name: mail, kind: smtp, address: dpo@herning.example}\n", "        []\n"),
        "delivery.people.dpo.channels",
        "mindst ét punkt",
    ),
    "unknown office": (_replace("offices: [drift]", "offices: [drift, kontoret]"), "delivery.offices", "kontoret"),
    "substitute unknown": (
        _add("delivery:", _AWAY % ("dpo", "nabo", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "nabo",
    ),
    "ends before it begins": (
        _add("delivery:", _AWAY % ("dpo", "dpo-vikar-1", "2026-11-01T08:00")),
        "delivery.substitutions.1",
        "slutter, før det begynder",
    ),
    "substitute would decide": (
        _add("delivery:", _AWAY % ("dpo", "direktion", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "både rådgive og beslutte",
    ),
    "substitutes for oneself": (
        _add("delivery:", _AWAY % ("dpo", "dpo", "2026-12-02T08:00")),
        "delivery.substitutions.1",
        "sin egen afløser",
    ),
    "local time that the clocks skip": (
        _add("delivery:", _AWAY % ("dpo", "dpo-vikar-1", '"2027-03-28T02:30"')),
        "delivery.substitutions.1.ends",
        "findes ikke",
    ),
    "hours backwards": (
        _replace('"08:00-15:00"', '"15:00-08:00"'),
        "hours.working.monday",
        "slutter, før det begynder",
    ),
    "hours not in quotes": (_replace('"08:00-15:00"', "8-15"), "hours.working.monday", "08:00-16:00"),
    "kommunekode as a number": (
        _replace('kommunekode: "657"', "kommunekode: 657"),
        "kommunekode",
        "tre cifre i anførselstegn",
    ),
    "name and content differ": (_replace('kommunekode: "657"', 'kommunekode: "658"'), "kommunekode", "navn siger 657"),
    "misspelt field": (_replace("quiet_outside:", "quiet_outsid:"), "hours.quiet_outsid", "feltet findes ikke"),
    "chain without the dpo": (
        _add("delivery:", "  chain: [deputy, duty_management]"),
        "delivery.chain",
        "kæden når aldrig dpo",
    ),
    "plain mail called secure": (
        _replace("kind: secure_mail,", "kind: mail,"),
        "display.channels.1",
        "aldrig sikker",
    ),
    "unknown unit for complaints": (
        _replace("complaint_decision: sagsbehandling", "complaint_decision: klageafdeling"),
        "delivery.inbound.complaint_decision",
        "klageafdeling",
    ),
    "field twice": (_replace("\ndelivery:\n", "\nname: Igen\ndelivery:\n"), "hele filen", "står to gange"),
    "no yaml": (_replace("delivery:", "delivery: ["), "hele filen", "kan ikke læses"),
    "days off without a time of day": (
        _add("delivery:", _AWAY % ("dpo", "dpo-vikar-1", "2026-12-02")),
        "delivery.substitutions.1.ends",
        "dato og klokkeslæt",
    ),
    "words instead of a time": (
        _add("delivery:", _AWAY % ("dpo", "dpo-vikar-1", '"efter nytår"')),
        "delivery.substitutions.1.ends",
        "dato og klokkeslæt",
    ),
    "two deputies for one absence": (
        _add(
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
        _add("delivery:", "  chain: [dpo, borgmester, duty_management]"),
        "delivery.chain.2",
        "kendes ikke",
    ),
    "branch that ends nowhere": (
        _add("delivery:", "  branches: [{level: act, chain: [dpo, deputy]}]"),
        "delivery.branches.1.chain",
        "kæden når aldrig duty_management",
    ),
    "branch of no level": (
        _add("delivery:", "  branches: [{level: haster, chain: [dpo, duty_management]}]"),
        "delivery.branches.1.level",
        "kendes ikke",
    ),
    "blank left": (
        _replace("address: dpo@herning.example", "address: UDFYLD"),
        "delivery.people.dpo.channels.mail",
        "ikke udfyldt",
    ),
    "two channels of one name": (
        _replace(
            "address: dpo@herning.example}\n",
            "address: dpo@herning.example}\n        - {name: mail, kind: smtp, address: dpo2@herning.example}\n",
        ),
        "delivery.people.dpo.channels",
        "to kanaler hedder mail",
    ),
    "name with a space": (
        _replace("deputy: [dpo-vikar-1,", "deputy: [DPO vikar 1,"),
        "delivery.roles.deputy.1",
        "brugbart navn",
    ),
    "no hours at all": (
        _replace(
            "quiet_outside: {"
            + ", ".join(f'{day}: "07:00-20:00"' for day in ("monday", "tuesday", "wednesday", "thursday", "friday"))
            + "}",
            "quiet_outside: {}",
        ),
        "hours.quiet_outside",
        "ingen dag har åbningstid",
    ),
    "roles as a list": (
        _replace("  roles:\n    dpo: [dpo]\n", "  roles: [dpo]\n  role:\n    dpo: [dpo]\n"),
        "delivery.roles",
        "navn: værdi",
    ),
    "text where a list belongs": (_replace("    dpo: [dpo]\n", "    dpo: dpo\n"), "delivery.roles.dpo", "en liste"),
    "secure as yes without quotes": (
        _replace('secure: "yes"', "secure: yes"),
        "display.channels.1.secure",
        "kendes ikke",
    ),
    "order out of range": (
        _replace("{role: dpo, order: 1}", "{role: dpo, order: 0}"),
        "display.report_receivers.1.order",
        "for lille",
    ),
    "a tabulator": (_replace("  roles:\n", "\troles:\n"), "hele filen", "linje 12 kan ikke læses"),
    "no name": (_replace("name: Herning Kommune\n", ""), "name", "feltet mangler"),
    "unknown language": (
        _replace("    dpo:\n      ch", "    dpo:\n      language: de\n      ch"),
        "language",
        "kendes ikke",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_file_gets_a_useful_sentence(name: str, directory: Path) -> None:
    """File, field, reason and remedy, and the plan is refused."""
    change, field, reason = BROKEN[name]
    path = directory / HERNING
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(PlanErrors) as refused:
        load_plans(directory)
    mine = [one for one in refused.value.problems if one.file == HERNING]
    fitting = [one for one in mine if field in one.field and reason in one.reason]
    assert fitting, [str(one) for one in refused.value.problems]
    assert all(one.remedy.endswith((".", "?")) and len(one.remedy) > len("Correct") for one in fitting)


def test_every_fault_is_told_at_once(directory: Path) -> None:
    """Three faults in two files are three problems, not one a run."""
    for file, old, new in (
        (HERNING, "dpo@herning.example", "dpo@herning.invalid"),
        (HERNING, "security: [it-sikkerhed]", "security: []"),
        ("530-billund.yaml", "dpo: [dpo]", "dpo: []"),
    ):
        path = directory / file
        path.write_text(_replace(old, new)(path.read_text(encoding="utf-8")), encoding="utf-8")
    found = inspect(directory, destinations=Destinations.EXAMPLE_ONLY).problems
    assert {one.file for one in found} == {HERNING, "530-billund.yaml"}
    assert len(found) == 3


def test_production_lets_real_addresses_through(directory: Path) -> None:
    """Only the explicit switch does."""
    path = directory / HERNING
    path.write_text(path.read_text(encoding="utf-8").replace("@herning.example", "@herning.invalid"), encoding="utf-8")
    assert load_plans(directory, production=True)["657"].name == "Herning Kommune"


def test_the_fallback_plan_is_needed_and_has_a_person(directory: Path) -> None:
    """A report without a legible municipality reaches somebody."""
    assert load_plans(directory)["000"].delivery.roles
    (directory / "000-uden-kommune.yaml").unlink()
    with pytest.raises(PlanErrors, match="mangler en plan 000"):
        load_plans(directory)


def test_a_bad_file_keeps_the_old_plan_and_says_so(directory: Path) -> None:
    """Reloading: the faulty municipality keeps its plan, the others take their new ones."""
    book = PlanBook(directory)
    herning, billund = directory / HERNING, directory / "530-billund.yaml"
    herning.write_text("kommunekode: [", encoding="utf-8")
    billund.write_text(billund.read_text(encoding="utf-8").replace("name: Billund Kommune", "name: Billund"), "utf-8")
    problems = book.reload()
    assert [one.file for one in problems] == [HERNING]
    assert (book.plans["657"].name, book.plans["530"].name) == ("Herning Kommune", "Billund")
    shutil.copy(SHIPPED / HERNING, herning)
    assert book.reload() == ()


def test_the_json_schema_is_up_to_date() -> None:
    """The schema beside the plans is the one that the model gives."""
    assert (SHIPPED / "plan.schema.json").read_text(encoding="utf-8") == json_schema()


def test_shipped_delivery_addresses_end_in_example() -> None:
    """Read as plain YAML, without the code under test: every delivery address is under .example."""
    addresses = []
    for path in [*SHIPPED.glob("*.yaml"), *SHIPPED.glob("offices/*.yaml")]:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        people = data.get("people") or data["delivery"].get("people", {})
        addresses += [channel["address"] for person in people.values() for channel in person["channels"]]
    assert len(addresses) > 30
    assert all(address.endswith(".example") for address in addresses)

"""`brudvagt reassess`: what another rule set would change in the stored cases, before anyone switches. It only reads."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

import click

from pipeline.cli.assess import the_ruleset
from pipeline.cli.cases import records
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.kafka.reading import read_table
from pipeline.severity.assess import assess
from pipeline.severity.ruleset import RuleSet
from schemas.assessment import Assessment
from schemas.case import CaseRecord

BANDS = ("low", "medium", "high", "very_high")


class Change(NamedTuple):
    """One case under both rule sets."""

    case: CaseRecord
    now: Assessment
    then: Assessment

    @property
    def differs(self) -> bool:
        """Whether anything that a person would act on differs; the score alone is no reason to look."""
        return (self.now.outcome, self.now.band, self.now.safety) != (
            self.then.outcome, self.then.band, self.then.safety,
        ) or rules(self.now) != rules(self.then)  # fmt: skip

    @property
    def step(self) -> int:
        """How many bands graver the case would be; negative for milder."""
        return BANDS.index(str(self.then.band)) - BANDS.index(str(self.now.band))


@click.command()
@click.option(
    "--ruleset", "name", required=True, help="The rule set to try: its name, or the path of a file not yet installed."
)
@as_json
@pass_installation
def reassess(installation: Installation, name: str, as_json: bool) -> None:
    """Show what another rule set would change in the stored cases. Nothing is changed.

    Compares the advice stored with each case with the advice that the rule set would give on the same facts. What a
    person has assessed or decided stays as it is under either.
    """
    ruleset = the_ruleset(name, installation.settings.deploy_dir / "rulesets")
    rows = asyncio.run(read_table(installation.connection, installation.topics.cases))
    changes = compare(records(rows), ruleset)
    differing = [change for change in changes if change.differs]
    if as_json:
        print_json(
            {
                "ruleset": ruleset.name,
                "ruleset_hash": ruleset.hash,
                "summary": summary(changes),
                "cases": [as_data(change) for change in differing],
            }
        )
        return
    print_table(
        f"What {ruleset.name} would change",
        ("case", "outcome", "band", "rules", "rule set now"),
        [_row(change) for change in differing],
        empty=f"{ruleset.name} would change nothing.",
    )
    click.echo(", ".join(f"{label.replace('_', ' ')}: {number}" for label, number in summary(changes).items()))


def compare(cases: Iterable[CaseRecord], ruleset: RuleSet) -> tuple[Change, ...]:
    """Returns each assessed case with its stored advice and the advice that `ruleset` gives on the same facts."""
    return tuple(
        Change(case, case.assessment, assess(case.facts, ruleset, case.municipality))
        for case in cases
        if case.assessment is not None
    )


def summary(changes: Iterable[Change]) -> dict[str, int]:
    """Returns how many cases there are, and how many would become graver, milder, or differ in their rules only."""
    every = tuple(changes)
    return {
        "cases": len(every),
        "graver": sum(change.step > 0 for change in every),
        "milder": sum(change.step < 0 for change in every),
        "other_rules_only": sum(change.differs and change.step == 0 for change in every),
        "newly_notified": sum(change.then.notify_authority > change.now.notify_authority for change in every),
        "newly_informed": sum(change.then.inform_subjects > change.now.inform_subjects for change in every),
        "no_longer_informed": sum(change.then.inform_subjects < change.now.inform_subjects for change in every),
    }


def rules(assessment: Assessment) -> frozenset[str]:
    """Returns the rules that took effect."""
    return frozenset(fired.rule for fired in assessment.rules if fired.blocked_by is None)


def as_data(change: Change) -> dict[str, object]:
    """Returns one change as JSON has it."""
    now, then = change.now, change.then
    return {
        "reference": change.case.reference,
        "municipality": change.case.municipality,
        "status": str(change.case.status),
        "ruleset": now.ruleset,
        "outcome": {"now": str(now.outcome), "then": str(then.outcome)},
        "band": {"now": str(now.band), "then": str(then.band)},
        "score": {"now": now.score, "then": then.score},
        "safety": {"now": now.safety, "then": then.safety},
        "rules": {"no_longer": sorted(rules(now) - rules(then)), "new": sorted(rules(then) - rules(now))},
    }


def _row(change: Change) -> tuple[str, ...]:
    now, then = change.now, change.then
    marks = [f"-{rule}" for rule in sorted(rules(now) - rules(then))]
    marks += [f"+{rule}" for rule in sorted(rules(then) - rules(now))]
    return (
        change.case.reference,
        _arrow(str(now.outcome), str(then.outcome)),
        _arrow(str(now.band), str(then.band)),
        " ".join(marks),
        now.ruleset,
    )


def _arrow(now: str, then: str) -> str:
    return now if now == then else f"{now} → {then}"

"""`brudvagt evaluate`: published cases against a rule set, and where it tells too few or too many."""

from collections.abc import Sequence
from pathlib import Path

import click
from pydantic import ValidationError

from pipeline.cli.assess import ROOT, ruleset_option, the_ruleset
from pipeline.cli.output import print_table
from pipeline.severity.labelled import TOO_HIGH, TOO_LOW, Result, load_cases
from pipeline.severity.labelled import evaluate as evaluated

_SAMPLE = {"edpb-01-2021": " (in-sample)", "unseen-second": " (out-of-sample; 21/25 at the first run)"}
"""What a file's score is worth: the rules were fitted to the one; the other was encoded blind by a second person."""


@click.command()
@click.argument(
    "directory", type=click.Path(path_type=Path, exists=True, file_okay=False), default=ROOT / "tests" / "cases"
)
@ruleset_option
def evaluate(directory: Path, ruleset_name: str | None) -> None:
    """Judge the labelled cases in DIRECTORY and show each with what its source concluded.

    Exit status 1 if a case is too low, or wrong without a reason why a person must decide.
    """
    ruleset = the_ruleset(ruleset_name)
    every: list[Result] = []
    for path in sorted(directory.glob("*.yaml")):
        try:
            results = evaluated(load_cases(path), ruleset)
        except ValidationError as e:
            raise click.ClickException(f"{path}: {e.errors()[0]['loc']}: {e.errors()[0]['msg']}") from None
        right = sum(result.right for result in results)
        note = _SAMPLE.get(path.stem, "")
        print_table(
            f"{path.stem}: {right}/{len(results)} right{note}",
            ("case", "expected", "got", "band", "score", "rules", ""),
            [_row(result) for result in results],
            empty=f"{path}: no cases",
        )
        every += results
    _confusion(every)
    if any(r.harm >= TOO_LOW or (not r.right and r.case.human is None) for r in every):
        raise click.exceptions.Exit(1)


def _row(result: Result) -> tuple[str, ...]:
    got, expect = result.got, result.case.expect
    verdict = "" if result.right else (result.case.human or ("TOO LOW" if result.harm >= TOO_LOW else "too high"))
    rules = " ".join(f"({r.rule})" if r.blocked_by else r.rule for r in got.rules)
    wanted = f"{_word(expect.notify)}/{_word(expect.inform)}"
    given = f"{_word(got.notify_authority)}/{_word(got.inform_subjects)}"
    return (result.case.id, wanted, given, str(got.band), f"{got.score:g}", rules, verdict)


def _word(answer: bool | None) -> str:
    return "*" if answer is None else "Y" if answer else "N"


def _confusion(results: Sequence[Result]) -> None:
    rows = []
    for label, pairs in (
        ("tell Datatilsynet", [(r.case.expect.notify, r.got.notify_authority) for r in results]),
        ("tell the persons", [(r.case.expect.inform, r.got.inform_subjects) for r in results]),
    ):
        low = pairs.count((True, False))
        high = pairs.count((False, True))
        right = pairs.count((True, True)) + pairs.count((False, False))
        rows.append((label, str(right), str(low), str(high), str(low * TOO_LOW + high * TOO_HIGH)))
    print_table(
        f"Confusion, weighted by harm: too low x {TOO_LOW}, too high x {TOO_HIGH}; open expectations (*) not counted",
        ("question", "right", "too low", "too high", "harm"),
        rows,
        empty="no cases",
    )

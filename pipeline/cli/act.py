"""`brudvagt act …`: what people do on a case, sent as the event that a DPO's own tool would send."""

import json
import secrets
import sys
from collections.abc import Callable

import click
from pydantic import JsonValue

from pipeline.cases.identity import NotAReference, municipality_of, read
from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.output import as_json
from pipeline.cli.receipts import deliver
from schemas.actions import (
    PREFIX,
    CloseReason,
    CorrectionGround,
    Ground,
    IncidentStage,
    LinkKind,
    Outcome,
    SubmissionKind,
    TaskName,
    TaskState,
)
from schemas.reports import BREACH_SUPPLEMENTED, VERSION
from schemas.values import Answer, Role

SOURCE = "/brudvagt/cli"
ANSWER = click.Choice([str(one) for one in Answer])

Option = Callable[[Callable[..., None]], Callable[..., None]]


def _choice(values: type[Answer] | type[Ground] | type[Outcome]) -> click.Choice[str]:
    return click.Choice([str(one) for one in values])


@click.group()
def act() -> None:
    """Record an act on a case: who did what, when. `--by dpo:LOCAL-ID` says who; the contact plan says who may."""


def event(kind: str, ref: str, data: dict[str, JsonValue]) -> bytes:
    """Returns an act (or a supplement) on the case `ref` as a structured CloudEvent.

    Raises click.ClickException for a mistyped reference.
    """
    try:
        reference = read(ref)
    except NotAReference as e:
        raise click.ClickException(str(e)) from None
    envelope: dict[str, JsonValue] = {
        "specversion": "1.0",
        "id": secrets.token_hex(16),
        "source": SOURCE,
        "type": kind,
        "dataschema": f"urn:brudvagt:schema:{kind}:{VERSION}",
        "municipality": municipality_of(reference),
        "data": {"reference": reference, **{key: value for key, value in data.items() if value is not None}},
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


def _register(name: str, text: str, *options: Option) -> None:
    @click.argument("refs", nargs=-1, required=True, metavar="REF…")
    @click.option("--by", "by", required=True, metavar="ROLE:ID", help="Who acts, such as dpo:dpo-1.")
    @click.option("--at", "at", help="When it was done, if not now: ISO 8601.")
    @as_json
    @pass_installation
    def command(
        installation: Installation, /, refs: tuple[str, ...], by: str, at: str | None, as_json: bool, **given: JsonValue
    ) -> None:
        role, _, local_id = by.partition(":")
        if role not in {str(one) for one in Role} or not local_id:
            raise click.BadParameter("write ROLE:ID, such as dpo:dpo-1", param_hint="--by")
        who: dict[str, JsonValue] = {"by": {"role": role, "local_id": local_id}, "at": at}
        events = [(ref, event(PREFIX + name, ref, {**who, **given})) for ref in refs]
        sys.exit(deliver(installation, installation.topics.actions, events, as_json=as_json))

    decorated: Callable[..., None] = command
    for option in reversed(options):
        decorated = option(decorated)
    act.command(name.replace("_", "-"), help=text)(decorated)


def _text(flag: str, text: str, *, required: bool = False) -> Option:
    return click.option(f"--{flag}", required=required, help=text)


def _pick(flag: str, choice: click.Choice[str], text: str, *, required: bool = False) -> Option:
    return click.option(f"--{flag}", type=choice, required=required, help=text)


_register("acknowledge", "I have seen it and am on it.", _text("channel", "How the alert reached you."))
_register(
    "advise",
    "The DPO's advice to the controller.",
    _pick("notify-authority", ANSWER, "Tell Datatilsynet?"),
    _pick("inform-subjects", ANSWER, "Tell the persons affected?"),
    _text("advice", "The advice in words."),
)
_register(
    "decide",
    "The controller's decision; a no to notifying needs --reason.",
    _pick("notify-authority", ANSWER, "Tell Datatilsynet?", required=True),
    _pick("inform-subjects", ANSWER, "Tell the persons affected?"),
    _pick("not-informing-ground", _choice(Ground), "Why they are not told."),
    _text("reason", "Why."),
)
_register(
    "submit",
    "A person has filed with Datatilsynet; --at is the time of filing.",
    _pick("kind", click.Choice([str(one) for one in SubmissionKind]), "What was filed."),
    _text("receipt-reference", "The 40 hex digits on the receipt."),
    _text("authority-case", "The authority's case number."),
    _pick("complete", ANSWER, "Is the notification complete?"),
    _text("late-reason", "Why it came after the deadline (Art. 33(1))."),
)
_register(
    "correct_awareness",
    "The controller became aware at another time.",
    _text("aware-at", "When: ISO 8601.", required=True),
    _pick("ground", click.Choice([str(one) for one in CorrectionGround]), "Why it differs.", required=True),
    _text("reason", "In words.", required=True),
)
_register(
    "confirm_recipient",
    "What the wrong recipient has said.",
    *(
        _pick(flag, ANSWER, f"{flag.replace('-', ' ').capitalize()}?")
        for flag in ("opened", "read", "passed-on", "returned", "deletion-confirmed", "trust-documented")
    ),
    _text("method", "How it was said, such as letter."),
)
_register(
    "inform_subjects",
    "The persons affected were told, or will not be, with the ground.",
    _pick("informed", ANSWER, "Were they told?", required=True),
    _text("how", "How they were told."),
    _pick("ground", _choice(Ground), "Why not."),
    _text("reason", "In words."),
)
_register(
    "assess",
    "Your own assessment, beside the machine's.",
    _pick("outcome", _choice(Outcome), "The risk to people.", required=True),
    _text("reason", "Why.", required=True),
)
_register(
    "task",
    "The result of a first-hour task.",
    _pick("task", click.Choice([str(one) for one in TaskName]), "Which.", required=True),
    _pick("state", click.Choice([str(one) for one in TaskState]), "How far."),
    _pick("answer", ANSWER, "What was found."),
    _text("note", "In words."),
)
_register("request_info", "More was asked for.", _text("question", "What was asked.", required=True))
_register("forward", "The matter went to somebody else.", _text("to", "To whom, as a role or unit.", required=True))
_register("contact_department", "The department was contacted.", _text("unit", "Its local id."), _text("note", "Note."))
_register(
    "silence",
    "No alerts below `page` until then.",
    _text("until", "ISO 8601; at most 24 hours ahead.", required=True),
    _text("reason", "Why.", required=True),
)
_register("choose_policy", "Choose the policy.", _text("policy", "Its id.", required=True), _text("reason", "Why."))
_register(
    "incident",
    "NIS 2: whether the incident is significant (a no needs --reason), or what was filed; --at is the time of filing.",
    _pick("significant", ANSWER, "Is the incident significant (NIS 2-loven § 12)?"),
    _pick("filed", click.Choice([str(one) for one in IncidentStage]), "What was filed."),
    _text("receipt-reference", "The reference on the receipt."),
    _text("reason", "Why it is not significant."),
)
_register(
    "link",
    "Two cases belong together; resolves nothing.",
    _text("other", "The other reference.", required=True),
    _pick("kind", click.Choice([str(one) for one in LinkKind]), "How."),
)
_register(
    "close",
    "The work is done, or this was no breach, or it is another case's duplicate.",
    _pick("closing", click.Choice([str(one) for one in CloseReason]), "Why.", required=True),
    _text("duplicate-of", "The other reference."),
    _text("reason", "In words."),
)


@act.command()
@click.argument("ref")
@click.argument("data", type=click.File("r"))
@as_json
@pass_installation
def supplement(installation: Installation, ref: str, data: click.utils.LazyFile, as_json: bool) -> None:
    """Add to a case that was reported: DATA is a file with the supplement's fields as JSON, or `-`."""
    try:
        body = json.load(data)
    except ValueError as e:
        raise click.ClickException(f"{data.name} is not JSON: {e}") from None
    if not isinstance(body, dict):
        raise click.ClickException(f'{data.name} must hold an object such as {{"circumstances": {{…}}}}')
    value = event(BREACH_SUPPLEMENTED, ref, body)
    sys.exit(deliver(installation, installation.topics.reports, [(ref, value)], as_json=as_json))

"""`brudvagt doctor`: what this machine has, what is missing, and how to get it."""

import asyncio
import sys

import click
import yaml

from pipeline.cli.installation import Installation, pass_installation
from pipeline.cli.live import ask, firing, judge, rules, urls
from pipeline.cli.output import as_json, print_json, print_table
from pipeline.delivery.channels.channel import CERTIFICATES, Site
from pipeline.delivery.channels.readiness import EVERY_PLAN, FIELD, unready
from pipeline.kafka.doctor import Check, checks
from pipeline.kafka.errors import KafkaSetupError
from pipeline.plans.problems import PlanErrors
from pipeline.tenants.left import left
from pipeline.timebase import Clock


@click.command()
@click.option("--live", is_flag=True, help="Check what runs: every process, heartbeat, lag, audit, disk.")
@click.option("--prometheus", help="Where Prometheus is: does it evaluate every alert rule, and what fires?")
@as_json
@pass_installation
def doctor(installation: Installation, live: bool, prometheus: str | None, as_json: bool) -> None:
    """Check Python, Java, Kafka's jars, disk, data directory, ports and, if one is named, the cluster; then contact plans,
    and whether every channel that they name would get through.

    With --live check the installation that runs on this machine instead, as the alert rules would: every remedy is a
    runbook. With --prometheus ask what watches it too, wherever the processes run. Exit status 1 if anything is not as it
    should be.
    """
    found = running(installation) if live else whole(installation)
    if prometheus is not None:
        found += watched(installation, prometheus)
    if as_json:
        print_json([{"name": c.name, "ok": c.ok, "detail": c.detail, "remedy": c.remedy} for c in found])
    else:
        rows = [(c.name, "ok" if c.ok else "MISSING", c.detail, "" if c.ok else c.remedy or "") for c in found]
        print_table(
            "Brudvagt on this machine", ["what", "state", "found", "what to do"], rows, empty="nothing to check"
        )
    sys.exit(0 if all(c.ok for c in found) else 1)


def whole(installation: Installation) -> list[Check]:
    """Returns what there is to see without a running installation."""
    return [*checks(installation.settings), *own_topics(installation), *alarms(installation)]


def own_topics(installation: Installation) -> list[Check]:
    """Returns whether every municipality's own topics on the cluster are named; nothing where nobody has any."""
    if installation.embedded:
        return []
    try:
        found = asyncio.run(left(installation.connection, installation.topics))
    except KafkaSetupError:
        return []  # the check of the cluster has told it
    wrong = [Check("own topics", False, f"of {one.kommunekode}, which is not named", str(one)) for one in found]
    named = installation.topics.tenants
    return wrong or ([Check("own topics", True, f"of {', '.join(named)}, no others")] if named else [])


def running(installation: Installation) -> list[Check]:
    """Returns what the processes of this machine say of themselves."""
    return list(judge(asyncio.run(ask(urls(installation.settings))), Clock.real().now()))


def watched(installation: Installation, prometheus: str) -> list[Check]:
    """Returns what a Prometheus says of the rules and of what fires."""
    text = (installation.settings.deploy_dir / "prometheus" / "rules" / "brudvagt.yaml").read_text(encoding="utf-8")
    wanted = {rule["alert"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]}
    return [asyncio.run(rules(prometheus, wanted)), *asyncio.run(firing(prometheus))]


def alarms(installation: Installation) -> list[Check]:
    """Returns whether the contact plans can be used, and each thing that keeps one of their channels from getting through.

    Without a mail server `brudvagt up` keeps mails as files: nothing is missing until an alert shall reach somebody.
    """
    settings = installation.settings
    try:
        plans = installation.plans
    except PlanErrors as error:
        return [
            Check("contact plans", False, str(error.problems[0]), "Run `brudvagt plans check`, and correct the files.")
        ]
    site = Site(settings, settings.deploy_dir / "municipalities" / CERTIFICATES)
    said = [Check("contact plans", True, f"{len(plans)} in use")]
    for problem in unready(plans, site, installation.clock.datetime()):
        mail_only = settings.smtp_url is None and problem.field.startswith(f"{FIELD} smtp ")
        what = "channels" if problem.file == EVERY_PLAN else problem.file
        detail = f"{problem.field}: {problem.reason}"
        if mail_only:
            detail = "no mail server is set: `brudvagt up` keeps mails as files, an alerting worker does not start"
        said.append(Check(what, mail_only, detail, problem.remedy))
    if len(said) == 1:
        said.append(Check("channels", True, "every channel of the plans is set up"))
    return said

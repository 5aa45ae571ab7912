"""What contact plans ask for and an installation cannot do is told by `plans check` and by the doctor, ahead of the night."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.doctor import alarms
from pipeline.cli.installation import Installation
from pipeline.cli.plans import plans
from pipeline.cli.worker import refuse_silence
from pipeline.settings import Settings, SettingsError
from tests.plans.test_load import SHIPPED

HOOK = 'kind: webhook, address: "https://sms.example/vagt"'
SMS = "        - {name: sms, kind: apprise, address: sms-vagt}\n"


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A deploy folder in which Herning's DPO has an SMS too, and a certificate for mail that is not there."""
    folder = Path(shutil.copytree(SHIPPED.parent, tmp_path / "deploy"))
    file = folder / "municipalities" / "657-herning.yaml"
    before = "        - {name: mail, kind: smtp, address: dpo@herning.example}\n"
    text = file.read_text(encoding="utf-8")
    assert before in text
    protected = before.replace("}", ", certificate: dpo}")
    file.write_text(text.replace(before, protected + SMS), encoding="utf-8")
    return folder


def test_plans_check_notes_what_is_not_set_up(deploy: Path) -> None:
    """No fault of the plan: exit status 0, and a sentence with the setting for each kind of channel."""
    done = CliRunner().invoke(plans, ["check", "--directory", str(deploy / "municipalities")])
    assert done.exit_code == 0, done.output
    assert "Sæt BRUDVAGT_SMTP_URL" in done.output
    assert "kanaler af slagsen apprise (1): den er ikke sat op her. Sæt BRUDVAGT_APPRISE_FILE" in done.output


def test_plans_check_notes_a_certificate_that_is_missing(deploy: Path) -> None:
    """Where mail is set up the certificate is looked at."""
    arguments = ["check", "--directory", str(deploy / "municipalities")]
    done = CliRunner().invoke(plans, arguments, env={"BRUDVAGT_SMTP_URL": "smtp://127.0.0.1:25"})
    assert "657 (Herning Kommune): delivery.people.dpo.channels.mail: certifikatet dpo kan ikke læses" in done.output
    assert "BRUDVAGT_SMTP_URL" not in done.output


def test_the_doctor_tells_what_would_not_get_through(deploy: Path, tmp_path: Path) -> None:
    """Missing: SMS and certificate. Not missing on a machine that tries things out: the mail server."""
    told = {(one.name, one.ok): one for one in alarms(Installation(Settings(deploy_dir=deploy, data_dir=tmp_path)))}
    assert "no mail server is set" in told["channels", True].detail
    assert "apprise (1)" in told["channels", False].detail
    assert "BRUDVAGT_APPRISE_FILE" in told["channels", False].remedy
    with_mail = Settings(deploy_dir=deploy, data_dir=tmp_path, smtp_url="smtp://127.0.0.1:25")
    found = alarms(Installation(with_mail))
    assert [one.name for one in found if not one.ok] == ["channels", "657 (Herning Kommune)"]


def test_the_doctor_is_content_with_the_shipped_plans(tmp_path: Path) -> None:
    """With a mail server everything in them gets through."""
    found = alarms(Installation(Settings(data_dir=tmp_path, smtp_url="smtp://127.0.0.1:25")))
    assert [(one.name, one.ok) for one in found] == [("contact plans", True), ("channels", True)]


def test_the_doctor_names_the_first_fault_of_a_plan(deploy: Path, tmp_path: Path) -> None:
    """And where all of them are told."""
    file = deploy / "municipalities" / "657-herning.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("dpo: [dpo]", "dpo: []"), encoding="utf-8")
    (found,) = alarms(Installation(Settings(deploy_dir=deploy, data_dir=tmp_path)))
    assert (found.ok, "657-herning.yaml: delivery.roles.dpo" in found.detail) == (False, True)
    assert "plans check" in found.remedy


def test_an_alerting_worker_that_could_tell_nobody_refuses_in_words(deploy: Path, tmp_path: Path) -> None:
    """Plans with mail and no mail server; a file of a channel that cannot be read. Each sentence names the setting."""
    with pytest.raises(SettingsError, match="BRUDVAGT_SMTP_URL is not set, so no alert could reach anybody"):
        refuse_silence(Installation(Settings(deploy_dir=deploy, data_dir=tmp_path)))
    half = Settings(
        deploy_dir=deploy, data_dir=tmp_path, smtp_url="smtp://127.0.0.1:25", apprise_file=tmp_path / "gone.yaml"
    )
    with pytest.raises(SettingsError, match=r"BRUDVAGT_APPRISE_FILE: .*gone\.yaml cannot be read"):
        refuse_silence(Installation(half))


def test_what_stands_beside_the_mail_does_not_hold_a_worker_back(deploy: Path, tmp_path: Path) -> None:
    """An SMS that is not set up is logged, and the mail goes out."""
    refuse_silence(Installation(Settings(deploy_dir=deploy, data_dir=tmp_path, smtp_url="smtp://127.0.0.1:25")))


def test_plans_without_mail_need_no_mail_server(deploy: Path, tmp_path: Path) -> None:
    """Webhooks only: the worker starts with their secrets alone."""
    for file in [*deploy.glob("municipalities/*.yaml"), *deploy.glob("municipalities/offices/*.yaml")]:
        text = re.sub(r"kind: smtp, address: [^,}]+(, certificate: dpo)?", HOOK, file.read_text(encoding="utf-8"))
        file.write_text(text.replace(SMS, ""), encoding="utf-8")
    secrets = tmp_path / "secrets"
    secrets.write_text("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
    refuse_silence(Installation(Settings(deploy_dir=deploy, data_dir=tmp_path, webhook_secrets_file=secrets)))

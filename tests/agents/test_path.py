"""The main job: a report becomes a case, an alert and a Danish mail, and nothing about a person leaves the gate."""

import base64
import json
import re
import time
from pathlib import Path

import orjson
import pytest

from tests.agents.events import LETTER, case, report
from tests.agents.mails import read_mail
from tests.agents.running import ROLES, STRUCTURED, Running
from tests.agents.watch import Watch
from tests.engine.pace import Watcher, idle_s

MADE_UP_CPR = "010190-1234"
SPELLINGS = (b"010190-1234", b"0101901234", b"010190 1234")
TOLD_WITHIN_S = 10.0


async def test_a_report_becomes_a_case_and_a_danish_mail_within_seconds(running: Running, tmp_path: Path) -> None:
    """The receipt names the reference; the DPO's mail says what to do and by when, 72 hours after the report."""
    ref = case("letter-1")
    with Watcher(tmp_path) as machine:
        async with Watch(running) as watch:
            began = time.time()
            (position,) = await running.report(report("letter-1"))
            (receipt,) = await watch.answers(position)
            assert (receipt.outcome, receipt.references) == ("accepted", (ref,))
            await watch.until(lambda: bool(watch.sent(ref)))
            took_s = idle_s(machine.looks(), began, time.time())
            await watch.abreast()
            clock, first = watch.cases[ref].clocks[0], watch.sent(ref)[0].alert
    assert (clock.deadline_at - receipt.received_at).total_seconds() == 72 * 3600
    assert took_s < TOLD_WITHIN_S
    mails = [read_mail(path) for path in running.mails]
    message, text = next((m, t) for m, t in mails if ref in str(m["Subject"]))
    assert str(message["To"]) == "dpo@herning.example"
    assert message["Message-ID"].split("@")[0].lstrip("<") == first.alert_id
    assert "Frist for anmeldelse til Datatilsynet:\ntorsdag den 19. november 2026 kl. " in text
    assert "Gør nu:" in text


async def test_a_cpr_number_stays_on_the_restricted_topic(running: Running) -> None:
    """Masked in the case; nowhere in any other topic, log, metric or mail, also when the report is rejected."""
    circumstances = LETTER["circumstances"]
    assert isinstance(circumstances, dict)
    told = {**LETTER, "circumstances": {**circumstances, "description": f"Brevet er til {MADE_UP_CPR}, hos naboen."}}
    ref = case("with-a-number")
    torn = report("torn", told)[:-40]
    async with Watch(running) as watch:
        accepted, rejected = await running.send(
            [
                (running.topics.reports, report("with-a-number", told), STRUCTURED),
                (running.topics.reports, torn, STRUCTURED),
            ]
        )
        receipts = await watch.answers(accepted, rejected)
        assert [one.outcome for one in receipts] == ["accepted", "rejected"]
        opened = receipts[1].references[0]
        await watch.until(lambda: bool(watch.sent(ref)) and bool(watch.sent(opened)))
        key = "{}[{}]@{}".format(*rejected).encode()
        await watch.until(lambda: bool(kept(watch, key)))
        holders = {
            one.topic
            for one in watch.everything
            for part in (one.key, one.value, *(value for _, value in one.headers))
            if part is not None and any(spelling in part for spelling in SPELLINGS)
        }
        assert "[CPR]" in str(watch.cases[ref].facts[0].body)
    assert holders == {running.topics.reports}  # the sender's own record; the restricted topic has it in base 64
    (raw,) = kept(watch, key)
    assert base64.b64decode(orjson.loads(raw)["value"]) == torn
    said = [running.logs, *(worker.get("/metrics")[1] for worker in running.workers.values())]
    said += [read_mail(path)[1] for path in running.mails]
    assert said
    assert not any(spelling.decode() in text for text in said for spelling in SPELLINGS)


def kept(watch: Watch, position: bytes) -> list[bytes]:
    """Returns what the restricted topic holds of the record at a position."""
    return [one.value or b"" for one in watch.everything if one.topic.endswith(".raw") and one.key == position]


async def test_an_alert_holds_nothing_about_a_person(running: Running) -> None:
    """Neither the reporter's words nor an address nor a name: reference, codes, roles and times."""
    ref = case("words")
    circumstances = LETTER["circumstances"]
    assert isinstance(circumstances, dict)
    told = {**LETTER, "circumstances": {**circumstances, "description": "Kanariefuglen hos genboen."}}
    async with Watch(running) as watch:
        await running.report(report("words", told))
        await watch.until(lambda: bool(watch.sent(ref)))
        alerts = [one.value or b"" for one in watch.everything if one.topic == running.topics.alerts]
        letters = [one.value or b"" for one in watch.everything if one.topic == running.topics.deliveries]
    mails = [read_mail(path)[1].encode() for path in running.mails]
    assert any(ref.encode() in one for one in alerts)
    assert any(ref.encode() in one for one in mails)
    for text in (*alerts, *letters, *mails):
        assert b"Kanariefuglen" not in text
    for text in (*alerts, *letters):
        assert b"@" not in text


@pytest.mark.parametrize("role", ROLES)
async def test_health_pages_answer_and_metrics_name_no_case(running: Running, role: str) -> None:
    """Alive, ready with every partition open, and metrics from zero on without a single case id."""
    async with Watch(running) as watch:
        ref = case(f"measured-{role}")
        await running.report(report(f"measured-{role}"))
        await watch.until(lambda: bool(watch.sent(ref)))
    worker = running.workers[role]
    assert worker.get("/healthz")[0] == 200
    status, ready = worker.get("/readyz")
    assert status == 200
    states = [state for stage in json.loads(ready)["stages"].values() for state in stage.values()]
    assert states == ["working"] * 8  # two stages of four partitions
    status, text = worker.get("/metrics")
    assert status == 200
    assert "brudvagt_stage_lag_records" in text
    assert re.search(r"\d{3}-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]", text) is None
    if role == "casework":
        assert re.search(r'brudvagt_cases_open\{band="over_24h",municipality="657",risk="[a-z_]+"\} [1-9]', text)

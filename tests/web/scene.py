"""A page on a case of Herning, with everything outside replaced by something that a test can look into."""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import httpx
from pydantic import JsonValue

from pipeline.plans.load import load_plans
from pipeline.plans.plan import ContactPlan
from pipeline.timebase import Clock
from pipeline.tracing.context import Trace
from pipeline.web.app import Desk, create
from pipeline.web.caselog import KafkaUnreachable
from pipeline.web.intake import ActIntake
from pipeline.web.links import Claim, Links
from pipeline.web.serving import loudest
from schemas.case import CaseRecord
from schemas.facts import Fact
from schemas.receipt import IngressOutcome, Problem, Receipt
from schemas.row_version import must_be_read
from schemas.values import Role
from tests.cases import scene as cases

T0 = cases.T0
HOUR = timedelta(hours=1)
FROZEN = 1e-18
"""A clock this slow stands still: 1.8 thousand million seconds since 1970 are two nanoseconds of it."""


@cache
def plans() -> Mapping[str, ContactPlan]:
    """Returns the shipped contact plans."""
    return load_plans(cases.DEPLOY / "municipalities")


def clock_at(at: datetime) -> Clock:
    """Returns a clock that shows `at` and stands."""
    return Clock(0.0, at.timestamp(), FROZEN)


def claim(role: Role = Role.DPO, local_id: str = "dpo", reference: str = cases.REFERENCE) -> Claim:
    """Returns who may act on the case: Herning's DPO unless named."""
    return Claim(reference=reference, municipality="657", role=role, local_id=local_id, channel="mail")


DPO, DECIDER = claim(), claim(Role.DECISION_MAKER, "direktion")
CASEWORKER, SECURITY = claim(Role.CASEWORKER, "sagsbehandling"), claim(Role.SECURITY, "it-sikkerhed")


def grave(*more: Fact) -> CaseRecord:
    """Returns the case of a letter to the wrong citizen, high risk, with what was done since."""
    return cases.Desk().take(cases.misdelivery(), *more).case


@dataclass(slots=True)
class FakeCases:
    """Cases without a broker."""

    found: CaseRecord | None
    down: bool = False
    newer: bool = False

    async def case(self, reference: str) -> CaseRecord | None:
        """Returns the case if it has that reference."""
        if self.down:
            raise KafkaUnreachable
        if self.newer:
            must_be_read(reference.encode(), b'{"schema_version":"2027-03-01"}')
        return self.found if self.found is not None and self.found.reference == reference else None


@dataclass(slots=True)
class FakeIntake:
    """Keeps what was sent and answers as told."""

    answer: Receipt | None = None
    down: bool = False
    sent: list[dict[str, JsonValue]] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)

    async def submit(self, event: bytes, trace: Trace) -> Receipt | None:
        """Returns the answer."""
        self.sent.append(json.loads(event))
        self.traces.append(trace)
        if self.down:
            raise KafkaUnreachable
        return self.answer

    @property
    def data(self) -> dict[str, JsonValue]:
        """The data of the one act that was sent."""
        (event,) = self.sent
        data = event["data"]
        assert isinstance(data, dict)
        return data


def receipt(outcome: IngressOutcome = IngressOutcome.ACCEPTED, code: str | None = None) -> Receipt:
    """Returns a receipt, given at T0."""
    problems = () if code is None else (Problem(code=code, path="/x", reason="a reason", remedy="a remedy"),)
    return Receipt(outcome=outcome, topic="t", partition=0, offset=0, received_at=T0, problems=problems)


class Page:
    """The application and a reader with a phone."""

    def __init__(
        self,
        keys: Path,
        record: CaseRecord | None = None,
        *,
        at: datetime = T0 + HOUR,
        intake: ActIntake | None = None,
        base_url: str = "https://brudvagt.example",
    ) -> None:
        """Shows `record` (the grave case unless given) at `at`; acts go to `intake`, or to one that keeps them."""
        self.cases = FakeCases(grave() if record is None else record)
        self.intake = FakeIntake(receipt())
        self.links = Links(keys, clock_at(at), base_url, timedelta(days=7))
        self.plans = dict(plans())
        self.app = create(
            Desk(
                links=self.links,
                cases=self.cases,
                intake=intake or self.intake,
                plan_of=self.plans.get,
                level_of=lambda case, now: loudest(case, cases.catalogue(), now),
                clock=self.links.clock,
            )
        )

    async def request(self, method: str, path: str, **more: object) -> httpx.Response:
        """Returns the answer to one request."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://brudvagt.example") as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]

    async def get(self, who: Claim = DPO) -> httpx.Response:
        """Opens that person's link."""
        return await self.request("GET", f"/sag/{self.links.token(who)}")

    async def post(self, act: str, who: Claim = DPO, **fields: str) -> httpx.Response:
        """Sends a form with that person's token."""
        form = {"token": self.links.token(who), "form_id": "0" * 32, "act": act, **fields}
        return await self.request("POST", "/sag", data=form)


def text_of(answer: httpx.Response) -> str:
    """Returns what a reader sees: the page without its tags and style sheet."""
    body = re.sub(r"<style>.*?</style>", "", answer.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def forms_of(answer: httpx.Response) -> list[str]:
    """Returns the acts that the page offers, in its order."""
    return re.findall(r'name="act" value="([a-z_]+)"', answer.text)

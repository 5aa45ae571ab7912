"""The application: a GET shows and never acts (link scanners open links), a POST acts for the link's own person."""

import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException

from pipeline.logging import TRACE_ID
from pipeline.plans.plan import FALLBACK, ContactPlan
from pipeline.timebase import Clock
from pipeline.tracing.context import follow
from pipeline.web import messages
from pipeline.web.caselog import CaseReader, KafkaUnreachable
from pipeline.web.filled import NotFilled, data_of
from pipeline.web.forms import FORMS, Offer, holds_role, offers
from pipeline.web.intake import ActIntake, event
from pipeline.web.link_keys import LinkKeysError
from pipeline.web.links import PATH, Claim, LinkExpired, LinkRefused, Links
from pipeline.web.metrics import answered
from pipeline.web.pages import STYLE_HASH, Message, Sending, case_page, message_page
from schemas.alert import Level
from schemas.case import CaseRecord, Status
from schemas.row_version import UnreadVersion

log = structlog.get_logger("pipeline.web")
LARGEST_FORM = 64 * 1024  # bytes; the longest text of the contract, percent-encoded, fits twice
MOST_FIELDS = 40
HEALTH = "/healthz"  # for a proxy and for probes; what Prometheus reads is on a port that no proxy leads to
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_TITLES = {form.act: form.title for form in FORMS}

HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page needs from outside. `level` says how loud a case is now, for people to read."""

    links: Links
    cases: CaseReader
    intake: ActIntake
    plan_of: Callable[[str], ContactPlan | None]
    level_of: Callable[[CaseRecord, datetime], Level | None]
    clock: Clock

    def plan(self, municipality: str) -> ContactPlan:
        """Returns the municipality's plan, or the one of last resort, as intake looks it up."""
        found = self.plan_of(municipality) or self.plan_of(FALLBACK)
        assert found is not None, "loading refuses plans without 000"
        return found


class Stop(Exception):
    """The answer is known before the end: a message and its status."""

    def __init__(self, status: int, message: Message) -> None:
        """Takes the HTTP status and what is said."""
        super().__init__(message.title)
        self.status, self.message = status, message


def create(desk: Desk, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """Returns the application; no documentation pages, no cookies, no script."""
    action = desk.links.action

    def say(message: Message, status: int) -> Response:
        return HTMLResponse(message_page(message, action), status)

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)

    @app.middleware("http")
    async def with_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        _count(request, response.status_code)
        response.headers.update(HEADERS)
        return response

    @app.exception_handler(Stop)
    async def stopped(_: Request, stop: Stop) -> Response:
        return say(stop.message, stop.status)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        found = messages.NOWHERE if error.status_code in (404, 405) else messages.UNREADABLE_FORM
        return HTMLResponse(message_page(found, action), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        _count(request, 500)
        # Answered outside the middleware above; the server logs the fault itself.
        return HTMLResponse(message_page(messages.BROKEN, action), 500, HEADERS)

    @app.exception_handler(LinkKeysError)
    async def without_keys(_: Request, error: LinkKeysError) -> Response:
        log.error("links cannot be read", reason=str(error))
        return say(messages.BROKEN, 503)

    @app.api_route(PATH + "{token}", methods=["GET", "HEAD"])
    async def show(token: str) -> Response:
        now = desk.clock.datetime()
        claim, case, plan = await _admit(desk, token, now)
        return _case(desk, case, plan, claim, now, Sending(action, token, secrets.token_hex(16)), 200)

    @app.post(PATH.rstrip("/"))
    async def act(request: Request) -> Response:
        sent = await _read_form(request)
        token, now = sent.get("token", ""), desk.clock.datetime()
        claim, case, plan = await _admit(desk, token, now)
        offer = _offered(sent.get("act", ""), offers(case, plan, claim, now), token)
        form_id = sent.get("form_id", "")
        if _FORM_ID.fullmatch(form_id) is None:
            form_id = secrets.token_hex(16)
        try:
            data = data_of(offer.form, claim, sent)
        except NotFilled as fault:
            sending = Sending(action, token, form_id, offer.form.act, sent, fault.faults)
            return _case(desk, case, plan, claim, now, sending, 422)
        made = event(offer.form.act, claim.reference, claim.municipality, data, form_id)
        trace = follow(None)
        told = log.bind(reference=claim.reference, act=offer.form.act, **{TRACE_ID: trace.trace_id})
        try:
            receipt = await desk.intake.submit(made, trace)
        except KafkaUnreachable:
            told.warning("an act was not acknowledged")
            return say(messages.unreachable_act(token), 503)
        outcome = None if receipt is None else str(receipt.outcome)
        told.info("act", role=claim.role, outcome=outcome)
        status = 202 if receipt is None else 409 if outcome == "rejected" else 200
        return say(messages.answered(offer.form.title, receipt, token), status)

    @app.get(HEALTH)
    async def alive() -> Response:
        return PlainTextResponse("ok\n")

    return app


def _count(request: Request, status: int) -> None:
    path = request.url.path
    if path != HEALTH:
        asked = "look" if path.startswith(PATH) else "act" if path == PATH.rstrip("/") else "other"
        answered(asked, status)


async def _admit(desk: Desk, token: str, now: datetime) -> tuple[Claim, CaseRecord, ContactPlan]:
    """Returns who may act on which case under which plan. Raises Stop, in words."""
    try:
        claim = desk.links.read(token)
    except LinkExpired:
        raise Stop(410, messages.EXPIRED) from None
    except LinkRefused:
        raise Stop(403, messages.REFUSED) from None
    plan = desk.plan(claim.municipality)
    if not holds_role(plan, claim, now):
        raise Stop(403, messages.NOT_HELD)
    try:
        case = await desk.cases.case(claim.reference)
    except KafkaUnreachable:
        raise Stop(503, messages.UNREACHABLE_LOOK) from None
    except UnreadVersion as error:
        log.error("a case cannot be shown", reason=str(error))
        raise Stop(503, messages.NEWER) from None
    if case is None or case.municipality != claim.municipality:
        raise Stop(404, messages.UNKNOWN_CASE)
    if case.status is not Status.OPEN:
        raise Stop(409, messages.closed(case.absorbed_by if case.status is Status.ABSORBED else None))
    return claim, case, plan


def _offered(act: str, offered: tuple[Offer, ...], token: str) -> Offer:
    found = next((offer for offer in offered if offer.form.act == act), None)
    if found is not None:
        return found
    if act not in _TITLES:
        raise Stop(400, messages.UNREADABLE_FORM)
    raise Stop(403, messages.not_entitled(_TITLES[act], token))


async def _read_form(request: Request) -> dict[str, str]:
    """Returns the fields of a plain form. Raises Stop for one without a length, too large, or of another kind."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        raise Stop(413, messages.TOO_LARGE)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Stop(415, messages.UNREADABLE_FORM)
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def _case(
    desk: Desk, case: CaseRecord, plan: ContactPlan, claim: Claim, now: datetime, sending: Sending, status: int
) -> Response:
    level, offered = desk.level_of(case, now), offers(case, plan, claim, now)
    return HTMLResponse(case_page(case, plan, claim, level, offered, now, sending), status)

"""The picture of what happened: one self-contained HTML page, a timeline per case. Nothing about anyone is on it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape

from pipeline.cli.cases import RISK_DA, STATUS_DA, by_time_left
from pipeline.cli.output import local
from pipeline.demo.balance import balance
from pipeline.demo.board import Board
from pipeline.demo.foretold import Comparison
from schemas.case import CaseRecord
from schemas.delivery import Delivery
from schemas.facts import MACHINE, REPORTS, FactKind

WIDTH, MARGIN = 1000.0, 20.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One sign on a timeline: where (pixels), which kind, and what it says when pointed at."""

    x: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Strip:
    """One case's timeline."""

    reference: str
    risk: str
    state: str
    deadline: str
    why: str
    marks: tuple[Mark, ...]
    deadline_x: float
    foreseen: tuple[float, ...]  # where `plan` foretold an alert
    rows: tuple[tuple[str, str, str], ...]


def write_page(path: Path, board: Board, comparison: Comparison, made_at: datetime) -> Path:
    """Writes the page and returns its path."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True, default_for_string=True),
    )
    result = balance(board)
    cases = sorted(board.cases.values(), key=by_time_left)
    page = environment.get_template("page.html.j2").render(
        strips=[_strip(board, comparison, case) for case in cases],
        balance=result,
        comparison=comparison,
        near_min=comparison.near // timedelta(minutes=1),
        width=WIDTH,
        made_at=made_at,
    )
    path.write_text(page, encoding="utf-8")
    return path


def _strip(board: Board, comparison: Comparison, case: CaseRecord) -> Strip:
    start = case.opened_at - timedelta(hours=2)
    end = case.clocks[0].deadline_at + timedelta(hours=6)

    def x(at: datetime) -> float:
        share = (at - start) / (end - start)
        return MARGIN + min(1.0, max(0.0, share)) * (WIDTH - 2 * MARGIN)

    marks = [Mark(x(f.recorded_at), _kind(f.kind), _title(case, index)) for index, f in enumerate(case.facts)]
    marks += [Mark(x(d.sent_at), f"alert {d.alert.level}", _told(d)) for d in board.sent(case.reference) if d.sent_at]
    rows = [(f.recorded_at, f"{f.kind} {f.body.get('rung', '')}".strip(), f"{f.by.role}") for f in case.facts]
    rows += [(d.sent_at, _told(d), d.alert.channel) for d in board.sent(case.reference) if d.sent_at]
    assessment = case.assessment
    why = "" if assessment is None else ", ".join(r.rule for r in assessment.rules if r.blocked_by is None)
    return Strip(
        reference=case.reference,
        risk=RISK_DA.get(str(case.outcome), "uvurderet"),
        state=STATUS_DA.get(case.status, case.status) + (", anmeldt" if case.clocks[0].submitted_at else ""),
        deadline=local(case.clocks[0].deadline_at),
        why=why,
        marks=tuple(marks),
        deadline_x=x(case.clocks[0].deadline_at),
        foreseen=tuple(x(at) for at in comparison.foreseen.get(case.reference, ())),
        rows=tuple((local(at), what, who) for at, what, who in sorted(rows)),
    )


def _kind(kind: str) -> str:
    if kind in REPORTS:
        return "report"
    if kind == FactKind.RUNG_REACHED:
        return "rung"
    return "machine" if kind in MACHINE else "act"


def _title(case: CaseRecord, index: int) -> str:
    fact = case.facts[index]
    return f"{local(fact.recorded_at)} {fact.kind} {fact.body.get('rung', '')}".strip()


def _told(delivery: Delivery) -> str:
    alert = delivery.alert
    return f"{alert.level}: {alert.obligation}/{alert.rung} → {alert.role} (trin {alert.step}, runde {alert.round})"

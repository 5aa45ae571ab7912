"""The stage engine: Faust agents on top, one Kafka transaction per batch underneath.

Here lives everything that knows how Faust and Kafka really behave: stages, transactions, tables, timers, take-over,
poison, budgets, the worker process. Here must not live anything that knows what a breach, a case or a municipality
is: keys and values are bytes. `docs/engine.md` has the picture, the rules and what is not proven.
"""

from pipeline.engine.budgets import BudgetError, Budgets
from pipeline.engine.completions import Completion
from pipeline.engine.errors import EngineError, Transient
from pipeline.engine.poison import Poison
from pipeline.engine.record import Record, Send
from pipeline.engine.settings import WorkerSettings
from pipeline.engine.stage import Stage
from pipeline.engine.transaction import Tx
from pipeline.engine.upstream import Upstream
from pipeline.engine.worker import run_worker

__all__ = [
    "BudgetError",
    "Budgets",
    "Completion",
    "EngineError",
    "Poison",
    "Record",
    "Send",
    "Stage",
    "Transient",
    "Tx",
    "Upstream",
    "WorkerSettings",
    "run_worker",
]

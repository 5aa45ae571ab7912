"""Drops report 20 and says that it has handled everything: the bench must notice (tests/bench/test_harness.py)."""

import asyncio

from tests.bench.contenders.aiokafka_loop import loop
from tests.bench.contenders.start import told

FORGOTTEN = 20

if __name__ == "__main__":
    asyncio.run(loop(told(), keep=lambda report: report.id != FORGOTTEN))

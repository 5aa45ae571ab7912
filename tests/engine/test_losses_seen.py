"""That the count of the chaos can fail: the same reports, the same failing handlers, once on Faust's own Kafka path."""

from pathlib import Path

import pytest

from pipeline.kafka.broker import EmbeddedKafka
from tests.engine import kafka_tools
from tests.engine.account import Account
from tests.engine.failing import CHOSEN
from tests.engine.keeper import Keeper
from tests.engine.scene import OURS, STOCK_FAUST, Contestant, Scene

REPORTS, EVERY = 300, 150


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("contestant", "lost"), [(OURS, 0), (STOCK_FAUST, REPORTS // EVERY)], ids=["ours", "faust"])
async def test_a_handler_that_fails_once_loses_its_report_on_stock_faust_and_not_here(
    broker: EmbeddedKafka, tmp_path: Path, contestant: Contestant, lost: int
) -> None:
    """Two handlers raise once: Faust acknowledges their reports and never looks at them again, and the count sees it."""
    scene = Scene(broker.bootstrap, tmp_path, contestant)
    await kafka_tools.create_toy_topics(scene.bootstrap, scene.prefix)
    await scene.report(range(REPORTS))
    keeper = Keeper(lambda: scene.start(max_batch=20, fail_every=EVERY, instance="same"))
    try:
        await scene.drained(90)
    finally:
        keeper.stop()
    assert scene.failed_once() == {CHOSEN, CHOSEN + EVERY}
    assert await scene.account() == Account(
        REPORTS, unread=0, lost=lost, counted_twice=0, alerts_missing=lost, alerts_doubled=0
    )

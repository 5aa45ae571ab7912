"""The gauges of one partition, taken from its parts about once a second."""

from pipeline.engine import metrics
from pipeline.engine.completions import Effects
from pipeline.engine.feed import Feed
from pipeline.engine.poison import Suspects
from pipeline.engine.timers import Timers
from pipeline.timebase import Clock


def show(stage: str, partition: int, feed: Feed, timers: Timers, suspects: Suspects, effects: Effects) -> None:
    """Sets lag, last-stable-offset lag, age of the oldest unhandled record, timers, parked timers, side effects."""
    labels = (stage, str(partition))
    reach = feed.reach().values()
    metrics.LAG.labels(*labels).set(feed.lag())
    metrics.HANDLED.labels(*labels).set(sum(one.position for one in reach) - len(feed))
    metrics.STABLE_LAG.labels(*labels).set(sum(max(0, one.end - one.stable) for one in reach))
    oldest_ms = feed.oldest_ms()
    age = 0.0 if oldest_ms is None else max(0.0, Clock.real().now() - oldest_ms / 1000)
    metrics.OLDEST.labels(*labels).set(age)
    metrics.TIMERS.labels(*labels).set(len(timers))
    metrics.PARKED.labels(*labels).set(suspects.parked)
    metrics.EFFECTS.labels(*labels).set(effects.running)

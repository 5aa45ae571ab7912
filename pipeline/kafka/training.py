"""The one run of the broker from which Java makes its ahead-of-time cache: see `pipeline.kafka.startup_cache`."""

import tempfile
from pathlib import Path

from pipeline.kafka import jars, startup_cache
from pipeline.kafka.broker import EmbeddedKafka

STOP_BUDGET_S = 120.0  # the file is written while Java ends: 10 s on two cores


def ensure(*, progress: jars.Progress = jars.silent) -> None:
    """Make the cache if there is none: start a broker in a temporary directory and stop it again."""
    cache = startup_cache.path()
    if cache.is_file():
        return
    progress("Apache Kafka: preparing faster starts (once, about 15 s)")
    with tempfile.TemporaryDirectory(prefix="brudvagt-training-", ignore_cleanup_errors=True) as directory:
        trained = cache.with_suffix(f".{Path(directory).name}.part")
        training = EmbeddedKafka(
            Path(directory), port=0, jvm_options=(f"-XX:AOTCacheOutput={trained}", "-Xlog:aot*=off")
        )
        training.start()
        training.stop(budget_s=STOP_BUDGET_S)
        if trained.is_file():
            trained.replace(cache)
            progress(f"Apache Kafka: {cache.stat().st_size // 1024**2} MB in {cache}")
        else:
            progress("Apache Kafka: this Java makes no such cache; starts take a few seconds longer")

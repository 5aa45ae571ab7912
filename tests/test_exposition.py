"""The page of metrics: the same as the client's own, whatever stands in a label."""

import pytest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

import pipeline.measure  # noqa: F401 - no series tells when it was born, as in every process of Brudvagt
from pipeline.exposition import Ready, Sparse, head, page

NASTY = 'a "quoted" \\ back\nline, {brace}'


class Some(Collector):
    """A collector of ready families."""

    def collect(self) -> list[Metric]:
        """Yields a gauge with numbers of every kind, and a counter."""
        gauge, labels = "brudvagt_some", ("text", "kind")
        rows = [(head(gauge, labels, (NASTY, str(n))), n) for n in (0, 3, -1.5, 1e16, float("inf"), 1732550400.25)]
        counter = Ready("brudvagt_told", "Counts.", "counter", [(head("brudvagt_told_total", (), ()), 4)])
        return [Ready(gauge, "Says: a \\ and\na line.", "gauge", rows), counter]


def samples(text: bytes) -> dict[tuple[str, str], float]:
    """Returns every series of a page, as Prometheus' parser reads it, and each family's kind and help."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        found[f"# {family.name} {family.type}", family.documentation] = 0.0
        for one in family.samples:
            found[one.name, str(sorted(one.labels.items()))] = one.value
    return found


def test_the_page_says_what_the_clients_own_would() -> None:
    """Ready families among others: every family, series and number, however it is written."""
    registry = CollectorRegistry()
    registry.register(Some())
    Counter("brudvagt_plain", "A plain one.", ["stage"], registry=registry).labels(NASTY).inc(2)
    Histogram("brudvagt_wait_seconds", "Waits.", buckets=(1, 2), registry=registry).observe(1.5)
    ours, theirs = samples(page(registry)), samples(generate_latest(registry))
    assert ours == theirs
    assert len(ours) == 4 + 6 + 1 + 1 + 5
    assert set(page(registry).splitlines()) >= {
        b"brudvagt_told_total 4.0",
        *_lines_of_a_gauge(generate_latest(registry)),
    }
    assert ours["brudvagt_some", str([("kind", "-1.5"), ("text", NASTY)])] == -1.5


def _lines_of_a_gauge(text: bytes) -> set[bytes]:
    """Lines whose numbers both write alike: the labels stand in the alphabet's order."""
    return {
        line
        for line in text.splitlines()
        if line.startswith(b"brudvagt_some{") and b"e+" not in line and b"Inf" not in line
    }


def test_a_sparse_counter_counts_and_shows_what_was_counted() -> None:
    """Nothing before its first event; then as any counter, to the client too."""
    counter = Sparse("brudvagt_seldom_total", "Seldom.", ("who", "what"))
    try:
        assert "brudvagt_seldom" in page().decode()
        assert REGISTRY.get_sample_value("brudvagt_seldom_total", {"who": "a", "what": "b"}) is None
        counter.labels("a", "b").inc()
        counter.labels("a", "b").inc(2)
        assert (("a", "b") in counter, len(counter)) == (True, 1)
        assert REGISTRY.get_sample_value("brudvagt_seldom_total", {"who": "a", "what": "b"}) == 3
        assert 'brudvagt_seldom_total{what="b",who="a"} 3.0\n' in page().decode()
        with pytest.raises(ValueError, match="who, what"):
            counter.labels("a")
    finally:
        REGISTRY.unregister(counter)

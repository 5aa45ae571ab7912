"""Labels stay few: what a sender chooses cannot make series without end."""

from prometheus_client import REGISTRY

from pipeline import metrics


def rejects(producer: str, path: str) -> float | None:
    """Returns the count of one series, None if there is none."""
    labels = {"producer": producer, "error_code": "missing_field", "path": path}
    return REGISTRY.get_sample_value("brudvagt_rejects_total", labels)


def test_a_place_in_a_list_is_no_field_of_its_own() -> None:
    """The third and the fortieth element of a list have the same fault."""
    metrics.rejected("/forms/lists", [("missing_field", "/data/circumstances/data/2/category")])
    metrics.rejected("/forms/lists", [("missing_field", "/data/circumstances/data/39/category")])
    assert rejects("/forms/lists", "/data/circumstances/data/*/category") == 2


def test_a_fault_of_the_whole_event_has_a_path_too() -> None:
    """An empty label is no label to Prometheus."""
    metrics.rejected("/forms/torn", [("missing_field", "")])
    assert rejects("/forms/torn", "/") == 1


def test_producers_beyond_the_bound_share_a_series() -> None:
    """A producer names itself; ten thousand names make no ten thousand series."""
    for number in range(metrics.PRODUCERS_MAX + 50):
        metrics.rejected(f"/forms/many-{number}", [("missing_field", "/id")])
    others = rejects(metrics.OTHER_PRODUCER, "/id")
    assert others is not None
    assert others >= 50
    assert rejects(f"/forms/many-{metrics.PRODUCERS_MAX + 49}", "/id") is None


def test_no_sender_makes_series_without_end() -> None:
    """Names, codes and fields together could make two million; beyond the bound one series per code counts."""
    for field in range(metrics.REJECTS_MAX + 500):
        metrics.rejected("/forms/noisy", [("missing_field", f"/data/noise-{field}-")])
    assert len(metrics.REJECTS) <= metrics.REJECTS_MAX + 1
    shared = rejects(metrics.OTHER_PRODUCER, metrics.ANY_PATH)
    assert shared is not None
    assert shared >= 500

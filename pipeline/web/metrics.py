"""What the page shows of itself: whether it can see the cases, and what it answered. No link, no case, no person."""

from pipeline.measure import Label, Section

PAGE = Section("The page that alerts link to")
SEES_CASES = PAGE.gauge(
    "brudvagt_page_sees_cases", "1 while a look at every partition of the cases is answered in time, else 0."
)
ANSWERS = PAGE.counter(
    "brudvagt_page_answers_total",
    "Answers by what was asked for and by the hundred of the status.",
    Label("kind", ("look", "act", "other")),
    Label("status", ("2xx", "4xx", "5xx")),
)


def answered(asked: str, status: int) -> None:
    """Counts one answer with its HTTP status."""
    ANSWERS.labels(asked, f"{status // 100}xx").inc()

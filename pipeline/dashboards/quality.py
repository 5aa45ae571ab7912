"""What leadership looks at: how the municipality does, month by month."""

from typing import Final

from pipeline.dashboards.panel import Dashboard, Look, Panel, Query, Unit, grown, labelled

OPENED: Final = "brudvagt_cases_opened_total"
IN_TIME: Final = labelled("brudvagt_filings_total", in_time="yes")
MONTH: Final = "30d"
EACH_POINT: Final = "Hvert punkt er de forudgående 30 dage."


def _time_to(act: str, q: float, back: str = "$range") -> str:
    return f"histogram_quantile({q}, sum by (le) ({grown(f'brudvagt_time_to_{act}_seconds_bucket', back)}))"


def _in_time(back: str = "$range") -> str:
    """Returns the expression for the share of the deadlines that came which were met by a filing."""
    filed, missed = grown(IN_TIME, back), grown("brudvagt_deadlines_missed_total", back)
    return f"sum({filed}) / (sum({filed}) + sum({missed}))"


QUALITY: Final = Dashboard(
    name="quality",
    title="Brudvagt – kvalitet måned for måned",
    about="Sager efter art, kanal og område; andelen i tide; median og 95 %-fraktil for hver handling.",
    back="30d",
    refresh="1h",
    panels=(
        Panel("Sager i perioden", (Query(f"sum({grown(OPENED)})"),), Look.NUMBER, width=6, height=4),
        Panel(
            "Anmeldt i tide",
            (Query(_in_time()),),
            Look.NUMBER,
            Unit.SHARE,
            width=6,
            height=4,
            help="Anmeldelser inden fristen af alle frister, der kom: de anmeldte i tide og de overskredne.",
        ),
        Panel(
            "Anmeldelse, median",
            (Query(_time_to("submit", 0.5)),),
            Look.NUMBER,
            Unit.SECONDS,
            width=6,
            height=4,
        ),
        Panel(
            "Anmeldelse, 95 %-fraktil",
            (Query(_time_to("submit", 0.95)),),
            Look.NUMBER,
            Unit.SECONDS,
            width=6,
            height=4,
        ),
        Panel("Sager efter art", (Query(f"sum by (kind) ({grown(OPENED)})", "{{kind}}"),), Look.BARS, width=8),
        Panel(
            "Sager efter kanal", (Query(f"sum by (channel) ({grown(OPENED)}) > 0", "{{channel}}"),), Look.BARS, width=8
        ),
        Panel(
            "Sager efter område",
            (Query(f"sum by (department) ({grown(OPENED)}) > 0", "{{department}}"),),
            Look.BARS,
            width=8,
            help="KLE-hovedgruppe, hvor indberetningen har et KLE-emne.",
        ),
        Panel(
            "Fra kendskab til handling, median",
            tuple(Query(_time_to(act, 0.5), act) for act in ("acknowledge", "advise", "decide", "submit")),
            Look.BARS,
            Unit.SECONDS,
        ),
        Panel(
            "Fra kendskab til handling, 95 %-fraktil",
            tuple(Query(_time_to(act, 0.95), act) for act in ("acknowledge", "advise", "decide", "submit")),
            Look.BARS,
            Unit.SECONDS,
        ),
        Panel(
            "Anmeldelser måned for måned",
            (Query(f"sum by (in_time) ({grown('brudvagt_filings_total', MONTH)})", "i tide: {{in_time}}"),),
            Look.LINES,
            width=8,
            help=EACH_POINT,
        ),
        Panel(
            "Andel i tide måned for måned",
            (Query(_in_time(MONTH), "andel"),),
            Look.LINES,
            Unit.SHARE,
            width=8,
            help=EACH_POINT,
        ),
        Panel(
            "Til anmeldelse måned for måned",
            (Query(_time_to("submit", 0.5, MONTH), "median"), Query(_time_to("submit", 0.95, MONTH), "95 %-fraktil")),
            Look.LINES,
            Unit.SECONDS,
            width=8,
            help=EACH_POINT,
        ),
        *(
            Panel(
                f"{word} måned for måned",
                (Query(f"sum by ({label}) ({grown(OPENED, MONTH)}) > 0", f"{{{{{label}}}}}"),),
                Look.LINES,
                width=8,
                help=EACH_POINT,
            )
            for word, label in (("Sager efter art", "kind"), ("Efter kanal", "channel"), ("Efter område", "department"))
        ),
    ),
)

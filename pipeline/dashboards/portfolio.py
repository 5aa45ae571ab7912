"""What a data protection officer's office looks at: open cases by time left."""

from typing import Final

from pipeline.dashboards.panel import Dashboard, Look, Panel, Query, Unit, grown

OPEN: Final = "brudvagt_cases_open"
LEFT: Final = "brudvagt_nearest_deadline_timestamp_seconds - on() group_left() max(brudvagt_clock_timestamp_seconds)"

PORTFOLIO: Final = Dashboard(
    name="portfolio",
    title="Brudvagt – sager efter tid tilbage",
    about="Hvor mange sager er åbne, hvor alvorlige er de, og hvor meget tid er der tilbage til anmeldelse.",
    panels=(
        Panel("Åbne sager", (Query(f"sum({OPEN})"),), Look.NUMBER, width=4, height=4),
        Panel(
            "Overskredet frist",
            (Query(f'sum({OPEN}{{band="overdue"}})'),),
            Look.NUMBER,
            width=4,
            height=4,
            alarm_at=1,
            help="Fristen er passeret, og hverken anmeldelse eller begrundet fravalg er registreret.",
        ),
        Panel(
            "Under 4 timer",
            (Query(f'sum({OPEN}{{band="under_4h"}})'),),
            Look.NUMBER,
            width=4,
            height=4,
            alarm_at=1,
        ),
        Panel(
            "4–12 timer",
            (Query(f'sum({OPEN}{{band="12_to_4h"}})'),),
            Look.NUMBER,
            width=4,
            height=4,
            warn_at=1,
        ),
        Panel("Høj risiko", (Query(f'sum({OPEN}{{risk="high_risk"}})'),), Look.NUMBER, width=4, height=4, warn_at=1),
        Panel(
            "Nye overskridelser",
            (Query(f"sum({grown('brudvagt_deadlines_missed_total')})"),),
            Look.NUMBER,
            width=4,
            height=4,
            alarm_at=1,
        ),
        Panel(
            "Åbne sager efter tid tilbage",
            (Query(f"sum by (band) ({OPEN})", "{{band}}"),),
            Look.LINES,
            help="Båndene er tiden til nærmeste løbende frist i sagen.",
        ),
        Panel("Åbne sager efter risiko", (Query(f"sum by (risk) ({OPEN})", "{{risk}}"),), Look.LINES),
        Panel(
            "Tid til nærmeste frist",
            (Query(f"sort({LEFT})", "{{municipality}}"),),
            Look.BARS,
            Unit.SECONDS,
            help="Negativt tal: fristen er overskredet.",
        ),
        Panel("Åbne sager pr. kommune", (Query(f"sum by (municipality) ({OPEN}) > 0", "{{municipality}}"),), Look.BARS),
        Panel(
            "Alarmer i perioden",
            (Query(f"sum by (level) ({grown('brudvagt_alerts_total')})", "{{level}}"),),
            Look.BARS,
            help="page vækker, act kan vente til arbejdstid, digest samles én gang om dagen.",
        ),
        Panel(
            "Alarmer videre i kæden",
            (Query(f"sum by (step) ({grown('brudvagt_escalations_total')})", "{{step}}"),),
            Look.BARS,
            help="Ingen kvitterede, så den næste i kæden blev spurgt.",
        ),
    ),
)

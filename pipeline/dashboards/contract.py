"""What form systems' owners look at: whose events are refused, and in which field."""

from typing import Final

from pipeline.dashboards.panel import Dashboard, Look, Panel, Query, Unit, grown, labelled

REJECTS: Final = "brudvagt_rejects_total"

CONTRACT: Final = Dashboard(
    name="contract",
    title="Brudvagt – kontrakten med formularsystemerne",
    about="Hvad kom ind, hvad blev afvist, hos hvilken afsender og i hvilket felt.",
    panels=(
        Panel(
            "Udfald ved indgangen",
            (Query(f"sum by (outcome) ({grown('brudvagt_ingress_outcomes_total')})", "{{outcome}}"),),
            Look.BARS,
            width=8,
        ),
        Panel(
            "Andel afvist",
            (
                Query(
                    f"sum({grown(labelled('brudvagt_ingress_outcomes_total', outcome='rejected'))})"
                    f" / sum({grown('brudvagt_ingress_outcomes_total')})"
                ),
            ),
            Look.NUMBER,
            Unit.SHARE,
            width=8,
            warn_at=0.05,
        ),
        Panel(
            "Seneste indberetning: sekunder siden",
            (
                Query(
                    "max(brudvagt_clock_timestamp_seconds) - max(brudvagt_last_report_received_timestamp_seconds > 0)"
                ),
            ),
            Look.NUMBER,
            Unit.SECONDS,
            width=8,
        ),
        Panel(
            "Afvist efter afsender",
            (Query(f"topk(20, sum by (producer) ({grown(REJECTS)}))", "{{producer}}"),),
            Look.BARS,
        ),
        Panel(
            "Afvist efter felt",
            (Query(f"topk(20, sum by (path, error_code) ({grown(REJECTS)}))", "{{path}} {{error_code}}"),),
            Look.BARS,
            help="Feltets sti, / er hele hændelsen; et ukendt navn vises som ?, en plads i en liste som *.",
        ),
        Panel(
            "Afsender, felt og fejlkode",
            (Query(f"topk(50, sum by (producer, path, error_code) ({grown(REJECTS)}))"),),
            Look.TABLE,
            width=24,
        ),
        Panel(
            "Indberetninger efter type",
            (Query(f"sum by (type) ({grown('brudvagt_reports_received_total')})", "{{type}}"),),
            Look.BARS,
        ),
        Panel(
            "Indberetninger efter afsenderrolle",
            (Query(f"sum by (source_kind) ({grown('brudvagt_reports_received_total')})", "{{source_kind}}"),),
            Look.BARS,
        ),
    ),
)

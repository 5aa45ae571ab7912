"""What operations look at: rate, errors, duration, lag, and whether the alarm itself is alive."""

from typing import Final

from pipeline.dashboards.panel import Dashboard, Look, Panel, Query, Unit, grown, labelled


def _quantile(q: float, histogram: str, by: str) -> str:
    return f"histogram_quantile({q}, sum by (le, {by}) (rate({histogram}_bucket[$rate])))"


OPERATIONS: Final = Dashboard(
    name="operations",
    title="Brudvagt – drift",
    about="Er noget forsinket, sidder noget fast, og er alarmen selv i live?",
    back="6h",
    panels=(
        Panel(
            "Siden hjerteslag",
            (Query("time() - max(brudvagt_heartbeat_last_success_timestamp_seconds)"),),
            Look.NUMBER,
            Unit.SECONDS,
            width=4,
            height=4,
            warn_at=180,
            alarm_at=300,
            help="En kunstig sag går hele vejen fra indgang til kvittering. Udebliver den, er alarmen selv død.",
        ),
        Panel(
            "Arbejdere oppe",
            (Query('sum(up{job="brudvagt"})'),),
            Look.NUMBER,
            width=4,
            height=4,
        ),
        Panel(
            "Efterslæb (poster)",
            (Query("sum(brudvagt_stage_lag_records)"),),
            Look.NUMBER,
            width=4,
            height=4,
        ),
        Panel(
            "Ældste ventende post",
            (Query("max(brudvagt_stage_oldest_unhandled_seconds)"),),
            Look.NUMBER,
            Unit.SECONDS,
            width=4,
            height=4,
            warn_at=60,
            alarm_at=300,
        ),
        Panel(
            "Nye dødbreve",
            (Query(f"sum({grown('brudvagt_dead_letters_total')})"),),
            Look.NUMBER,
            width=4,
            height=4,
            warn_at=1,
        ),
        Panel(
            "Opgivne leveringer",
            (Query(f"sum({grown(labelled('brudvagt_deliveries_total', status='given_up'))})"),),
            Look.NUMBER,
            width=4,
            height=4,
            alarm_at=1,
        ),
        Panel(
            "Behandlet pr. sekund",
            (
                Query(
                    'sum by (handler) (rate(brudvagt_handler_messages_total{status="handled"}[$rate]))', "{{handler}}"
                ),
            ),
            Look.LINES,
            Unit.PER_SECOND,
        ),
        Panel(
            "Fejl pr. sekund",
            (
                Query(
                    'sum by (handler, status) (rate(brudvagt_handler_messages_total{status!="handled"}[$rate]))',
                    "{{handler}} {{status}}",
                ),
            ),
            Look.LINES,
            Unit.PER_SECOND,
        ),
        Panel(
            "Varighed pr. portion, p50 og p99",
            (
                Query(_quantile(0.5, "brudvagt_handler_duration_seconds", "handler"), "{{handler}} p50"),
                Query(_quantile(0.99, "brudvagt_handler_duration_seconds", "handler"), "{{handler}} p99"),
            ),
            Look.LINES,
            Unit.SECONDS,
        ),
        Panel(
            "Efterslæb pr. trin",
            (Query("sum by (stage) (brudvagt_stage_lag_records)", "{{stage}}"),),
            Look.LINES,
        ),
        Panel(
            "Ure: forsinkelse fra forfald til behandling, p99",
            (Query(_quantile(0.99, "brudvagt_stage_timer_lateness_seconds", "stage"), "{{stage}}"),),
            Look.LINES,
            Unit.SECONDS,
        ),
        Panel(
            "Leveringer i perioden",
            (Query(f"sum by (channel, status) ({grown('brudvagt_deliveries_total')}) > 0", "{{channel}} {{status}}"),),
            Look.BARS,
        ),
        Panel(
            "Transaktioner pr. sekund",
            (
                Query(
                    "sum by (stage, outcome) (rate(brudvagt_stage_transactions_total[$rate]))", "{{stage}} {{outcome}}"
                ),
            ),
            Look.LINES,
            Unit.PER_SECOND,
        ),
        Panel(
            "Revisorens fund",
            (
                Query(
                    "sum by (code, severity) (brudvagt_audit_findings) > 0"
                    ' or label_replace(sum(brudvagt_audit_findings), "code", "i alt", "", "")',
                    "{{code}} {{severity}}",
                ),
            ),
            Look.TABLE,
            help="Revisoren læser emnerne uafhængigt og stoler på ingen arbejder. Kun »i alt 0« er godt.",
            alarm_at=1,
        ),
    ),
)

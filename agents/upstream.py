"""What lies before casework and routing: their alarms wait for it after an outage, so that no filing is overlooked."""

from pipeline.engine import Upstream
from pipeline.kafka.topics import Topics


def before_casework(topics: Topics) -> tuple[Upstream, ...]:
    """Returns intake: a filing that waits on the actions topic is no fact yet."""
    return (Upstream(f"{topics.prefix}.intake", topics.ingress),)


def before_routing(topics: Topics) -> tuple[Upstream, ...]:
    """Returns intake and casework, in the order in which records pass them."""
    return (*before_casework(topics), Upstream(f"{topics.prefix}.casework", (topics.facts,)))

"""Whom a broker put out of a group for its silence, by the broker's own log."""

import re

from pipeline.kafka.broker import EmbeddedKafka


def expired(broker: EmbeddedKafka, group: str) -> list[str]:
    """Returns the lines in which the broker says that a member's session in `group` ran out: nobody who leaves has one.

    Its other word for it, "heartbeat expiration", is the reason for a rebalance and missing where one is under way already.
    """
    said = broker.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
    named = re.compile(rf"\b{re.escape(group)}\b")
    return [line for line in said if "has failed, removing it from the group" in line and named.search(line)]

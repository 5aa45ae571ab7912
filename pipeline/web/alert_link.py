"""The link that an alert takes along, if it asks for an act on a case. An alert goes out without one rather than not."""

import structlog

from pipeline.settings import Settings
from pipeline.web.link_keys import LinkKeysError
from pipeline.web.links import Claim, Links
from schemas.alert import Alert, AlertKind
from schemas.values import Role

log = structlog.get_logger("pipeline.web")
_ROLES = frozenset(str(role) for role in Role)


def links_of(settings: Settings) -> Links | None:
    """Returns what mints links, or None where nobody has said under which address people reach the page."""
    return None if settings.web_url is None else Links.of(settings, settings.web_url)


def link_in(alert: Alert, links: Links | None) -> str | None:
    """Returns a fresh link for the alert's own recipient, role and channel; None if there is nothing to open with it.

    The link is a secret of that person: put it into the text and nowhere else. Unusable keys are logged, never raised.
    """
    if links is None or alert.kind is not AlertKind.CASE or alert.reference is None or alert.role not in _ROLES:
        return None
    claim = Claim(
        reference=alert.reference,
        municipality=alert.municipality,
        role=Role(alert.role),
        local_id=alert.recipient,
        channel=alert.channel,
    )
    try:
        return links.mint(claim)
    except LinkKeysError as error:
        log.error("an alert goes out without its link", alert=alert.alert_id, reason=str(error))
        return None

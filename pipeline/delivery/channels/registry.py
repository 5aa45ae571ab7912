"""The channels of an installation, by the kind that contact plans name: every file of this folder that has a `KIND`."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from pipeline.delivery import channels as folder
from pipeline.delivery.channels.channel import Channel, Kind, Site


@cache
def kinds() -> Mapping[str, Kind]:
    """Returns every kind of channel there is, by name."""
    names = sorted(found.name for found in pkgutil.iter_modules(folder.__path__))
    offered = (getattr(import_module(f"{folder.__name__}.{name}"), "KIND", None) for name in names)
    return {kind.name: kind for kind in offered if isinstance(kind, Kind)}


def channels(site: Site) -> Mapping[str, Channel]:
    """Returns the channels that are configured. A plan's channel of another kind is undeliverable, and the chain
    moves on. Raises Misconfigured.
    """
    made = {name: kind.configured(site) for name, kind in kinds().items()}
    return {name: channel for name, channel in made.items() if channel is not None}

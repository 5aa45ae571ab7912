"""Channels: the only I/O of delivery. One file per channel behind one interface; a new channel is one more file, with a
`KIND` in it, that the registry finds.

Here must not live when or whether to try again (the state machine's), nor who is told. A channel never raises for
what a far end does: it returns an `Outcome`.
"""

from pipeline.delivery.channels.channel import Channel, Kind, Misconfigured, Site

__all__ = ["Channel", "Kind", "Misconfigured", "Site"]

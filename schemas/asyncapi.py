"""The AsyncAPI 3.0 document: which channels there are, what travels on them, and who may do what there."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import JsonValue

from schemas.actions import ACTS
from schemas.registry import EVENTS, dataschema
from schemas.reports import REPORTS, VERSION

EXAMPLES = Path(__file__).parent / "examples"
_DAY_MS = 24 * 60 * 60 * 1000
Document = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Channel:
    """One topic that others may write or read. `receives` is seen from Brudvagt, as AsyncAPI 3 wants it."""

    name: str
    title: str
    description: str
    key: str
    messages: tuple[str, ...]
    receives: str  # receive: Brudvagt reads it; send: Brudvagt writes it
    kept_days: int | None  # None: compacted
    suffix: str = ""  # what the topic's name ends in: a parameter

    @property
    def topic(self) -> str:
        """Returns the topic's name under the standard prefix."""
        return f"brudvagt.{self.name}{self.suffix}"

    @property
    def id(self) -> str:
        """Returns the channel's id in the document."""
        return f"{self.name}_of_one" if self.suffix else self.name


_PLATFORM = (
    Channel(
        "reports",
        "Reports in",
        "What form systems, mail gateways and processors tell. Any key.",
        "any; never copied",
        tuple(REPORTS),
        "receive",
        30,
    ),
    Channel(
        "actions",
        "Acts in",
        "What the DPO, the controller and caseworkers do. Any key.",
        "any; never copied",
        tuple(ACTS),
        "receive",
        30,
    ),
    Channel(
        "receipts",
        "Receipts out",
        "One answer to every record of an ingress topic.",
        "source and id of the event, or the record's position",
        ("receipt",),
        "send",
        30,
    ),
    Channel("facts", "Facts", "What is known, one fact a record. Internal.", "case reference", ("fact",), "send", 30),
    Channel(
        "cases",
        "Cases out",
        "The state of every case. Compacted; read it committed and skip keys that begin with byte 0.",
        "case reference",
        ("case",),
        "send",
        None,
    ),
    Channel(
        "alerts",
        "Alerts out",
        "One obligation to one person over one channel, by local id.",
        "case reference; a digest item: municipality",
        ("alert",),
        "send",
        30,
    ),
    Channel(
        "deliveries",
        "Deliveries out",
        "The notification log: each alert's story. Compacted.",
        "alert id",
        ("delivery",),
        "send",
        None,
    ),
    Channel(
        "deadletters",
        "Dead letters out",
        "Code, path, position and keyed digest of what could not be handled; never its content.",
        "original position",
        ("deadletter",),
        "send",
        365,
    ),
)

_OWN = {
    "reports": (
        "Reports in, of one municipality",
        "The same, for {municipality} alone: what names another is rejected.",
    ),
    "actions": ("Acts in, of one municipality", "The same, for {municipality} alone: what names another is rejected."),
    "receipts": ("Receipts out, of one municipality", "Copies of the answers to what came in by its own topics."),
    "cases": (
        "Cases out, of one municipality",
        "Copies of its cases, written in the same transaction. Compacted; read it committed and skip keys that begin with "
        "byte 0.",
    ),
}
"""A municipality's own topics, where they are configured: title and description."""

CHANNELS = (
    *_PLATFORM,
    *(
        replace(channel, title=_OWN[channel.name][0], description=_OWN[channel.name][1], suffix=".{municipality}")
        for channel in _PLATFORM
        if channel.name in _OWN
    ),
)


def document() -> Document:
    """Returns the whole document, ready to be written as YAML."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Brudvagt",
            "version": VERSION,
            "description": "Watch over personal-data breaches in Danish municipalities: reports and acts in; receipts, "
            "cases, alerts and deliveries out. The page docs/contract.md tells the same to people.",
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _server()},
        "channels": {channel.id: _channel(channel) for channel in CHANNELS},
        "operations": {f"{channel.receives}-{channel.id}": _operation(channel) for channel in CHANNELS},
        "components": {"messages": _messages(), "securitySchemes": _security()},
    }


def _server() -> Document:
    return {
        "host": "kafka.municipality.example:9093",
        "protocol": "kafka-secure",
        "description": "Readers use isolation.level=read_committed. A form system's user may write to its ingress "
        "topic only and has no transactional rights.",
        "security": [{"$ref": "#/components/securitySchemes/scram"}, {"$ref": "#/components/securitySchemes/tls"}],
    }


def _security() -> Document:
    return {
        "scram": {"type": "scramSha512", "description": "SASL/SCRAM over TLS"},
        "tls": {"type": "X509", "description": "a client certificate"},
    }


def _channel(channel: Channel) -> Document:
    kept: Document = {"cleanup.policy": ["compact"]}
    if channel.kept_days is not None:
        kept = {"cleanup.policy": ["delete"], "retention.ms": channel.kept_days * _DAY_MS}
    # Without a topic of its own the binding means the channel's address, the only one that may have a parameter.
    named: Document = {} if channel.suffix else {"topic": channel.topic}
    parameters: Document = {"municipality": {"description": "kommunekode, such as 657"}}
    return {
        "address": channel.topic,
        "title": channel.title,
        "description": f"{channel.description} Key: {channel.key}.",
        **({"parameters": parameters} if channel.suffix else {}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in channel.messages},
        "bindings": {
            "kafka": {**named, "partitions": 6, "topicConfiguration": kept, "bindingVersion": "0.5.0"},
        },
    }


def _operation(channel: Channel) -> Document:
    return {
        "action": channel.receives,
        "channel": {"$ref": f"#/channels/{channel.id}"},
        "summary": channel.title,
        "messages": [{"$ref": f"#/channels/{channel.id}/messages/{name}"} for name in channel.messages],
    }


def _messages() -> Document:
    examples = _examples()
    messages: Document = {
        event_type: _event(event_type, version, examples.get(event_type, ())) for event_type, version in EVENTS
    }
    records = [name for channel in CHANNELS for name in channel.messages if name not in messages]
    return messages | {
        name: {
            "name": name,
            "title": name,
            "contentType": "application/json",
            "payload": {"$ref": f"./{name}.json"},
            "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        }
        for name in records
    }


def _event(event_type: str, version: str, examples: Iterable[tuple[str, JsonValue]]) -> Document:
    model = EVENTS[event_type, version]
    says = [{"name": name, "payload": payload} for name, payload in examples]
    return {
        "name": event_type,
        "title": model.__name__,
        "summary": (model.__doc__ or "").strip().splitlines()[0],
        "description": "A structured CloudEvent. In binary mode the attributes are ce_* headers, the data the value.",
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {"content-type": {"type": "string", "const": "application/cloudevents+json"}},
        },
        "payload": {
            "allOf": [
                {"$ref": "./envelope.json"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": event_type},
                        "dataschema": {"const": dataschema(event_type, version)},
                        "data": {"$ref": f"./{event_type}/{version}.json"},
                    },
                },
            ]
        },
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        "examples": list[JsonValue](says[:1]),
    }


def _examples() -> dict[str, list[tuple[str, JsonValue]]]:
    """Returns the checked-in examples by type, each with the name of its file."""
    found: dict[str, list[tuple[str, JsonValue]]] = {}
    for file in sorted(EXAMPLES.glob("*.json")):
        event = json.loads(file.read_text("utf-8"))
        found.setdefault(event["type"], []).append((file.stem, event))
    return found

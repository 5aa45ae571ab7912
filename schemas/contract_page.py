"""The contract for people: `docs/contract.md`, made from the models, the codes and the examples."""

import json

from schemas.actions import ACTS
from schemas.asyncapi import CHANNELS, EXAMPLES
from schemas.envelope import Envelope
from schemas.error_codes import EXPLANATIONS
from schemas.registry import dataschema
from schemas.reports import BREACH_REPORTED, REPORTS, VERSION

_EXAMPLE = "m47-mail-to-colleague-in-same-team"

_PAGE = """<!-- Made by `python -m schemas.generate`; edit schemas/contract_page.py instead. -->
# The contract: sending events to Brudvagt

An event is a [CloudEvent 1.0](https://github.com/cloudevents/spec) with JSON data on Kafka. Form systems send to
`brudvagt.reports`, tools of the DPO and the controller to `brudvagt.actions`. Every record is answered on
`brudvagt.receipts`. A rejected report opens a case all the same and its clock runs; a rejected act is only a dead
letter. Machines read [`asyncapi.yaml`](../schemas/generated/asyncapi.yaml) and the JSON Schemas beside it.

Check an event before you send it:

```sh
brudvagt validate schemas/examples/{example}.json
```

## Send one

With kcat, structured mode:

```sh
jq -c . schemas/examples/{example}.json |
  kcat -P -b localhost:9092 -t brudvagt.reports -H content-type=application/cloudevents+json
```

With kcat, binary mode: the attributes are headers, the value is the data alone.

```sh
echo '{{"report_channel": "staff_form"}}' | kcat -P -b localhost:9092 -t brudvagt.reports \\
  -H ce_specversion=1.0 -H ce_id=f-2026-0481 -H ce_source=/forms/657/staff -H ce_type={type} \\
  -H ce_dataschema={dataschema} \\
  -H ce_municipality=657 -H content-type=application/json
```

With Python and confluent-kafka:

```python
import json, uuid
from confluent_kafka import Producer

event = {{
    "specversion": "1.0",
    "id": str(uuid.uuid4()),
    "source": "/forms/657/staff",
    "type": "{type}",
    "dataschema": "{dataschema}",
    "municipality": "657",
    "data": {{"report_channel": "staff_form", "discovered_at": "2026-11-19T09:45:00+01:00"}},
}}
producer = Producer({{"bootstrap.servers": "localhost:9092", "enable.idempotence": True}})
headers = [("content-type", b"application/cloudevents+json")]
producer.produce("brudvagt.reports", json.dumps(event).encode(), headers=headers)
producer.flush()
```

With Python and aiokafka, after the same `event`:

```python
import asyncio
from aiokafka import AIOKafkaProducer

async def send() -> None:
    async with AIOKafkaProducer(bootstrap_servers="localhost:9092", enable_idempotence=True) as producer:
        headers = [("content-type", b"application/cloudevents+json")]
        await producer.send_and_wait("brudvagt.reports", json.dumps(event).encode(), headers=headers)

asyncio.run(send())
```

## Attributes

{attributes}

`source` and `id` together name the event: sent again with the same data it is a duplicate and changes nothing. Other
attributes than these are refused, in binary mode other `ce_` headers too; further headers are ignored and never copied.

## Types

All of version {version}; `dataschema` is `urn:brudvagt:schema:<type>:<version>`. A released version stays valid.

{types}

- Leave out what you do not know, or send `"unknown"` where the schema has it. Leaving out never means no.
- Times are ISO 8601 with an offset. Without one they are read as Danish local time and flagged; a mere date is refused.
- Free text, file names and names of systems are masked: whatever looks like a CPR number becomes `[CPR]`.
- Identifiers (`id`, `source`, `correlationid`, references, local ids) cannot be masked, so an event with what looks
  like a CPR number in one is rejected. Ten digits that begin with a day and a month look like one. Use UUIDs.
- No names or addresses of reporters: a role, and a reference back into your own system.

## Limits

1 MiB a record, 64 headers and 64 KiB of them, 16 levels, 20,000 values, 100 items a list, 8,000 characters a text.

## Topics

{topics}

A municipality may have topics of its own ([tenants](tenants.md)): then its senders have rights on those alone. An event
there that names another municipality is rejected, and the case that it opens is the topic's.

## What a receipt says

`outcome` is `accepted`, `duplicate` or `rejected`; `references` are the cases; `problems` hold code, path, reason and
remedy, never the value. A path is a JSON pointer into the event in structured mode (`/data/circumstances/cause`), and a
header's name for the attributes of binary mode (`ce_id`). A name that the contract does not know is shown as `?`.
`flags` say what was put up with: `content_type_missing`, `times_without_offset:<field>`, `cpr_masked`, `id_reused`.

## Error codes

{codes}

## A whole event

```json
{event}
```

More, one for each kind of report and act: [`schemas/examples/`](../schemas/examples).
"""


def page() -> str:
    """Returns the text of `docs/contract.md`."""
    event = json.loads((EXAMPLES / f"{_EXAMPLE}.json").read_text("utf-8"))
    return _PAGE.format(
        example=_EXAMPLE,
        type=BREACH_REPORTED,
        dataschema=dataschema(BREACH_REPORTED),
        version=VERSION,
        attributes=_table(("attribute", "required", "meaning"), _attributes()),
        types=_table(("type", "topic", "what"), _types()),
        topics=_table(("topic", "key", "what"), [(f"`{each.topic}`", each.key, each.description) for each in CHANNELS]),
        codes=_table(
            ("code", "what is wrong", "what to do"),
            [(f"`{code.value}`", each.reason, each.remedy) for code, each in EXPLANATIONS.items()],
        ),
        event=json.dumps(event, ensure_ascii=False, indent=2),
    )


def _attributes() -> list[tuple[str, ...]]:
    return [
        (f"`{name}`", "yes" if field.is_required() else "", field.description or "")
        for name, field in Envelope.model_fields.items()
        if name != "subject"
    ]


def _types() -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for topic, models in (("brudvagt.reports", REPORTS), ("brudvagt.actions", ACTS)):
        for event_type, model in models.items():
            schema = f"../schemas/generated/{event_type}/{VERSION}.json"
            rows.append((f"[`{event_type}`]({schema})", f"`{topic}`", (model.__doc__ or "").strip().splitlines()[0]))
    return rows


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)

"""The contract: one file per kind of event or record, as pydantic models.

Here live the shapes that cross a topic, and nothing else: no rule of law, no Kafka, no I/O. Models for ingress are
strict (`Strict`: unknown fields are an error), models for what Brudvagt itself writes are tolerant (`Kept`: what a
reader does not know is carried through unchanged). JSON Schemas, the AsyncAPI document and the examples beside them
are generated from here.
"""

"""Brudvagt's own rooms.

The domain (severity, clock, cases, routing, delivery, privacy, plans, gate) is pure and knows no Kafka; engine and broker
lie under it; settings, logs, metrics, command line and demonstration stand beside. What joins domain and engine, the four
stages, lives in `agents/`; what crosses a topic in `schemas/`.
"""

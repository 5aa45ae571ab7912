"""Tests of the stage engine: on a real Kafka, on one in memory that crashes on demand, and of its parts.

Nothing about breaches here; the toy work of `toy.py` counts reports and raises alerts.
"""

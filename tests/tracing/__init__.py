"""Traces: W3C's form, what is exported, and the way through the real stages."""

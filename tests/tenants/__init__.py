"""Municipalities with topics of their own."""

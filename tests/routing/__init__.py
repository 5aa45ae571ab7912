"""Tests of routing: who is told, how loudly, when the next one is, and what stops it."""

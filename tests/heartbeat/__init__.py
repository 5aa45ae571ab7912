"""Tests of the heartbeat."""

"""Benchmarks: scripts that print figures with their spread. Not tests: nothing here passes or fails."""

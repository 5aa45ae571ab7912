"""Tests of the commands `assess`, `evaluate` and `reassess`. The rules themselves are tested in `tests/severity/`."""

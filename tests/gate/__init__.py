"""Tests of the gate, and `hostile`, the generator of malformed events that the end-to-end test sends too."""

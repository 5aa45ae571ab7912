"""Tests of the auditor: a sound story in which it finds nothing, and each thing that can be wrong with it."""

"""Tests of the contract: generated files, examples, compatibility with what was released."""

"""Tests of masking and of keyed digests."""

"""Tests of delivery: the log's steps, texts, addresses, and the channels against real servers."""

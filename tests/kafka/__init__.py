"""Tests of pipeline/kafka on a real broker, and the probe that other tests look into topics with."""

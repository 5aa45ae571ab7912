"""Tests of the cases; the labelled cases of law and practice lie beside them as data."""

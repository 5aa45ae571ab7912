"""Tests of the legal clock. Expected values come from the law's vectors and counting by hand, never from the code."""

"""Tests of severity. Labelled cases live as data in `tests/cases/`; here must be no copy of a weight or threshold."""

"""The contenders: each a small program as its own documentation would have it, run as a process of its own.

They import `tests.bench.work` and `start` and nothing else of the project, except the engine's, which is the project:
the rivals' environments have no more than their lock files name.
"""

"""A deterministic simulation of the stages' own code under a seeded scheduler: no broker, no real clock, no threads.

`python -m tests.simulation --lives 100000 --seed 1` runs it long; `test_simulation.py` a short piece of it. A world is
made of one seed alone: the seed that a violation names makes it again.
"""

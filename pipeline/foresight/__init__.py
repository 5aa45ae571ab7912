"""Foresight: the pipeline's own pure code run ahead in simulated time, to show what will happen to a report and when.

Here live the simulated world, its event loop, the script of acts, what happened as typed values, and the pictures of
it. Here must not live Kafka, the machine's clock, or any rule of law, severity or routing of its own: those are asked.
"""

"""The legal clock: policies as dated data, awareness, deadlines in their readings, rungs, Danish time, office hours.

Pure functions of facts and policies: no Kafka, no reading of a clock, no hour figure of any law in code. Whom a rung
reaches lives in routing; who owes what lives in cases.
"""

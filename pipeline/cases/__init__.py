"""A case as a set of facts and the pure functions over it: identity, union, projection, obligations, what is due next.

No Kafka, no clock reading, no text for people. Severity and clock are asked, never copied.
"""

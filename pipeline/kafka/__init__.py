"""Kafka from the outside: the embedded broker, the topics and the way to reach a cluster.

Here live the broker's jars, Java, process and configuration, topic settings and their check, and the address
of a cluster. Nothing here reads or writes an event, knows a case, or imports the engine, the domain or the
contract.
"""

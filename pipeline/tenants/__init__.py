"""What an installation with municipalities' own topics needs around the stages: joining, leaving, and looking on.

What stages read and write of own topics is in `agents`, whose a topic is in `pipeline.kafka.tenants`.
"""

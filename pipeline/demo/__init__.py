"""The demonstration: the whole main job on real Kafka, the clock sped up, from a citizen's report to an overdue case.

It sends as a form system would, acts as people would, and checks every expectation of its story against what lies in
the topics. Nothing in the pipeline knows of it.
"""

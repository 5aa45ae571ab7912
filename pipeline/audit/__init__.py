"""The auditor: reads every topic as an outsider and says where they contradict one another or the law.

Here live the checks, one a file and pure, and the reader that takes the snapshot they look at. It trusts no worker: it
may use `schemas`, `pipeline.kafka`, `pipeline.privacy` and the injected clock, and shares no code with the engine, the
agents, or the rules that opened the cases. What it needs of those rules it works out again for itself.
"""

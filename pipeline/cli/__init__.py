"""The command line: one file per command, thin over the domain and the clients in `pipeline.kafka`.

No rule of law lives here. What Danes read is Danish; help and errors for operators are English.
"""

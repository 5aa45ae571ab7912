"""The gate: judges the bytes of one record and says admitted or refused, with every problem named and no value shown.

Pure: no Kafka, no clock, no settings, no logging. What may be trusted afterwards is in `Admitted`; nothing else of a
record may travel further. Who may act and whether a case exists is asked later, by intake.
"""

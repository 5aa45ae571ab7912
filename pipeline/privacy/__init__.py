"""What keeps personal data where it must be: masking of CPR numbers, and digests that do not give content away.

Pure functions over text and JSON. No Kafka, no settings, no logging; keys are given in by the caller.
"""

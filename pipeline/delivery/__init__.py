"""Delivery: an alert's way from intention to a person, as a pure state machine, with texts and channels.

Here live the delivery log's steps, back-off, addresses, texts, and under `channels/` the only I/O. Here must not live
who is to be told or when (routing), nor anything about a person in a text.
"""

"""Routing: from what a case demands to who is told, how loudly, and when the next one is told.

Pure functions over the case record, the chain's state, the contact plan and the policy; time is passed in. Here must
not live deadlines (they stand on the case), addresses (delivery looks them up at send time), or any I/O.
"""

"""The heartbeat: a synthetic case every minute that travels the whole chain and is measured from end to end.

Here live its tenant, its events, the book of beats under way (pure), and the process that beats. Here must not live
anything that a real case passes through: a beat takes the same way as everybody's report, or it proves nothing.
"""

"""Contact plans: who holds which role in a municipality, how they are reached, and what citizens are shown.

Here live the plan's shape, its loading and checking, entitlement and opening hours. What is shown (`display`) and where
alerts go (`delivery`) are two blocks that never meet: nothing here or elsewhere may turn a shown text into a recipient.
Here must not live thresholds of the law or of the alarm (those are the policy's), nor severity defaults (the rule
set's).
"""

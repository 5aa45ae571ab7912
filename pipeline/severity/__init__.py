"""Severity: from what is known of an incident to an advice in the law's words, with the reason for every step.

Here live the combining of facts, ENISA's score, the override rules, the unknowns and the explanation: pure functions over
the contract's values. Weights, thresholds, floors and defaults are not here but in dated rule sets (`deploy/rulesets/`);
neither are deadlines, alarms or anything that knows Kafka.
"""

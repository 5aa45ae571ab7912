"""Traces by W3C Trace Context: one id from a report's arrival to the mail about it. Knows neither stages nor breaches."""

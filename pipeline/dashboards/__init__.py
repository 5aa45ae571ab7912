"""What operations and data protection officers look at: four dashboards, written down once.

Grafana's JSON, the pictures in the documentation and the test that runs every query are made from the same definitions.
"""

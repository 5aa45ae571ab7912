"""Backup and restore of the case log: one file that holds every stage's rows and what was still on its way.

A backup is a picture of one moment. What it holds, how the moment is chosen and how a restore goes: docs/backup.md.
"""

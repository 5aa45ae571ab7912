"""Backup and restore: the file, where rows go, and real workers on what was restored."""

"""Tests of contact plans: loading, faults in words, entitlement, hours, and what each municipality's page obliges to."""

"""Tests of foresight: what is shown ahead, with times counted by hand from the law and the contact plans."""

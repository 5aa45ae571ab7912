"""Tests that need packages of the distribution, such as a browser; `make test` leaves them out."""

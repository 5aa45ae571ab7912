"""The running pipeline seen from outside: real broker, real workers, real mails. What one function does is not here."""

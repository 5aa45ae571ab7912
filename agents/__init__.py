"""The four stages, a screen each: decode, call the domain, write. Neither law nor Kafka's inside belongs here."""

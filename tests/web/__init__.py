"""The page behind the links: what it shows, takes and refuses; its two views of Kafka on the real broker."""

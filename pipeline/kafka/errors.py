"""What can go wrong between Brudvagt and a Kafka, as errors that an operator can act on."""


class KafkaSetupError(Exception):
    """Kafka cannot be used as asked; the message says what is wrong, where, and what to do."""


class JarsError(KafkaSetupError):
    """The broker's jars are missing, cannot be fetched, or are not the ones that were locked."""


class JavaError(KafkaSetupError):
    """No Java runtime that starts."""


class BrokerError(KafkaSetupError):
    """The embedded broker cannot start, or ended."""


class DataDirectoryInUse(BrokerError):
    """Another broker lives on the same data directory."""


class PortTaken(BrokerError):
    """Something else listens where the broker should."""


class ConnectionUrlError(KafkaSetupError):
    """`BRUDVAGT_KAFKA_URL` cannot be understood."""


class TopicsError(KafkaSetupError):
    """The cluster refused to create or describe a topic."""

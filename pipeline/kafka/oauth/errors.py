"""What can go wrong with a token: none is given, or the brokers refuse it. The token itself is in no message."""

from aiokafka.errors import KafkaError

from pipeline.kafka.errors import KafkaSetupError


class TokenError(KafkaSetupError, KafkaError):  # type: ignore[misc]  # aiokafka is untyped
    """No token could be had; the message says what is wrong, where, and what to do.

    A `KafkaError` too: aiokafka's clients take those for "not connected" and try again, and let any other exception end
    the task that keeps their metadata.
    """

    def __str__(self) -> str:
        return str(self.args[0])


class TokenRefused(TokenError):
    """The brokers do not accept the token."""

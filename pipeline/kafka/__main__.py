"""`python -m pipeline.kafka fetch`: get everything the embedded Kafka needs, so that later starts work offline."""

import sys

from pipeline.kafka import jars, java, training
from pipeline.kafka.errors import KafkaSetupError

USAGE = "usage: python -m pipeline.kafka fetch"


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit status: 0 done, 1 could not, 2 not understood."""
    if arguments != ["fetch"]:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    try:
        say(java.version(java.executable()))
        jars.ensure(progress=say)
        training.ensure(progress=say)
    except KafkaSetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def say(message: str) -> None:
    """Show one line of progress at once, also through a pipe."""
    sys.stdout.write(f"{message}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

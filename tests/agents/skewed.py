"""`python -m tests.agents.skewed SECONDS ARGUMENTS…`: `brudvagt ARGUMENTS` on a machine whose clock is that far ahead.

Every wall clock of the process is off: the pipeline's, Faust's and the Kafka client's. What measures durations is not.
"""

import sys
import time
from unittest.mock import patch

from pipeline.cli.__main__ import main

if __name__ == "__main__":
    ahead_s, true_time = float(sys.argv.pop(1)), time.time
    with patch.object(time, "time", lambda: true_time() + ahead_s):
        main()

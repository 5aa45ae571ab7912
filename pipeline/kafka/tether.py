"""Become another program that ends when its parent does. Run as a file: `tether.py PARENT_PID PROGRAM ARGS…`.

A killed `brudvagt up` cannot stop its broker, and a broker left alone would hold the data directory for ever.
Linux sends a process a signal when its parent's thread ends (prctl PR_SET_PDEATHSIG); it survives exec, so
asking for it and then becoming Java is enough. Other systems have no such call: there an orphan is named, with
its pid, by the next start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def become(parent: int, command: list[str]) -> None:
    """Replace this process by `command`, tied to `parent`. Returns never; exits 1 if the parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before the call
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the whole purpose of this file


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])

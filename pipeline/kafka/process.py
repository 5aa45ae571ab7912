"""A child process that does not outlive this one, whichever thread asked for it."""

import os
import subprocess
import sys
import threading
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")


class TetheredProcess:
    """Starts a command in a thread of its own and watches it.

    The thread matters: Linux ends a tethered child when the *thread* that started it ends, and callers may
    well run in a short-lived one. This thread lives exactly as long as the child.
    """

    def __init__(self, command: list[str], output: Path) -> None:
        """Start `command`; what it prints is written to the file `output`. Raises `OSError` if it cannot."""
        self._command = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), *command]
        self._output = output
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = threading.Thread(target=self._keep, name="kafka-keeper", daemon=True)
        self._keeper.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def pid(self) -> int:
        """The child's process id; it stays valid after the child's end, for messages."""
        return self._running().pid

    def poll(self) -> int | None:
        """The exit status once the child has ended (negative: the signal), else None."""
        return None if self._keeper.is_alive() else self._running().returncode

    def terminate(self, budget_s: float) -> int:
        """Ask the child to end, kill it when `budget_s` seconds have passed; returns its exit status."""
        process = self._running()
        if self._keeper.is_alive():
            process.terminate()
            self._keeper.join(budget_s)
        if self._keeper.is_alive():
            process.kill()
            self._keeper.join()
        return process.returncode

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _keep(self) -> None:
        try:
            with self._output.open("ab") as output:
                self._process = subprocess.Popen(  # noqa: S603 - the wheel's Java
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C in a terminal ends the workers first, the broker last
                )
        except OSError as error:
            self._failure = error
        finally:
            self._started.set()
        if self._process is not None:
            self._process.wait()

"""The rivals' environments: each from its own hash-locked file, made at first use below `.cache/bench`.

They are no part of the project's lock: nobody who runs Brudvagt needs them, and Quix Streams wants an older pydantic.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = Path(__file__).parent / "rivals"
MADE = ROOT / ".cache" / "bench"


def python_of(environment: str | None) -> str:
    """Returns the interpreter of a rival's environment, made now if it is missing or its lock has changed.

    None is the project's own. Raises RuntimeError with pip's last words when the packages cannot be installed.
    """
    if environment is None:
        return sys.executable
    lock = LOCKS / f"{environment}.lock"
    place = MADE / environment
    python, stamp = place / "bin" / "python", place / "installed"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version}"
    if not stamp.exists() or stamp.read_text() != wanted:
        sys.stdout.write(f"installing {lock.relative_to(ROOT)} into {place.relative_to(ROOT)} (once)\n")
        sys.stdout.flush()
        venv.create(place, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(lock)]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{lock.name} cannot be installed: {done.stderr.strip()[-2000:]}")
        stamp.write_text(wanted)
    return str(python)

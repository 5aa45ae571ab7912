"""A file with a secret that several processes share: made once, by whoever needs it first, whole or not at all."""

import contextlib
import os
import secrets
from pathlib import Path


def make_once(path: Path, content: bytes) -> None:
    """Makes `path` (mode 0600) with `content`, and its folder; one that is there, or comes to be meanwhile, stays as it is.

    Nobody ever reads half of it. Raises OSError.
    """
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        with contextlib.suppress(FileExistsError):  # a rename would replace what another process has just made
            path.hardlink_to(draft)
    finally:
        draft.unlink(missing_ok=True)

"""The keys that sign links: a small text file, one key a line. The first signs, all are believed.

To change the key, put a new line first and keep the old one below it until the links it signed have expired. The file is
read at each use, so that neither delivery nor the page needs a restart.
"""

import secrets
from pathlib import Path

from pipeline.secret_file import make_once

FILE = "link.keys"
BYTES = 32
SHORTEST = 32  # characters; fewer could be tried out from one known link


class LinkKeysError(Exception):
    """The file of keys cannot be used; the message says which file, what is wrong, and never shows a key."""


def keys_in(path: Path) -> tuple[str, ...]:
    """Returns the keys in `path`, the signing one first; at first use makes the file with one key (mode 0600).

    Raises LinkKeysError for a file that cannot be read or made, is empty, or holds a key that is too short.
    """
    try:
        make_once(path, f"{secrets.token_urlsafe(BYTES)}\n".encode())
        lines = path.read_text(encoding="ascii").split("\n")
    except (OSError, UnicodeError) as error:
        raise LinkKeysError(f"{path}: the keys of links cannot be read ({type(error).__name__})") from None
    keys = tuple(line.strip() for line in lines if line.strip())
    if not keys:
        raise LinkKeysError(
            f"{path}: holds no key; write one a line, at least {SHORTEST} characters, or remove the file"
        )
    if any(len(key) < SHORTEST for key in keys):
        raise LinkKeysError(f"{path}: a key is shorter than {SHORTEST} characters; take a longer random one")
    return keys

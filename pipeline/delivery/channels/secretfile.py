"""Files that hold secrets, read at each use: a password is changed by writing the file, without a restart."""

from pathlib import Path

from pipeline.delivery.channels.channel import Misconfigured


def content(path: Path, setting: str) -> bytes:
    """Returns what a file holds. Raises Misconfigured, which names setting and file and shows nothing of its content."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"BRUDVAGT_{setting.upper()}: {path} cannot be read ({type(error).__name__}); write it, and let this user "
            "read it"
        ) from None


def lines(path: Path, setting: str) -> tuple[str, ...]:
    """Returns the lines that hold something, without the blanks around them. Raises Misconfigured, also for none."""
    try:
        text = content(path, setting).decode("utf-8")
    except UnicodeDecodeError:
        raise Misconfigured(f"BRUDVAGT_{setting.upper()}: {path} is no text in UTF-8") from None
    found = tuple(line.strip() for line in text.splitlines() if line.strip())
    if not found:
        raise Misconfigured(f"BRUDVAGT_{setting.upper()}: {path} is empty")
    return found

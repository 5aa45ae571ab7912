"""Where an exception came from, without what it says: a message may quote a report, a log must not."""

import traceback


def where(error: BaseException) -> str:
    """Returns `file:line function` of the innermost frame, never the exception's text."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown"
    last = frames[-1]
    return f"{'/'.join(last.filename.split('/')[-2:])}:{last.lineno} {last.name}"

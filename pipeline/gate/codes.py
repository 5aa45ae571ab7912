"""Problems as the gate states them: a stable code, where, why and what to do; never the value."""

from schemas.error_codes import EXPLANATIONS, ErrorCode, Explanation
from schemas.receipt import Problem

__all__ = ["EXPLANATIONS", "ErrorCode", "Explanation", "problem"]


def problem(code: ErrorCode, path: str = "", *, reason: str | None = None, remedy: str | None = None) -> Problem:
    """Returns a problem with the code's own reason and remedy unless closer ones are given.

    `path` is a JSON pointer (RFC 6901) into the event as structured mode writes it, or a header's name; "" is all.
    """
    known = EXPLANATIONS[code]
    return Problem(code=code.value, path=path, reason=reason or known.reason, remedy=remedy or known.remedy)

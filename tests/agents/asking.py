"""Asking a process of Brudvagt's for a page of its health server, as a supervisor or Prometheus would."""

import http.client
import urllib.error
import urllib.request

ANSWER_BUDGET_S = 30.0


def ask(port: int, path: str, budget_s: float = ANSWER_BUDGET_S) -> tuple[int, str]:
    """Returns status and text of one page, such as `/readyz`; status 0 when nothing answers within `budget_s` seconds,
    or the process ends amid its answer.
    """
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=budget_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""

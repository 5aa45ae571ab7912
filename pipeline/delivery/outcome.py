"""How one attempt ended, in the far end's words without anything about a person."""

import re
from dataclasses import dataclass
from enum import StrEnum

_URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://\S+")
_LONG_WORD = re.compile(r"[^\s<>]{40,}")  # a token cut out of a link; the longest word of an honest answer is shorter
_ADDRESS = re.compile(r"[^\s<>@]{1,128}@[^\s<>]{1,255}")
_LONG_NUMBER = re.compile(r"\d[\d \-.:]{4,}\d")
_CODE = re.compile(r"^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?(?= |$)")  # reply code, enhanced status code
_NOT_PRINTABLE = re.compile(r"[^\x20-\x7E\u00A0-\u024F]+")
_ANSWER_MAX = 200


class Error(StrEnum):
    """Classes of error. Which of them are permanent is the channel's to say."""

    REFUSED = "refused"  # no connection
    TIMEOUT = "timeout"
    CUT = "cut"  # the connection ended in the middle
    TLS = "tls"  # not offered, or not to be trusted
    BUSY = "busy"  # the far end asks to come again: 4xx in mail, 429 and 5xx in HTTP
    REJECTED = "rejected"  # the far end will not have it: 5xx in mail, 4xx in HTTP
    MISCONFIGURED = "misconfigured"  # login or sender refused: ours to mend, and no fault of the recipient's
    REDIRECTED = "redirected"
    FORBIDDEN = "forbidden"  # an address that this installation may not deliver to
    NO_ADDRESS = "no_address"  # person or channel is no longer in the plan
    NOT_CONFIGURED = "not_configured"  # the plan names a channel that this installation does not have
    CERTIFICATE = "certificate"  # the recipient's cannot be used, and the plan asks for encryption
    CROWDED = "crowded"  # other attempts held the channel: this one has not begun


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt: `error` None is delivered; `answer` is already cleaned."""

    error: Error | None = None
    permanent: bool = False
    answer: str | None = None

    @property
    def may_have_arrived(self) -> bool:
        """Whether the far end may have taken the message although no result says so."""
        return self.error in (Error.CUT, Error.TIMEOUT)


SENT = Outcome()


def cleaned(answer: str) -> str:
    """Returns a far end's answer without links, addresses, long numbers and control characters, cut to one line.

    A filter that dislikes a mail quotes its link, and a link is a right to act: it must stand in no log.
    """
    text = " ".join(_NOT_PRINTABLE.sub(" ", answer).split())
    code = _CODE.match(text)
    head = "" if code is None else code[0]
    said = text.removeprefix(head)
    for what, instead in ((_URL, "[link]"), (_ADDRESS, "[address]"), (_LONG_WORD, "[…]"), (_LONG_NUMBER, "[number]")):
        said = what.sub(instead, said)
    return (head + said)[:_ANSWER_MAX]

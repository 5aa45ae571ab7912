"""What a mail server's answers mean: come again, never, or a fault of this installation."""

import ssl

import aiosmtplib

from pipeline.delivery.outcome import Error, Outcome, cleaned

_PERMANENT_FROM = 500


def classified(error: Exception) -> Outcome:
    """Returns the outcome for what the mail client raised: RFC 5321's 4xx passes, 5xx about recipient or content stays.

    A refused login, greeting or sender is this installation's fault: transient, so that nobody is written off for it.
    """
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return Outcome(Error.TLS)
    if "STARTTLS" in str(error):
        return Outcome(Error.TLS, answer="STARTTLS is not offered")
    if isinstance(error, aiosmtplib.SMTPNotSupported):
        return Outcome(Error.MISCONFIGURED, answer="the server offers no login")
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        return classified(error.recipients[0])
    if isinstance(error, aiosmtplib.SMTPTimeoutError | TimeoutError):
        return Outcome(Error.TIMEOUT)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPHeloError | aiosmtplib.SMTPSenderRefused):
        return Outcome(Error.MISCONFIGURED, answer=_answer(error))
    if isinstance(error, aiosmtplib.SMTPResponseException):
        permanent = error.code >= _PERMANENT_FROM and not isinstance(error, aiosmtplib.SMTPConnectResponseError)
        return Outcome(Error.REJECTED if permanent else Error.BUSY, permanent, _answer(error))
    if isinstance(error, aiosmtplib.SMTPServerDisconnected | ConnectionResetError | BrokenPipeError):
        return Outcome(Error.CUT)
    return Outcome(Error.REFUSED)


def _answer(error: aiosmtplib.SMTPResponseException) -> str:
    return cleaned(f"{error.code} {error.message}")

"""Made-up CPR numbers in the spellings that people and programs use. No number here was looked up anywhere."""

import unicodedata

from hypothesis import strategies as st

# (digits, why): the century table of the Danish civil register, one row each side of every border.
NUMBERS = (
    ("0101901234", "digit 7 = 1: 1990"),
    ("3112990000", "digit 7 = 0: 1999"),
    ("2902041000", "digit 7 = 1: 1904, a leap year"),
    ("2902004000", "digit 7 = 4, year 00: 2000, a leap year"),
    ("2902364000", "digit 7 = 4, year 36: 2036, a leap year"),
    ("0101374000", "digit 7 = 4, year 37: 1937"),
    ("0101369000", "digit 7 = 9, year 36: 2036"),
    ("0101379000", "digit 7 = 9, year 37: 1937"),
    ("2902565000", "digit 7 = 5, year 56: 2056, a leap year"),
    ("0101588000", "digit 7 = 8, year 58: 1858"),
    ("2902606000", "digit 7 = 6, year 60: 1860, a leap year"),
    ("0101650000", "1 January 1965: given out without modulus 11"),
    ("6101901234", "a test person or replacement number: the day plus 60"),
)

NOT_NUMBERS = (
    ("3102901234", "31 February"),
    ("3104901234", "31 April"),
    ("2902000000", "29 February 1900: no leap year"),
    ("2902585000", "29 February 1858: no leap year"),
    ("0113901234", "month 13"),
    ("0001901234", "day 0"),
    ("3201901234", "day 32"),
)

SEPARATORS = (
    "",
    "-",
    " ",
    ".",
    "/",
    "_",
    "–",
    "—",
    "‑",
    "\u00a0",
    "\u202f",
    "\u200b",
    "\u00ad",
    "\n",
    "\r\n  ",
    " - ",
    "\t",
    "\ufeff",
    "\u2060-",
)
DIGIT_ZEROS = ("0", "０", "٠", "۰", "०", "𝟎", "⓪")


def in_script(digits: str, zero: str) -> str:
    """Returns the digits in the script whose zero is `zero`."""
    if zero == "⓪":
        return "".join("⓪" if digit == "0" else chr(ord("①") + int(digit) - 1) for digit in digits)
    return "".join(chr(ord(zero) + int(digit)) for digit in digits)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Draws ten digits that name a day from 1 to 28 of any month, so that every one is a date."""
    day, month = draw(st.integers(1, 28)), draw(st.integers(1, 12))
    return f"{day:02d}{month:02d}{draw(st.integers(0, 99)):02d}{draw(st.integers(0, 9999)):04d}"


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """Draws a number and one spelling of it: DDMMYY or with the century, grouped or digit by digit, any script."""
    digits = draw(numbers())
    date, serial = digits[:6], digits[6:]
    if draw(st.booleans()):
        date = f"{date[:4]}{draw(st.sampled_from(['18', '19', '20']))}{date[4:]}"
        if not 1858 <= int(date[4:]) <= 2057:
            date = f"{date[:4]}1990"
        digits = date + serial
    zero = draw(st.sampled_from(DIGIT_ZEROS))
    between = draw(st.sampled_from(SEPARATORS))
    inner = draw(st.sampled_from(SEPARATORS))
    layout = draw(st.sampled_from(["six-four", "pairs", "each"]))
    if layout == "six-four":
        groups = [date, serial]
        joint = between
    elif layout == "pairs":
        return digits, inner.join(
            in_script(part, zero) for part in (date[:2], date[2:4], date[4:])
        ) + between + in_script(serial, zero)
    else:
        groups, joint = list(digits), inner
    return digits, joint.join(in_script(group, zero) for group in groups)


def plain_digits(text: str) -> str:
    """Returns every digit of the text, of any script, in order and in ASCII; an independent reading for assertions."""
    return "".join(
        str(int(unicodedata.digit(character))) for character in text if unicodedata.digit(character, None) is not None
    )

"""A finished text: subject, plain and HTML, where the HTML says the same as the plain text and nothing more."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

_NUMBERED = re.compile(r"^\d+\. ")
_URL = re.compile(r"^https?://\S+$")
_BODY = (
    "margin:0;padding:16px;max-width:40em;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    "color:#1a1a1a;background:#ffffff"
)

_LINK = Markup('<p style="margin:0 0 12px"><a href="{0}" style="display:inline-block;padding:8px 0">{0}</a></p>')
"""As high as a finger is wide."""

_PLAIN_LIST = Markup('<ul style="margin:0 0 12px;padding-left:20px">{}</ul>')
_NUMBERED_LIST = Markup('<ol style="margin:0 0 12px;padding-left:20px">{}</ol>')
_PAGE = Markup(
    '<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1"><title>{subject}</title></head>\n'
    '<body style="{style}">\n<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">{subject}</h1>\n'
    "{inner}\n</body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Text:
    """What goes out."""

    subject: str
    plain: str
    html: str


def text_of(rendered: str, language: str) -> Text:
    """Returns the text of a rendered template: its first line is the subject, the rest the plain text.

    Paragraphs are parted by blank lines; lines with a dash or a number are lists, a line that ends in a colon leads
    what follows, a line that is a link becomes one. Everything is escaped.
    """
    subject, _, body = rendered.partition("\n")
    paragraphs = [block.strip("\n") for block in re.split(r"\n\s*\n", body) if block.strip()]
    plain = "\n\n".join(paragraphs) + "\n"
    return Text(" ".join(subject.split()), plain, _html(subject, paragraphs, language))


def _html(subject: str, paragraphs: list[str], language: str) -> str:
    inner = Markup("\n").join(_paragraph(block) for block in paragraphs)
    return str(_PAGE.format(language=language, subject=" ".join(subject.split()), style=_BODY, inner=inner))


def _paragraph(block: str) -> Markup:
    parts: list[Markup] = []
    items: list[Markup] = []
    numbered = False
    for line in block.split("\n"):
        if line.startswith("- ") or _NUMBERED.match(line):
            numbered = not line.startswith("- ")
            items.append(Markup("<li>{}</li>").format(line.split(" ", 1)[1]))
            continue
        parts += _list(items, numbered)
        items = []
        parts.append(_line(line))
    return Markup("").join([*parts, *_list(items, numbered)])


def _line(line: str) -> Markup:
    if _URL.match(line):
        return Markup(
            '<p style="margin:0 0 12px"><a href="{0}" style="display:inline-block;padding:8px 0">{0}</a></p>'
        ).format(line)
    if line.endswith(":"):
        return Markup('<p style="margin:12px 0 0"><strong>{}</strong></p>').format(line)
    return Markup('<p style="margin:0 0 12px">{}</p>').format(escape(line))


def _list(items: list[Markup], numbered: bool) -> list[Markup]:
    if not items:
        return []
    shell = _NUMBERED_LIST if numbered else _PLAIN_LIST
    return [shell.format(Markup("").join(items))]

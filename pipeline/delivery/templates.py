"""The templates and fixed wordings of a language, read once and checked: nothing they say can be about a person."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from pipeline.clock.yamlfile import read_mapping
from pipeline.delivery.views import AlertView, DigestItem, DigestView, LetterView, View

TEXTS = Path(__file__).resolve().parents[2] / "deploy" / "texts"
LANGUAGES = ("da", "en")

VIEW_OF: dict[str, type[View]] = {
    "alert": AlertView,
    "platform": AlertView,
    "producer": AlertView,
    "inbound": AlertView,
    "digest": DigestView,
    "recipient_instructions": LetterView,
    "reporter_receipt": LetterView,
    "recall_request": LetterView,
    "department_note": LetterView,
    "subject_notice": LetterView,
}
"""Which template may say what."""

_OF_ITEMS = frozenset(field.name for field in fields(DigestItem)) | {"index"}
_FILTERS = frozenset({"length"})


class BadTemplate(ValueError):
    """A template names something that no text may hold; says which file and what."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One language: its templates by name, and its fixed phrases by group and word."""

    language: str
    templates: dict[str, jinja2.Template]
    phrases: dict[str, dict[str, object]]
    citizen: dict[str, object]

    def phrase(self, group: str, word: str) -> str:
        """Returns the phrase for a word of a closed set; for a word that this version does not know, the neutral one."""
        known = self.phrases[group]
        return str(known.get(word, known.get("other", known.get("unknown", ""))))

    def render(self, name: str, view: View) -> str:
        """Returns the template filled with a view. Raises TypeError for a view that is not this template's."""
        if type(view) is not VIEW_OF[name]:
            raise TypeError(f"the template {name} says what a {VIEW_OF[name].__name__} holds")
        values = {field.name: getattr(view, field.name) for field in fields(view)}
        return self.templates[name].render(values)


@cache
def wording(language: str, directory: Path = TEXTS) -> Wording:
    """Returns a language's wording; an unknown language gets Danish. Raises BadTemplate, naming the file."""
    language = language if language in LANGUAGES else LANGUAGES[0]
    environment = SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
        autoescape=False,  # plain text; the HTML is made from it and escapes everything
    )
    folder, templates = directory / language, {}
    for name, view in VIEW_OF.items():
        source = (folder / f"{name}.txt.j2").read_text(encoding="utf-8")
        check(f"{language}/{name}.txt.j2", source, view, environment)
        templates[name] = environment.from_string(source)
    phrases = {group: _mapping(words) for group, words in _yaml(folder / "phrases.yaml").items()}
    return Wording(language, templates, phrases, _yaml(folder / "citizen.yaml"))


def check(file: str, source: str, view: type[View], environment: jinja2.Environment) -> None:
    """Refuses a template that reads anything but its view's fields, those of a digest's items, and `loop.index`.

    Raises BadTemplate.
    """
    tree = environment.parse(source)
    allowed = {field.name for field in fields(view)}
    strange = meta.find_undeclared_variables(tree) - allowed
    strange |= {node.attr for node in tree.find_all(nodes.Getattr) if node.attr not in _OF_ITEMS}
    strange |= {node.name for node in tree.find_all(nodes.Filter) if node.name not in _FILTERS}
    dynamic = (nodes.Getitem, nodes.Call, nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)
    strange |= {type(node).__name__ for node in tree.find_all(dynamic)}
    if strange:
        raise BadTemplate(f"{file}: may not say {', '.join(sorted(strange))}; it has {', '.join(sorted(allowed))}")


def _yaml(path: Path) -> dict[str, object]:
    return read_mapping(path.read_bytes())


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise BadTemplate(f"phrases.yaml: {value!r} is no group of phrases")
    return {str(key): word for key, word in value.items()}

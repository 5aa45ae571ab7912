"""A case's facts by kind. Whoever looks at a case asks for a dozen kinds in a row: its facts are sorted once for all."""

from collections.abc import Iterable, Mapping, Sequence

from schemas.facts import Fact

_ByKind = Mapping[str, Sequence[Fact]]


class _Latest:
    """The facts that were asked about last. A tuple never changes, so being the same one is being equal."""

    __slots__ = ("facts", "sorted")

    def __init__(self, facts: Sequence[Fact], by_kind: _ByKind) -> None:
        self.facts, self.sorted = facts, by_kind


_latest = [_Latest((), {})]


def of_kind(facts: Sequence[Fact], kind: str) -> Sequence[Fact]:
    """Returns those of one kind, in their order."""
    return _by_kind(facts).get(kind, ())


def of_kinds(facts: Sequence[Fact], kinds: Iterable[str]) -> Sequence[Fact]:
    """Returns those of some kinds, each of which is named once, in the order of ordered facts."""
    known = _by_kind(facts)
    there = [known[kind] for kind in kinds if kind in known]
    if len(there) < 2:
        return there[0] if there else ()
    return sorted((fact for some in there for fact in some), key=_place)


def last_of(facts: Sequence[Fact], *kinds: str) -> Fact | None:
    """Returns the last of some kinds among ordered facts; None if there is none."""
    known = _by_kind(facts)
    return max((known[kind][-1] for kind in kinds if kind in known), key=_place, default=None)


def _place(fact: Fact) -> tuple[object, str]:
    return fact.recorded_at, fact.fact_id


def _by_kind(facts: Sequence[Fact]) -> _ByKind:
    latest = _latest[0]
    if latest.facts is facts:
        return latest.sorted
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.kind, []).append(fact)
    if isinstance(facts, tuple):
        _latest[0] = _Latest(facts, found)
    return found

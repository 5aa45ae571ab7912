"""What must hold for every combination of facts. Hypothesis searches for one that breaks it."""

import random
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.severity.explain import explain
from pipeline.severity.gravity import SCALES
from schemas.assessment import Assessment
from schemas.facts import Fact, FactKind
from schemas.values import Aspect, DataCategory, Detail, Identifier, Medium
from tests.severity.forgetting import FLAT, NESTED, Said, answers, forgettable
from tests.severity.said import BAND, GRAVITY, judged, report


def _part(names: Mapping[str, str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(SCALES[scale]) for name, scale in names.items()})


@st.composite
def circumstances(draw: st.DrawFn) -> Said:
    """Draws what one sender might say: any values, any of them left out."""
    said: Said = dict(draw(_part(FLAT)))
    for part, names in NESTED.items():
        said[part] = dict(draw(_part(names)))
    items = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "category": st.sampled_from([str(c) for c in DataCategory]),
                    "detail": st.sampled_from([str(d) for d in Detail]),
                }
            ),
            max_size=3,
            unique_by=lambda item: item["category"],
        )
    )
    said["data"] = [dict(item) for item in items]
    said["identifiers"] = list(draw(st.lists(st.sampled_from([str(i) for i in Identifier]), max_size=2, unique=True)))
    if draw(st.booleans()):
        said["medium"] = draw(st.sampled_from([str(m) for m in Medium]))
    if draw(st.booleans()):
        aspects = st.lists(st.sampled_from([str(a) for a in Aspect]), min_size=1, max_size=3, unique=True)
        said["aspects"] = list(draw(aspects))
    for part in NESTED:
        if draw(st.booleans()):
            inner = said[part]
            assert isinstance(inner, dict)
            inner["count"] = {"kind": "exact", "number": draw(st.sampled_from([0, 1, 100, 101, 1000, 1001, 50_000]))}
    return said


kinds = st.sampled_from([FactKind.REPORT_RECEIVED, FactKind.MISDELIVERY_RECEIVED])


@settings(max_examples=80, deadline=None)
@given(circumstances(), kinds)
def test_any_combination_gives_an_outcome_with_an_explanation(said: Said, kind: FactKind) -> None:
    """No combination crashes; each has two paragraphs, and a doubt always comes with a question to ask."""
    got = judged(report(said, kind=kind))
    assert explain(got, "da")
    assert explain(got, "en")
    assert GRAVITY[got.worst] >= GRAVITY[got.outcome]
    assert 0.25 <= got.score <= 6
    assert Assessment.model_validate(got.model_dump()) == got
    if any(rule.rule == "R11" for rule in got.rules) and not got.safety:
        assert got.missing


@settings(max_examples=80, deadline=None)
@given(st.lists(circumstances(), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(said: list[Said], shuffler: random.Random) -> None:
    """Any order, any fact twice: the same assessment, to the last factor."""
    facts: list[Fact] = [report(one, sender=f"/forms/{i % 2}", minute=i) for i, one in enumerate(said)]
    again = [*facts, *facts]
    shuffler.shuffle(again)
    assert judged(*again) == judged(*facts)


@settings(max_examples=200, deadline=None)
@given(circumstances(), st.data())
def test_another_senders_graver_value_never_lowers_and_a_milder_never_raises(said: Said, data: st.DataObject) -> None:
    """One answer of one sender, given anew by another: graver can only raise, milder changes nothing for the worse."""
    given_ = answers(said)
    if not given_:
        return
    part, name, scale, value = data.draw(st.sampled_from(given_))
    other = data.draw(st.sampled_from(SCALES[scale]))
    addition: Said = {name: other} if part is None else {part: {name: other}}
    before = judged(report(said))
    after = judged(report(said), report(addition, sender="/forms/b", minute=1))
    if SCALES[scale].index(other) >= SCALES[scale].index(value):
        assert BAND[after.band] >= BAND[before.band]
    else:
        assert BAND[after.band] <= BAND[before.band]


@settings(max_examples=200, deadline=None)
@given(circumstances(), st.sampled_from([str(c) for c in DataCategory]), st.sampled_from([str(d) for d in Detail]))
def test_more_data_by_another_sender_never_lowers(said: Said, category: str, detail: str) -> None:
    """Where some data are known, a further category can only raise."""
    if not said["data"]:
        return
    more = report({"data": [{"category": category, "detail": detail}]}, sender="/forms/b", minute=1)
    assert BAND[judged(report(said), more).band] >= BAND[judged(report(said)).band]


@settings(max_examples=250, deadline=None)
@given(circumstances(), kinds, st.data())
def test_forgetting_an_answer_never_lowers_the_worst_nor_shows_unlikely_risk(
    said: Said, kind: FactKind, data: st.DataObject
) -> None:
    """Known turned unknown: `worst` does not fall and `outcome` does not fall below risk."""
    names = forgettable(said, kind)
    if not names:
        return
    part, name = data.draw(st.sampled_from(names))
    forgotten: Said = dict(said)
    if part is None:
        del forgotten[name]
    else:
        inner = said[part]
        assert isinstance(inner, dict)
        forgotten[part] = {key: value for key, value in inner.items() if key != name}
    before, after = judged(report(said, kind=kind)), judged(report(forgotten, kind=kind))
    assert GRAVITY[after.worst] >= GRAVITY[before.worst]
    assert GRAVITY[after.outcome] >= min(GRAVITY[before.outcome], GRAVITY["risk"])


@settings(max_examples=60, deadline=None)
@given(circumstances(), st.text(max_size=40))
def test_no_outcome_depends_on_free_text(said: Said, text: str) -> None:
    """Descriptions, measures and names of systems are for people."""
    free: Said = {
        "description": text, "consequences": text, "measures_taken": text, "measures_planned": text,
        "measures_before": text, "systems": [text],
    }  # fmt: skip
    got, plain = judged(report(said | free)), judged(report(said))
    assert (got.outcome, got.worst, got.score, got.rules, got.missing) == (
        plain.outcome, plain.worst, plain.score, plain.rules, plain.missing,
    )  # fmt: skip

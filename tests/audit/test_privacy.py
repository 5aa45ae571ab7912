"""What reads as a CPR number is found in any text beyond the gate, and machine-made values are not mistaken for one."""

import random
from collections.abc import Iterator
from dataclasses import replace

import orjson
import pytest
from pydantic import JsonValue

from pipeline.audit import privacy
from pipeline.audit.audit import audit
from pipeline.audit.finding import Code
from pipeline.audit.privacy import shown
from pipeline.audit.second_look import reads_as_cpr
from pipeline.kafka.records import Seen
from pipeline.privacy.cpr import holds_cpr, holds_separate_cpr
from tests.audit.scene import CASE, TOPICS, Parts, case, fact, story
from tests.audit.test_balance import codes

MADE_UP = ("010190-1234", "0101901234", "010190 1234", "01 01 90 12 34", "01011990-1234")
TOPIC = TOPICS.facts


def seen(value: dict[str, JsonValue] | bytes, key: bytes = b"", headers: tuple[tuple[str, bytes], ...] = ()) -> Seen:
    """Returns a record on the facts topic."""
    return Seen(TOPIC, 0, 0, 0, key, value if isinstance(value, bytes) else orjson.dumps(value), headers)


@pytest.mark.parametrize("number", MADE_UP)
def test_a_number_in_free_text_is_found_and_not_repeated(number: str) -> None:
    """In every spelling; the finding names the place and never the number."""
    told = fact(body={"circumstances": {"description": f"Brevet til {number} kom til en anden."}})
    findings = audit(story(Parts(case=case([told]))).snapshot()).findings
    assert [one.code for one in findings] == [Code.CPR_IN_TEXT]
    assert "facts/body/circumstances/description" in findings[0].sentence
    assert number not in repr(findings)


def test_a_masked_text_is_no_finding() -> None:
    """That is what the gate leaves."""
    assert codes(story(Parts(case=case([fact(body={"description": "Brevet til [CPR] kom til en anden."})])))) == []


@pytest.mark.parametrize("topic", [TOPICS.reports, TOPICS.actions, TOPICS.replays])
def test_ingress_may_hold_what_people_wrote(topic: str) -> None:
    """Before the gate nothing is masked yet; the topics' retention and rights guard it."""
    scene = story()
    scene.put(topic, {"description": "010190-1234"}, at=scene.now)
    assert codes(scene) == []


def test_keys_headers_names_of_members_and_plain_text_are_looked_at() -> None:
    """Wherever text can stand."""
    assert list(shown(seen({}, key=b"010190-1234"))) == ["the key"]
    assert list(shown(seen({}, headers=(("x", b"010190-1234"),)))) == ["the header x"]
    assert list(shown(seen({"a": {"010190-1234": 1}}))) == ["a member's name in the value/a"]
    assert list(shown(seen(b"not JSON 010190-1234"))) == ["the value"]
    assert list(shown(seen({"source": "/forms/010190-1234"}))) == ["the value/source"]


@pytest.mark.parametrize("key", [b"newest/ab0101901234b34da6a3ce929d0e0e47", b"case/657-01019-01234-T"])
def test_keys_of_deliverys_index_are_made_by_a_machine(key: bytes) -> None:
    """An alert's id or a case's reference under its prefix; what follows it is looked at."""
    assert list(shown(seen({}, key=key))) == []
    assert list(shown(seen({}, key=key + b" 010190-1234"))) == ["the key"]


def test_a_trace_context_is_made_by_a_machine() -> None:
    """One in fifty holds ten digits like a birthday; anything more than its form is looked at."""
    context = b"00-ab0101901234b34da6a3ce929d0e0e47-00f067aa0ba902b7-01"
    assert list(shown(seen({}, headers=(("traceparent", context),)))) == []
    assert list(shown(seen({}, headers=(("traceparent", context + b" 010190-1234"),)))) == ["the header traceparent"]


@pytest.mark.parametrize(
    "value",
    [
        {"created_at": "2010-11-20T11:01:30.123456+00:00"},
        {"recorded_at": "2026-12-01T01:01:01.234567Z"},
        {"wake_at": 1501901234.0},
        {"fact_id": "01019012340101901234010190123401"},
        {"policy_hash": "0101901234" * 6 + "abcd"},
        {"reference": "010-19012-34567-8"},
        {"source": "/forms/657/70101901234567890"},
        {"event_id": "b0101901-0190-4123-8123-010190123456"},
        {"description": "Sket 15.10.2026 12:30, opdaget 16.10.2026 18 dage senere; 12345678 er et CVR-nummer."},
        {"position": "brudvagt.reports[2]@0101901234"},
        {"number": 1508801234},
    ],
    ids=lambda value: next(iter(value)),
)
def test_machine_made_values_are_not_mistaken(value: dict[str, JsonValue]) -> None:
    """Times, digests, references, sequence numbers, positions and numbers as numbers are nobody's CPR number."""
    assert list(shown(seen(value))) == []


def test_a_time_with_words_around_it_is_text() -> None:
    """The shapes must fill the whole string."""
    assert list(shown(seen({"note": "2026-11-20T11:01:30Z 010190-1234"}))) == ["the value/note"]


def test_the_example_reference_is_no_number() -> None:
    """Keys of the case log stay quiet."""
    assert list(shown(seen({}, key=CASE.encode()))) == []


@pytest.mark.parametrize("number", ["010190-1234", "0101901234", "010190 1234", "610190-1234"])
def test_a_gate_gone_blind_does_not_blind_the_auditor(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector that masks finds nothing any more: the auditor's own reading still finds the plain spellings."""
    for name in ("holds_cpr", "holds_separate_cpr"):
        monkeypatch.setattr(privacy, name, lambda _text: False)
    assert list(shown(seen({"description": f"Brevet til {number} kom", "source": number}))) == [
        "the value/description",
        "the value/source",
    ]


def test_the_second_look_calls_nothing_a_number_that_the_gate_would_leave() -> None:
    """Else a text that was rightly left alone would be a finding: 50,000 random numbers in their spellings."""
    dice, found = random.Random(10), 0
    for _ in range(50_000):
        day, month = dice.randrange(100), dice.randrange(14)
        text = f"nr {day:02}{month:02}{dice.randrange(100):02}{dice.choice(('', '-', ' '))}{dice.randrange(10_000):04}."
        if reads_as_cpr(text):
            found += 1
            assert holds_cpr(text), text
            assert holds_separate_cpr(text), text
    assert found > 20_000
    for text in ("1234567890123", "32 0190-1234", "310290-1234", "001390-1234", "2026-11-20T15:45:00Z", "01019012345"):
        assert not reads_as_cpr(text)


def test_a_record_is_looked_through_once_and_a_number_is_told_of_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a reading that goes on only what is new is looked through; a number stays a finding as long as it is there."""
    scene, looked = story(), list[Seen]()

    def look(seen: Seen) -> Iterator[str]:
        looked.append(seen)
        return shown(seen)

    monkeypatch.setattr(privacy, "shown", look)
    first = scene.snapshot()
    audit(first)
    assert looked
    looked.clear()
    scene.put(TOPICS.receipts, {"description": "010190-1234"}, at=scene.now)
    for _ in range(2):
        found = audit(replace(scene.snapshot(), clean=first.clean)).findings
        assert Code.CPR_IN_TEXT in {one.code for one in found}
    assert [seen.topic for seen in looked] == [TOPICS.receipts] * 2

"""Policy files that cannot be used are refused in words: which file, which field, why, what to write."""

import hashlib
from pathlib import Path

import pytest

from pipeline.clock.policy import PolicyError, load_policies
from tests.clock.conftest import POLICIES

LAW = (POLICIES / "gdpr33-dk.v1.yaml").read_text()


def write(directory: Path, text: str, name: str = "gdpr33-dk.v1.yaml") -> Path:
    """Writes one policy file and returns its folder."""
    (directory / name).write_text(text)
    return directory


def test_the_hash_is_that_of_the_files_bytes(tmp_path: Path) -> None:
    """SHA-256 over the bytes, comments included."""
    (policy,) = load_policies(write(tmp_path, LAW + "# one more comment\n"))
    assert policy.hash == hashlib.sha256((LAW + "# one more comment\n").encode()).hexdigest()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("deadline: PT72H", "deadline: 72", ["deadline: ", "PT36H"]),
        ("deadline: PT72H", "deadline: P3M", ["deadline: ", "PT36H"]),
        ("deadline: PT72H", "deadline: PT0H", ["deadline: ", "greater than"]),
        ("deadline: PT72H", "", ["deadline: ", "add it"]),
        ("status: in_force", "status: valid", ["status: ", "'in_force', 'draft' or 'repealed'"]),
        ("status: in_force", "status: draft", ["a draft has no valid_from", "remove"]),
        ("valid_from: 2018-05-25", "", ["valid_from is missing"]),
        ("valid_from: 2018-05-25", "valid_from: 2018-05-25\nvalid_to: 2018-05-25", ["valid_to must lie after"]),
        ("valid_from: 2018-05-25", "valid_from: 25. maj 2018", ["valid_from: ", "date"]),
        ("trigger: controller_aware_at", "trigger: aware", ["trigger: ", "controller_aware_at"]),
        ("rounds: 3", "rounds: 3\nround: 4", ["round: ", "no such field"]),
        ("rounds: 3", "rounds: 3\nrounds: 4", ["'rounds' stands twice", "line "]),
        ("rounds: 3", "rounds: 0", ["rounds: ", "greater than or equal to 1"]),
        ('digest_time: "08:30"', "digest_time: 10:30", ["digest_time: ", "in quotes"]),
        ("offset: -PT4H", "offset: PT4H", ["rungs.4", "counts back"]),
        ("offset: PT24H", "offset: -PT24H", ["rungs.1", "counts forward"]),
        ("offset: PT48H", "offset: PT73H", ["outside the time"]),
        ("name: plus_48h", "name: plus_24h", ["a name of its own"]),
        ("name: plus_48h", "name: overdue", ["none may be 'overdue'"]),
        ("  - {name: deadline, from: deadline, offset: PT0H}\n", "", ["the deadline itself has no rung"]),
        ("  review: {every: P1D}\n", "", ["reminders: add ['review']"]),
        ("  review: {every: P1D}\n", "  revew: {every: P1D}\n  review: {every: P1D}\n", ["remove ['revew']"]),
        ("min: PT30M", "min: PT5H", ["min must not be above max"]),
        ("share: 0.25", "share: 25", ["acknowledgement.share", "less than or equal to 1"]),
        ("id: gdpr33-dk", "id: gdpr33-se", ["name the file gdpr33-se.v1.yaml"]),
        ("version: 1", "version: 1\nhash: abc", ["hash: ", "remove it"]),
        ("id: gdpr33-dk", "id: [", ["line "]),
        ("id: gdpr33-dk", "id: \x01", ["not YAML"]),
    ],
)
def test_a_broken_file_is_refused_in_words(tmp_path: Path, old: str, new: str, says: list[str]) -> None:
    """Each fault names the file, the field and a remedy."""
    assert old in LAW
    with pytest.raises(PolicyError) as refused:
        load_policies(write(tmp_path, LAW.replace(old, new, 1)))
    assert "gdpr33-dk.v1.yaml" in str(refused.value)
    for words in says:
        assert words in str(refused.value)


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    """Two faults give two lines, so that one correction is enough."""
    broken = LAW.replace("rounds: 3", "rounds: 0").replace("share: 0.25", "share: 7")
    with pytest.raises(PolicyError) as refused:
        load_policies(write(tmp_path, broken))
    assert len(str(refused.value).splitlines()) == 2


def test_no_mapping_is_refused(tmp_path: Path) -> None:
    """A list, or nothing, is no policy."""
    for text in ("- a\n- b\n", ""):
        with pytest.raises(PolicyError, match="holds no mapping"):
            load_policies(write(tmp_path, text))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Without a policy there is no clock, so the loader says where it looked."""
    with pytest.raises(PolicyError, match="holds no policy"):
        load_policies(tmp_path)


def test_two_policies_cannot_begin_on_one_day(tmp_path: Path) -> None:
    """Which of the two is law could not be said."""
    write(tmp_path, LAW)
    write(tmp_path, LAW.replace("version: 1", "version: 2"), "gdpr33-dk.v2.yaml")
    with pytest.raises(PolicyError, match=r"gdpr33-dk\.v1 and gdpr33-dk\.v2 both apply"):
        load_policies(tmp_path)

"""The first-hour tasks of a misdelivery stand in the order that the municipality's page demands (BIL-2 to BIL-4)."""

import pytest

from pipeline.cases.identity import reference
from schemas.facts import FactKind
from tests.cases.scene import T0, Body, Desk, fact

LETTER: Body = {"reporter": {"role": "finder"}, "letter": {"medium": "digital_post"}}
TASKS = {"recall", "protected_address_check", "written_confirmation"}


@pytest.mark.parametrize(
    ("municipality", "wanted"),
    [
        ("530", ["protected_address_check", "recall", "written_confirmation"]),
        ("657", ["recall", "protected_address_check", "written_confirmation"]),
    ],
)
def test_BIL_4_where_finders_destroy_the_address_is_checked_first(municipality: str, wanted: list[str]) -> None:
    """Billund's page asks finders to destroy the letter: nothing comes back, so the check comes before the recall."""
    case_id = reference(municipality, "letter")
    desk = Desk().take(fact(FactKind.MISDELIVERY_RECEIVED, T0, LETTER, case_id=case_id))
    assert [name for name in desk.owed() if name in TASKS] == wanted

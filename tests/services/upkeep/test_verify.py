"""`chancery verify`: clean on an office at work, and not blind: each rule finds and names what breaks it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from engine.errors import Invalid
from services.upkeep.checking import CHECKS
from services.upkeep.verify import Report, verify
from tests.services.inbox.road import Road
from tests.services.upkeep.corruptions import CORRUPTIONS, at_work, spoiled, unguarded

BY_HAND = {"database-damaged", "row-without-its-other"}


def named(report: Report) -> list[tuple[str, str, str]]:
    return [(one.rule.code, one.object_ref, one.what) for one in report.violations]


@pytest.fixture
def busy(road: Road) -> Road:
    return at_work(road)


def test_an_office_at_work_is_clean_and_every_corruption_is_found_and_named(busy: Road) -> None:
    office = busy.office
    report = verify(office)
    assert (named(report), report.clean) == ([], True)
    assert {one.rule.code for one in report.checked} == set(CHECKS)
    looked_at = {one.rule.code: one.read for one in report.checked}
    assert all(
        looked_at[code] for code in ("card-index", "card-access", "file-changed", "audit-seal-broken", "audit-cut")
    )
    for corruption in CORRUPTIONS:
        with spoiled(office, corruption) as object_ref:
            found = verify(office, [corruption.rule])
            assert object_ref in {one.object_ref for one in found.violations}, corruption.rule
            assert all(one.what and one.remedy and "{" not in one.what for one in found.violations)
    assert named(verify(office)) == [], "everything was put back"


def test_there_is_a_corruption_for_every_rule() -> None:
    assert sorted(one.rule for one in CORRUPTIONS) == sorted(set(CHECKS) - BY_HAND)


def test_a_row_without_its_other_is_found_where_the_database_does_not_watch(busy: Road) -> None:
    if not busy.office.database.is_sqlite:
        assert verify(busy.office, BY_HAND).clean
        return
    with unguarded(busy.office.database) as session:
        session.execute(text("DELETE FROM definition"))
    report = verify(busy.office, ["row-without-its-other"])
    assert ("row-without-its-other", "table:instance") in {(code, ref) for code, ref, _ in named(report)}


def test_an_unknown_rule_is_refused(busy: Road) -> None:
    with pytest.raises(Invalid, match="verify-rule-unknown"):
        verify(busy.office, ["nonsense"])

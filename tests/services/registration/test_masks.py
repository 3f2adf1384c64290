"""What a number looks like and when counting begins anew."""

from __future__ import annotations

from datetime import date

import pytest

from services.registration.masks import Journal, MaskError, number, period, read_journal

DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("mask", "written"),
    [
        ("{journal}-{yyyy}/{seq:05}", "A-2026/00007"),
        ("{unit}/{yy}-{mm}-{dd}/{seq}", "101/26-11-22/7"),
        ("{jyyyy}/{jmm}/{jyy}/{seq:3}", "1405/09/05/007"),
        ("№ {seq:01}", "№ 7"),
    ],
)
def test_a_mask_is_filled(mask: str, written: str) -> None:
    assert number(read_journal({"code": "A", "mask": mask}), DAY, 7, {"unit": "101"}) == written


@pytest.mark.parametrize("mask", ["{yyyy}", "{seq}{seq}", "{year}/{seq}", "{seq", "{seq}}", "x" * 130 + "{seq}"])
def test_a_mask_that_cannot_number_is_refused(mask: str) -> None:
    with pytest.raises(MaskError):
        read_journal({"code": "A", "mask": mask})


def test_counting_begins_anew() -> None:
    periods = {
        reset: period(Journal("A", "{seq}", reset), DAY) for reset in ("year", "quarter", "month", "jalali-year")
    }
    assert periods == {"year": "2026", "quarter": "2026-Q4", "month": "2026-11", "jalali-year": "1405"}
    assert period(Journal("A", "{seq}", "jalali-year"), date(2026, 3, 20)) == "1404"
    with pytest.raises(MaskError):
        read_journal({"code": "A", "mask": "{seq}", "reset": "weekly"})

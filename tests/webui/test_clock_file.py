"""The injected clock of the acceptance programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import Invalid
from webui.clock_file import FileClock


def test_a_moment_stands_still(tmp_path):
    (tmp_path / "clock").write_text("2026-11-25T09:00:00+03:00")

    assert FileClock(tmp_path / "clock").now() == datetime(2026, 11, 25, 6, tzinfo=UTC)


@pytest.mark.parametrize(("written", "shift"), [("P3D", timedelta(days=3)), ("-PT2H", timedelta(hours=-2))])
def test_a_duration_runs_on(tmp_path, written, shift):
    (tmp_path / "clock").write_text(written)

    assert abs(FileClock(tmp_path / "clock").now() - datetime.now(UTC) - shift) < timedelta(seconds=5)


def test_moving_again_is_seen_at_once(tmp_path):
    clock = FileClock(tmp_path / "clock")
    (tmp_path / "clock").write_text("2026-11-25T09:00:00Z")
    before = clock.now()
    (tmp_path / "clock").write_text("2026-11-26T09:00:00Z")

    assert clock.now() - before == timedelta(days=1)


def test_without_a_file_it_is_the_machine_s_time(tmp_path):
    assert abs(FileClock(tmp_path / "none").now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_moment_needs_a_zone(tmp_path):
    (tmp_path / "clock").write_text("2026-11-25T09:00:00")

    with pytest.raises(Invalid, match="clock-without-zone"):
        FileClock(tmp_path / "clock").now()

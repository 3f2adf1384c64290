"""From facts to lights, and facts out of a fixed number of statements."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from engine.clock import ManualClock
from engine.errors import OutsideError
from engine.store.unit_of_work import Database
from services.bootstrap import Office
from services.upkeep import look_at_certificate as certificate
from services.upkeep.chores import do_chores
from services.upkeep.health import facts
from services.upkeep.health_rules import DAY, GIGABYTE, Facts, lights, worst
from services.upkeep.note_run import note_run
from tests.services.conftest import KEY
from tests.services.inbox.road import Road

MINUTE = timedelta(minutes=1)


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    said: list[str] = []

    def hear(*args: Any) -> None:
        said.append(args[2])

    event.listen(database.pool, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(database.pool, "before_cursor_execute", hear)


def colour(known: Facts, name: str) -> tuple[str, str]:
    (light,) = [one for one in lights(known) if one.name == name]
    return light.colour, light.says


def test_each_light_turns_amber_and_red_in_its_time(clock: ManualClock) -> None:
    now = clock.now()
    good = Facts(
        now=now,
        backup_at=now - DAY,
        verified_at=now - DAY,
        scrubbed_at=now - DAY,
        workers=1,
        mail_server="smtp",
        disk_free=50 * GIGABYTE,
        disk_size=100 * GIGABYTE,
        sealed_at=now - MINUTE,
    )
    assert worst(lights(good)) == "ok"
    expected: list[tuple[str, dict[str, Any], str]] = [
        ("backup", {"backup_at": None}, "no"),
        ("backup", {"backup_at": now - 2 * DAY}, "note"),
        ("backup", {"backup_at": now - 8 * DAY}, "no"),
        ("backup", {"backup_ok": False}, "no"),
        ("workers", {"workers": 0}, "no"),
        ("workers", {"workers": 0, "worker_seen_at": now - DAY}, "no"),
        ("queue", {"queued": 3, "queued_since": now - MINUTE}, "ok"),
        ("queue", {"queued": 3, "queued_since": now - 5 * MINUTE}, "note"),
        ("queue", {"queued": 3, "queued_since": now - 20 * MINUTE}, "no"),
        ("mail", {"mail_server": ""}, "note"),
        ("mail", {"mail_held": 2}, "note"),
        ("mail", {"mail_failed": 1}, "no"),
        ("mail", {"mail_waiting": 1, "mail_waiting_since": now - MINUTE}, "ok"),
        ("mail", {"mail_waiting": 1, "mail_waiting_since": now - 40 * MINUTE}, "note"),
        ("mail", {"mail_waiting": 1, "mail_waiting_since": now - DAY}, "no"),
        ("mail", {"mail_failed": 1, "mail_is_held": True}, "note"),
        ("incidents", {"incidents": 1, "incident_since": now}, "note"),
        ("incidents", {"incidents": 1, "incident_since": now - 4 * DAY}, "no"),
        ("disk", {"disk_free": 8 * GIGABYTE}, "note"),
        ("disk", {"disk_free": 2 * GIGABYTE}, "no"),
        ("disk", {"disk_size": 0}, "idle"),
        ("verify", {"verified_at": None}, "note"),
        ("verify", {"verified_at": now - 9 * DAY}, "note"),
        ("verify", {"verified_broken": 1}, "no"),
        ("files", {"scrubbed_ok": False}, "no"),
        ("files", {"scrubbed_at": None}, "idle"),
        ("audit", {"sealed_at": None}, "note"),
        ("audit", {"sealed_at": now - 20 * MINUTE}, "no"),
        ("audit", {"sealing_failed": True}, "no"),
        ("door", {"public": True}, "ok"),
        ("door", {"public": True, "secure": False}, "no"),
        ("door", {"public": True, "certificate_error": "expired"}, "no"),
        ("door", {"public": True, "certificate_until": now + 90 * DAY}, "ok"),
        ("door", {"public": True, "certificate_until": now + 10 * DAY}, "note"),
        ("door", {"public": True, "certificate_until": now + DAY}, "no"),
        ("redis", {"redis": False}, "note"),
    ]
    for name, changes, wanted in expected:
        assert colour(replace(good, **changes), name)[0] == wanted, (name, changes)


def test_what_is_known_is_read_with_the_same_statements_whatever_there_is(road: Road, clock: ManualClock) -> None:
    office = road.office

    def asked() -> tuple[Facts, int]:
        with office.database.reading() as session, counting(office.database) as said:
            return facts(office, session), len(said)

    empty, few = asked()
    assert (empty.backup_at, empty.workers, empty.mail_server) == (None, 0, "")
    do_chores(office)
    for what in ("backup", "verify", "scrub"):
        note_run(office, what, True, taken_at=clock.now().isoformat(), broken=0)
    road.post.refusal = OutsideError("mail-server-unreachable", reason="down")
    for number in range(3):
        road.file(f"r{number}")
    full, many = asked()
    assert few == many <= 12
    assert (full.workers, full.backup_at, full.mail_waiting) == (1, clock.now(), 3)
    clock.move(timedelta(hours=1))
    late, _ = asked()
    assert (late.queued >= 3, late.workers) == (True, 0)


def test_the_certificate_of_the_own_address_is_looked_at_and_no_other(
    office: Office, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def until(host: str, port: int, _: Any) -> Any:
        asked.append((host, port))
        return clock.now() + 10 * DAY

    monkeypatch.setattr(certificate, "ends_at", until)
    certificate.look_at_certificate(office)
    assert asked == []
    settings = replace(office.settings, public_url="https://office.example.org", secret_key=KEY)
    public = replace(office, settings=settings)
    certificate.look_at_certificate(public)
    with public.database.reading() as session:
        known = facts(public, session)
    assert (asked, colour(known, "door")) == ([("office.example.org", 443)], ("note", "door-certificate-ends"))

    def refused(*_: Any) -> Any:
        error = ssl.SSLCertVerificationError()
        error.verify_message = "certificate has expired"
        raise error

    monkeypatch.setattr(certificate, "ends_at", refused)
    certificate.look_at_certificate(public)
    with public.database.reading() as session:
        assert colour(facts(public, session), "door") == ("no", "door-certificate-bad")

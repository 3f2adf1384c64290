"""Every page × people × a card of each shipped type: nobody reads a field, a file or a card that is not open to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import ManualClock
from services.bootstrap import bootstrap
from services.sandbox.sandbox import Sandbox
from services.settings import Settings
from tests.webui.conftest import KEY
from tests.webui.walking import Walk, furnish
from webui.app import create_app

STATES = {
    "bank_appeal": "on_approval",
    "appeal": "in_work",
    "incoming": "review",
    "outgoing": "signing",
    "internal": "in_force",
}
SHORT = {
    "bank_appeal": ("bank_north", "walk_below", "bank_registrar"),
    "appeal": ("store101",),
    "incoming": ("walk_nobody",),
    "outgoing": (),
    "internal": ("walk_auditor",),
}


@pytest.fixture
def walk(database_url: str, tmp_path: Path, clock: ManualClock, sandbox: Sandbox) -> Walk:
    office = bootstrap(
        Settings.for_folder(tmp_path / "data", secret_key=KEY, database_url=database_url), clock=clock, sandbox=sandbox
    )
    app = create_app(office)
    app.config.update(RATELIMIT_ENABLED=False)
    return furnish(office, app)


def test_nobody_reads_or_changes_what_is_not_open_to_them(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    for canary in walk.cards:
        walk.stand(canary, STATES[canary.type.code])
        for login in SHORT[canary.type.code]:
            walk.look(canary, login)
    for login in ("walk_nobody", "walk_auditor"):
        walk.try_changes(walk.cards[0], login)

    assert walk.leaks == []
    assert walk.asked > 400 and walk.opened >= 4

    monkeypatch.setattr("services.cards.queries.visible_fields", lambda type, _: frozenset(type.by_key))
    walk.look(walk.cards[0], "bank_north")
    assert any("bank_north reads field risk_note of bank_appeal" in leak for leak in walk.leaks), (
        "the walk is not blind"
    )

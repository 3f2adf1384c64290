"""Rights walk: every page × everybody × every state, field and file class of the shipped card types: 0 leaks."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import structlog

from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.bootstrap import bootstrap, create_tables
from services.settings import Settings
from tests.webui.conftest import KEY
from tests.webui.walking import furnish
from webui.app import create_app


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--type", help="only this card type")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
        settings = Settings.for_folder(Path(folder), secret_key=KEY)
        database = Database(settings.database_url)
        create_tables(database)
        office = bootstrap(settings, clock=ManualClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC)), database=database)
        app = create_app(office)
        app.config.update(RATELIMIT_ENABLED=False)
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        walk = furnish(office, app)
        for canary in walk.cards:
            if asked.type not in (None, canary.type.code):
                continue
            pages, opened, leaks, asked_for = walk.asked, walk.opened, len(walk.leaks), 0
            for state in canary.type.states:
                walk.stand(canary, state.id)
                for login in walk.different(canary):
                    asked_for += 1
                    walk.look(canary, login)
            for login in ("walk_nobody", "walk_auditor"):
                walk.try_changes(canary, login)
            print(
                f"{canary.type.code}: {len(walk.people)} people who stand to it in {asked_for} different ways"
                f" in {len(canary.type.states)} states, in {walk.opened - opened} of them open; {len(canary.words)} texts,"
                f" {len(canary.files)} classes of files; {walk.asked - pages} pages: {len(walk.leaks) - leaks} leaks",
                flush=True,
            )
        for leak in sorted(set(walk.leaks))[:50]:
            print(f"  {leak}")
        print(f"{walk.asked} pages, {len(walk.leaks)} leaks; {time.monotonic() - began:.0f} s")
        office.close()
    return 1 if walk.leaks else 0


if __name__ == "__main__":
    sys.exit(main())

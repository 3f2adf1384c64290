"""A day without mail server, simulated: each message comes once by Message-ID, nobody is stormed; on both databases."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.bootstrap import bootstrap, create_tables
from services.settings import Settings
from tests.acceptance._server import databases
from tests.services.mail.day_without_server import SulkingServer, live_through


def show(name: str, url: str | None, folder: Path, messages: int) -> bool:
    settings = Settings.for_folder(folder, **({"database_url": url} if url else {}))
    database = Database(settings.database_url)
    create_tables(database)
    clock, server = ManualClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC)), SulkingServer()
    office = bootstrap(settings, clock=clock, mailer=server.mailer(), database=database)
    began = time.monotonic()
    told = live_through(office, clock, server, messages)
    office.close()
    server.close()
    hours = [told.knocks[hour] for hour in range(24)]
    calm = max(hours[1:]) <= 5
    print(
        f"{name}: {messages} messages, a server away for 24 h: {sum(hours)} connections tried ({max(hours[1:])} an hour at"
        f" most after the first), {told.incidents} incidents; then {sum(told.received.values())} received of"
        f" {len(told.received)} Message-IDs, at most {told.most_in_a_minute} in a minute; rows {told.states};"
        f" {time.monotonic() - began:.0f} s: {'right' if told.right and calm else 'WRONG'}"
    )
    return told.right and calm


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20)
    messages = parser.parse_args().messages
    verdicts = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(show(name, url, Path(folder), messages))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Access equals rules: 10,000 random changes of groups, units, heads, posts, states, substitutions; both databases."""

from __future__ import annotations

import argparse
import random
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
from tests.services.access.changes import Changing

KEY = "0123456789abcdef0123456789abcdef"


def show(name: str, url: str | None, folder: Path, changes: int, seed: int) -> bool:
    """Change and compare; the first difference is told with its card or account."""
    settings = Settings.for_folder(folder, secret_key=KEY, **({"database_url": url} if url else {}))
    database = Database(settings.database_url)
    create_tables(database)
    clock = ManualClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    office = bootstrap(settings, clock=clock, database=database)
    changing = Changing(office, random.Random(seed)).furnish(cards=12)
    began, wrong = time.monotonic(), ""
    try:
        for number in range(changes):
            changing.change()
            if number % 250 == 249 or number == changes - 1:
                changing.compare()
    except AssertionError as difference:
        wrong = f"after {number + 1} changes: {difference}"
    done = sum(changing.done.values())
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(changing.done.items()))
    print(
        f"{name}: {done} of {changes} changes taken ({kinds}); {changing.compared} answers of lists and rules compared;"
        f" {'DIFFERENT ' + wrong if wrong else 'no difference'}; {time.monotonic() - began:.0f} s"
    )
    office.close()
    return not wrong and done > changes / 2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    verdicts = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(show(name, url, Path(folder), asked.changes, asked.seed))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

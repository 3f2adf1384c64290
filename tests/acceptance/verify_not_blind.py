"""Verify is not blind: a corruption for each rule, seeded past the guards, is found and named; on both databases."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from engine.clock import ManualClock
from engine.store.unit_of_work import Database
from services.bootstrap import bootstrap, create_tables
from services.settings import Settings
from services.upkeep.checking import CHECKS
from services.upkeep.verify import verify
from tests.acceptance._server import databases
from tests.services.inbox.road import Road
from tests.services.upkeep.corruptions import CORRUPTIONS, at_work, spoiled

LEAST = 15
KEY = "0123456789abcdef0123456789abcdef"


def show(name: str, url: str | None, folder: Path) -> bool:
    """Seed each corruption into an office at work, let every rule look, put it back; gives whether all were named."""
    settings = Settings.for_folder(folder, secret_key=KEY, **({"database_url": url} if url else {}))
    database = Database(settings.database_url)
    create_tables(database)
    clock = ManualClock(datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
    bare = bootstrap(settings, clock=clock, database=database)
    office = at_work(Road(bare, clock)).office
    before = verify(office)
    print(
        f"{name}: an office at work: {len(before.checked)} rules, {sum(one.read for one in before.checked)} rows read"
    )
    found = 0
    for corruption in CORRUPTIONS:
        with spoiled(office, corruption) as object_ref:
            report = verify(office)
        named = [one for one in report.violations if (one.rule.code, one.object_ref) == (corruption.rule, object_ref)]
        others = sorted({one.rule.code for one in report.violations} - {corruption.rule})
        found += bool(named)
        said = named[0].what if named else "NOT FOUND"
        print(
            f"  {corruption.rule:<27} {object_ref:<24} {said[:90]}" + (f"  [+ {', '.join(others)}]" if others else "")
        )
    after = verify(office)
    right = before.clean and after.clean and found == len(CORRUPTIONS) >= LEAST
    print(
        f"{name}: {found} of {len(CORRUPTIONS)} corruptions found and named, {len(CHECKS)} rules; clean before and after:"
        f" {before.clean and after.clean}: {'right' if right else 'WRONG'}"
    )
    bare.close()
    return right


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    verdicts = []
    for name, url in databases():
        with tempfile.TemporaryDirectory(prefix="chancery-show-") as folder:
            verdicts.append(show(name, url, Path(folder)))
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())

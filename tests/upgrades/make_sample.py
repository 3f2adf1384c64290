"""
Keep the data folder of today's release as a sample: `python -m tests.upgrades.make_sample`.

A server with the demo organisation plays the road over HTTP and leaves a second request in approval; then its database,
its files and its secret key (made for the sample, of no other use) become `samples/<revision>.zip`. Samples are added, never
made anew: `test_samples.py` opens every one of them with the code of the day.
"""

from __future__ import annotations

import sqlite3
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

from services.solutions.scenarios import Scenario
from services.upkeep.migrate import migrate
from tests.acceptance._server import running
from webui.demo.command import story_of
from webui.demo.play import Road

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(__file__).parent / "samples"
PASSWORD = "chancery-demo"
LARGEST = 1_500_000


def in_approval(story: Scenario) -> Scenario:
    """The story up to where its approvers are asked for the first time."""
    asked = next(number for number, step in enumerate(story.steps) if step.does == "approve")
    return replace(story, steps=story.steps[:asked])


def make(sample: Path | None = None) -> Path:
    """Play, stop the server, pack; gives the sample's place."""
    read, story = story_of(ROOT, "appeals")
    with running() as server:
        for told in (story, in_approval(story)):
            Road(server.url, read.manifest, told, PASSWORD).play()
        server.stop()
        database = next(server.data.glob("*.db"))
        revision = migrate(f"sqlite:///{database}")
        with sqlite3.connect(database) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
            connection.execute("vacuum")
        connection.close()
        sample = sample or SAMPLES / f"{revision}.zip"
        sample.parent.mkdir(exist_ok=True)
        _pack(server.data, database, sample)
    return sample


def _pack(data: Path, database: Path, sample: Path) -> None:
    files = [database, data / "secret.key", *sorted(path for path in (data / "files").rglob("*") if path.is_file())]
    with zipfile.ZipFile(sample, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in files:
            packed.write(path, path.relative_to(data))


def main() -> int:
    sample = make()
    size = sample.stat().st_size
    print(f"{sample.relative_to(ROOT)}: {size} bytes")
    return int(size > LARGEST)


if __name__ == "__main__":
    sys.exit(main())

"""
A data folder of an earlier release opens, is upgraded, and its live request goes one step on (tests/upgrades).

Beside the committed samples one is made of today's release, as `python -m tests.upgrades.make_sample` does, and tried too.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.upgrades.make_sample import LARGEST, SAMPLES, make

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    today = make(SAMPLES / "of_today.zip")
    try:
        sizes = {sample.name: sample.stat().st_size for sample in sorted(SAMPLES.glob("*.zip"))}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests/upgrades"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        today.unlink()
    for name, size in sizes.items():
        print(f"{name}: {size} bytes")
    print("opened, upgraded and driven on" if done.returncode == 0 else done.stdout[-3000:])
    return int(done.returncode != 0 or len(sizes) < 2 or max(sizes.values()) > LARGEST)


if __name__ == "__main__":
    sys.exit(main())

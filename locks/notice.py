"""Writes THIRD-PARTY.md from what is installed: name, version, licence, home page (run by `make lock`)."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def licence(name: str) -> str:
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return "not installed on this platform"
    stated = about.get("License-Expression") or ""
    classifiers = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    short = (about.get("License") or "").strip().splitlines()
    return stated or ", ".join(classifiers) or (short[0][:60] if short else "see its files")


def main() -> None:
    pinned = re.findall(
        r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / "locks" / "core.txt").read_text(encoding="utf-8"), re.M
    )
    rows = "\n".join(f"| {name} | {version} | {licence(name)} |" for name, version in pinned)
    head = (
        "# Built with\n\nPython packages of the core, pinned in `locks/core.txt`. Scripts, styles and fonts of the pages:"
        " `webui/static/vendor/THIRD-PARTY.md`.\n\n| package | version | licence |\n|---|---|---|\n"
    )
    (ROOT / "THIRD-PARTY.md").write_text(head + rows + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

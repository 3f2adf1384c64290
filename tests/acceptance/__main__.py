"""`make show` lists the acceptance programs, `make show NAME=road` runs one, `make soak` the long ones."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def summary(program: Path) -> str:
    text = ast.get_docstring(ast.parse(program.read_text(encoding="utf-8"))) or ""
    return text.strip().splitlines()[0] if text else ""


def programs() -> dict[str, Path]:
    return {path.stem: path for path in sorted(HERE.glob("*.py")) if not path.stem.startswith("_")}


def run(name: str, *arguments: str) -> int:
    return subprocess.run([sys.executable, "-m", f"tests.acceptance.{name}", *arguments], check=False).returncode


def main() -> int:
    asked = sys.argv[1:]
    known = programs()
    if asked == ["--soak"]:
        long = [name for name, path in known.items() if "SOAK = True" in path.read_text(encoding="utf-8")]
        return max((run(name, "--soak") for name in long), default=0)
    if not asked:
        for name, path in known.items():
            print(f"  make show NAME={name:<18} {summary(path)}")
        if "CHANCERY_CORPUS" not in os.environ:
            print("Programs that score a corpus take its folder from CHANCERY_CORPUS.")
        return 0
    if asked[0] not in known:
        print(f"There is no program {asked[0]}; there are: {', '.join(known)}.")
        return 2
    return run(asked[0], *asked[1:])


if __name__ == "__main__":
    sys.exit(main())

"""`pg_dump` and `pg_restore`, which come with PostgreSQL's client; without them its backup is somebody else's work."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL, make_url

from engine.errors import OutsideError

_SAID = 600


def dump(url: str, snapshot: str, into: Path) -> None:
    """The whole database as it was in *snapshot*. Raises OutsideError("pg-tool-missing"), ("pg-tool-failed")."""
    where, secret = _where(url)
    options = ["--format=custom", "--compress=1", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    _run("pg_dump", [*options, f"--file={into}", where], secret)


def load(url: str, dumped: Path) -> None:
    """The dump into an empty database, whole or not at all."""
    where, secret = _where(url)
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", [*options, f"--dbname={where}", str(dumped)], secret)


def must_be_there(tool: str) -> str:
    """Where a tool is. Raises OutsideError("pg-tool-missing")."""
    found = shutil.which(tool)
    if found is None:
        raise OutsideError("pg-tool-missing", permanent=True, tool=tool)
    return found


def _run(tool: str, options: list[str], secret: str | None) -> None:
    known = os.environ | ({"PGPASSWORD": secret} if secret else {})
    made = subprocess.run([must_be_there(tool), *options], env=known, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        said = " ".join(made.stderr.split())[-_SAID:]
        raise OutsideError("pg-tool-failed", permanent=True, tool=tool, reason=said)


def _where(url: str) -> tuple[str, str | None]:
    """The address without its password, which is never said on a command line, and the password."""
    parsed = make_url(url)
    plain: URL = URL.create(
        "postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, dict(parsed.query)
    )
    return plain.render_as_string(), str(parsed.password) if parsed.password else None

"""What commands of the terminal share: the office the environment describes, words on the screen, progress, exit codes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import SQLAlchemyError

from engine.clock import Clock
from engine.errors import ChanceryError, Invalid
from services.bootstrap import Office, bootstrap
from services.settings import Settings
from services.upkeep.migrate import migrate as bring_up_to_date
from webui import logs
from webui.clock_file import FileClock
from webui.messages import MESSAGES

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
CLEAN, FINDINGS, COULD_NOT = 0, 1, 2
"""What `verify`, `scrub`, `backup`, `restore` and `upgrade` end with."""


@contextlib.contextmanager
def opened_office(clock_file: Path | None = None, *, migrate: bool = True) -> Iterator[Office]:
    """The office the environment describes; with *migrate* its tables are brought up to date first."""
    settings = Settings.from_environment()
    logs.configure(as_json=settings.log_format == "json", level=settings.log_level.upper())
    if migrate:
        bring_up_to_date(settings.database_url)
    office = bootstrap(settings, clock=_clock(settings, clock_file))
    try:
        yield office
    finally:
        office.close()


def _clock(settings: Settings, clock_file: Path | None) -> Clock | None:
    if clock_file is None:
        return None
    if not settings.is_loopback:
        raise Invalid("clock-file-not-loopback", host=settings.host)
    return FileClock(clock_file)


@contextlib.contextmanager
def or_could_not() -> Iterator[None]:
    """A database or disk that does not answer ends the command with a sentence and exit code 2, not with a traceback."""
    try:
        yield
    except SQLAlchemyError as failure:
        reason = str(getattr(failure, "orig", None) or failure).strip().splitlines()
        err.print(f"[bold]The database does not answer.[/bold] {reason[0] if reason else ''}", markup=True)
        raise SystemExit(COULD_NOT) from None
    except OSError as failure:
        err.print(f"[bold]{failure.strerror or type(failure).__name__}[/bold] {failure.filename or ''}")
        raise SystemExit(COULD_NOT) from None


def say_error(error: ChanceryError) -> None:
    """The code, the sentence pages say for it, and what is wrong beside each field."""
    err.print(f"[bold]{error.code}[/bold] {said(error.code, error.params)}", soft_wrap=True)
    for path, (code, params) in getattr(error, "fields", {}).items():
        err.print(f"  {path}: {code} {said(code, params)}", soft_wrap=True)


def said(code: str, params: dict[str, Any]) -> str:
    """The English sentence of a code; its parameters alone when it has none or they do not fit."""
    lazy = MESSAGES.get(code)
    text = lazy._args[0] if lazy is not None and hasattr(lazy, "_args") else ""
    try:
        return str(text % params) if text else str(params or "")
    except (KeyError, TypeError, ValueError):
        return str(params or "")


class Watched:
    """A bar on a terminal; elsewhere a plain line whenever the step changes or a tenth more is done."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._said: tuple[str, int] = ("", -1)
        self._task: Any = None
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
        )
        self._bar = Progress(*columns, console=err, transient=True) if err.is_terminal and not quiet else None

    def __enter__(self) -> Watched:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, step: str, done: int, total: int) -> None:
        """*done* of *total* of *step*."""
        if self._bar is not None:
            self._bar.update(self._task, description=step, completed=done, total=total or None)
        elif not self._quiet:
            tenth = done * 10 // total if total else 0
            if (step, tenth) > self._said or step != self._said[0]:
                self._said = (step, tenth)
                err.print(f"{step}: {done} of {total}" if total else step, markup=False)

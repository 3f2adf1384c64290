"""
The request's read session.

Flask-SQLAlchemy owns its lifetime (one a request, closed with it); engine and metadata are the office's own, so a page
reads through the same pool as everything else, in a deferred read-only transaction that never waits behind a writer.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from engine.store.base import Base


class _OfficeDatabase(SQLAlchemy):
    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        reader: Engine = app.extensions["office"].database.pool.execution_options(chancery_writes=False)
        return reader


_database = _OfficeDatabase(metadata=Base.metadata, session_options={"autoflush": False, "expire_on_commit": False})


def reading() -> Session:
    """The session pages read through."""
    return _database.session()


def look_again() -> None:
    """After a change in the same request: forget what was read before it."""
    _database.session.remove()


def office() -> Any:
    """The office this site stands on."""
    return current_app.extensions["office"]


def register(app: Flask) -> None:
    """Attach to *app*, whose office is already known."""
    app.config["SQLALCHEMY_DATABASE_URI"] = app.extensions["office"].database.url
    _database.init_app(app)

"""
The bare floor: what the rows of one action cost through Flask and Flask-SQLAlchemy's ORM, with nothing around them.

A start writes an instance, a task and a line of history; a completion changes one task and inserts the next one, a line of
history and a line of audit: one durable commit each. `python -m bench.floor URL PORT` serves it over HTTP.
"""

from __future__ import annotations

import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, Integer, String, Text, event, insert, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Key = BigInteger().with_variant(Integer, "sqlite")
PAGE = 25


class Base(DeclarativeBase):
    pass


db = SQLAlchemy(model_class=Base)


class Instance(Base):
    __tablename__ = "floor_instance"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Task(Base):
    __tablename__ = "floor_task"
    __table_args__ = (Index("ix_floor_task_inbox", "group_id", "state", "due_at", "id"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("floor_instance.id"), index=True)
    element: Mapped[str] = mapped_column(String(64))
    group_id: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="open")
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    values: Mapped[str] = mapped_column(Text, default="{}")
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class History(Base):
    __tablename__ = "floor_history"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("floor_instance.id"), index=True)
    what: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    details: Mapped[str] = mapped_column(Text, default="{}")


class Audit(Base):
    __tablename__ = "floor_audit"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    who: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(64))
    object_ref: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


def app_on(url: str) -> Flask:
    """The application on an empty database."""
    app = Flask("floor")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        if make_url(url).get_backend_name() == "sqlite":
            event.listen(db.engine, "connect", durable)
        db.create_all()
    app.post("/instances")(_started)
    app.get("/instances/<int:instance_id>/tasks")(_tasks)
    app.get("/tasks")(_page)
    app.post("/tasks/<int:task_id>")(_completed)
    return app


def durable(connection: Any, _record: Any) -> None:
    """SQLite as the product opens it."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _started() -> Any:
    return jsonify(instance=start())


def _tasks(instance_id: int) -> Any:
    return jsonify(tasks(instance_id))


def _page() -> Any:
    return jsonify(page(request.args.getlist("group", type=int)))


def _completed(task_id: int) -> Any:
    complete(task_id, request.get_data(as_text=True))
    return jsonify(done=True)


def start() -> int:
    now = datetime.now(UTC)
    instance = Instance(state="running", started_at=now)
    db.session.add(instance)
    db.session.flush()
    db.session.add(Task(instance_id=instance.id, element="review", group_id=1, due_at=now + timedelta(days=3)))
    db.session.add(History(instance_id=instance.id, what="started", at=now))
    db.session.commit()
    return instance.id


def tasks(instance_id: int) -> list[dict[str, Any]]:
    asked = select(Task).where(Task.instance_id == instance_id, Task.state == "open")
    return [{"id": task.id, "element": task.element} for task in db.session.scalars(asked)]


def complete(task_id: int, values: str) -> None:
    now = datetime.now(UTC)
    task = db.session.get_one(Task, task_id)
    task.state, task.ended_at, task.values = "completed", now, values
    db.session.add_all(
        [
            Task(instance_id=task.instance_id, element="sign", group_id=1, due_at=now + timedelta(days=3)),
            History(instance_id=task.instance_id, what="completed", at=now),
            Audit(who="anna", what="task.complete", object_ref=f"task:{task_id}", at=now),
        ]
    )
    db.session.commit()


def page(groups: list[int]) -> list[dict[str, Any]]:
    """The first page of open tasks of some groups by due date."""
    asked = select(Task).where(Task.group_id.in_(groups), Task.state == "open").order_by(Task.due_at, Task.id)
    found = db.session.scalars(asked.limit(PAGE))
    return [{"id": task.id, "element": task.element, "due": task.due_at.isoformat()} for task in found]


def seed(count: int, groups: list[int]) -> None:
    """Open tasks of these groups, one after the other."""
    now = datetime.now(UTC)
    instance = Instance(state="running", started_at=now)
    db.session.add(instance)
    db.session.flush()
    for first in range(0, count, 10_000):
        rows = [
            {
                "instance_id": instance.id,
                "element": "review",
                "group_id": groups[number % len(groups)],
                "state": "open",
                "due_at": now + timedelta(minutes=secrets.randbelow(100_000)),
                "values": "{}",
            }
            for number in range(first, min(count, first + 10_000))
        ]
        db.session.execute(insert(Task.__table__), rows)
    db.session.commit()


class Floor:
    """The contender in this process."""

    name = "bare Flask-SQLAlchemy"

    def __init__(self, url: str) -> None:
        self._app = app_on(url)

    def start(self, key: str = "", variables: Any = None) -> int:
        with self._app.app_context():
            return start()

    def tasks(self, instance: int) -> list[int]:
        with self._app.app_context():
            return [task["id"] for task in tasks(instance)]

    def complete(self, task: int, values: Any) -> None:
        with self._app.app_context():
            complete(task, json.dumps(values))

    def page(self, groups: list[int]) -> int:
        with self._app.app_context():
            return len(page(groups))

    def seed(self, count: int, groups: list[int]) -> None:
        with self._app.app_context():
            seed(count, groups)

    def close(self) -> None:
        with self._app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    from waitress import serve

    serve(app_on(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), threads=8)

"""Deployed files and what they were compiled to: unchanged, and one of each is the latest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Integer, cast, func, select

from engine.findings import rule
from engine.store.models import Definition, Resource
from services.upkeep.checking import Found, Look, looks_for

CHANGED = rule(
    "deployed-file-changed",
    "The deployed file {path} is not what was deployed.",
    "Restore the row from a backup: running instances rely on it.",
)
COMPILED_CHANGED = rule(
    "definition-changed",
    "The compiled text of {key} version {version} is not what was compiled.",
    "Restore the row from a backup: running instances execute it.",
)
LATEST = rule(
    "definition-latest",
    "{count} versions of {key} are the latest: new instances start by chance.",
    "Deploy the solution again.",
)


@looks_for(CHANGED)
def file_changed(look: Look) -> Iterator[Found]:
    asked = select(Resource.id, Resource.path, Resource.sha256, Resource.content)
    look.batch, whole = 50, look.batch  # whole files are read
    try:
        for id, path, sha256, content in look.rows(asked, Resource.id):
            if hashlib.sha256(content).hexdigest() != sha256:
                yield Found(f"resource:{id}", {"path": path})
    finally:
        look.batch = whole


@looks_for(COMPILED_CHANGED)
def compiled_changed(look: Look) -> Iterator[Found]:
    asked = select(Definition.id, Definition.key, Definition.version, Definition.compiled, Definition.compiled_sha256)
    look.batch, whole = 50, look.batch
    try:
        for id, key, version, compiled, sha256 in look.rows(asked, Definition.id):
            if hashlib.sha256(compiled.encode()).hexdigest() != sha256:
                yield Found(f"definition:{id}", {"key": key, "version": version})
    finally:
        look.batch = whole


@looks_for(LATEST)
def latest(look: Look) -> Iterator[Found]:
    count = func.sum(cast(Definition.latest, Integer))
    asked = select(Definition.key, count).group_by(Definition.key).having(count != 1)
    for key, found in look.rows(asked, Definition.key):
        yield Found(f"process:{key}", {"key": key, "count": int(found)})

"""`/batch`: migrations under way, as Camunda's clients watch them. One that is over stands here no more."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from engine.errors import NotFound
from services.processes.migrate_instances import (
    MigrationRow,
    count_migrations,
    migrations,
    one_migration,
    pause,
    resume,
)
from webui.auth import signed_in
from webui.engine_rest import bodies, paging
from webui.engine_rest.answers import json_answer, moment, nothing
from webui.engine_rest.area import area
from webui.engine_rest.refusals import missing
from webui.reading import office, reading

_TYPE = "instance-migration"
_UNDER_WAY = ("running", "paused")
_FILTERS = """
    batchId type tenantIdIn withoutTenantId suspended userId startedBefore startedAfter withFailures withoutFailures
    sortBy sortOrder
"""
_CAMUNDA = frozenset(_FILTERS.split())


class _Suspended(bodies.Body):
    suspended = fields.Boolean(required=True)


_SUSPENDED = _Suspended()


@area.get("/batch", action="engine.migration.see")
def batches() -> Response:
    """Migrations under way, the newest first."""
    return json_answer([shape(row) for row in _page()])


@area.get("/batch/statistics", action="engine.migration.see")
def batch_statistics() -> Response:
    """How far each is."""
    return json_answer([_statistics(row) for row in _page()])


@area.get("/batch/count", action="engine.migration.see")
@area.get("/batch/statistics/count", action="engine.migration.see", endpoint="batch_statistics_count")
def batch_count() -> Response:
    """How many."""
    paging.only({"suspended"}, _CAMUNDA)
    return json_answer({"count": count_migrations(reading(), signed_in(), _states())})


@area.get("/batch/<ref>", action="engine.migration.see")
def batch(ref: str) -> Response:
    """One."""
    return json_answer(shape(_under_way(ref)))


@area.put("/batch/<ref>/suspended", action="engine.migration.change")
def suspend_batch(ref: str) -> Response:
    """Stop before the next instance, or go on; already so: nothing changes."""
    wanted, row = bodies.read(_SUSPENDED)["suspended"], _under_way(ref)
    if (row.state == "paused") != wanted:
        (pause if wanted else resume)(office(), signed_in(), ref)
    return nothing()


def shape(row: MigrationRow) -> dict[str, Any]:
    """A migration as clients index a batch."""
    return {
        "id": row.ref,
        "type": _TYPE,
        "totalJobs": sum(row.counts.values()),
        "jobsCreated": sum(row.counts.values()),
        "batchJobsPerSeed": 1,
        "invocationsPerBatchJob": 1,
        "seedJobDefinitionId": None,
        "monitorJobDefinitionId": None,
        "batchJobDefinitionId": None,
        "suspended": row.state == "paused",
        "tenantId": None,
        "createUserId": row.made_by or None,
        "startTime": moment(row.made_at),
        "executionStartTime": moment(row.made_at),
    }


def _statistics(row: MigrationRow) -> dict[str, Any]:
    counts = row.counts
    return shape(row) | {
        "remainingJobs": counts["waiting"],
        "completedJobs": counts["done"] + counts["reverted"],
        "failedJobs": counts["refused"],
    }


def _page() -> tuple[MigrationRow, ...]:
    paging.only({"suspended"}, _CAMUNDA)
    page = paging.page()
    return migrations(reading(), signed_in(), first=page.first, limit=page.size, states=_states())


def _states() -> tuple[str, ...]:
    suspended = paging.truth("suspended")
    return _UNDER_WAY if suspended is None else ("paused",) if suspended else ("running",)


def _under_way(ref: str) -> MigrationRow:
    try:
        row = one_migration(reading(), signed_in(), ref, limit=0)
    except NotFound:
        missing(f"Batch with id '{ref}' does not exist")
    if row.state not in _UNDER_WAY:
        missing(f"Batch with id '{ref}' does not exist")
    return row

"""`/migration`: a plan made, checked, tried and carried out; only for administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response
from marshmallow import fields

from engine.errors import Invalid
from engine.runtime.commands.migration import MOST
from engine.runtime.migrating import Plan
from services.processes.migrate_instances import (
    PlanPage,
    begin_migration,
    elements_that_wait,
    migrate_now,
    one_migration,
    plan_page,
    try_migration,
)
from webui.auth import signed_in
from webui.engine_rest import bodies
from webui.engine_rest.answers import json_answer, nothing
from webui.engine_rest.area import area, sentence
from webui.engine_rest.batches import shape
from webui.engine_rest.ids import number_of
from webui.engine_rest.refusals import Refused, bad_request, not_implemented
from webui.reading import look_again, office, reading

_REASON = "Migrated over /engine-rest"
_LONGEST = 255
"""Characters of an element's id."""


class _Generation(bodies.Body):
    source = bodies.text("sourceProcessDefinitionId")
    target = bodies.text("targetProcessDefinitionId")
    rearm = bodies.truth("updateEventTriggers")
    variables = bodies.Variables()


class _PlanBody(bodies.Body):
    source = bodies.text("sourceProcessDefinitionId")
    target = bodies.text("targetProcessDefinitionId")
    instructions = fields.List(fields.Dict(), load_default=list, allow_none=True)
    variables = bodies.Variables()


class _Execution(bodies.Body):
    plan = fields.Nested(_PlanBody, data_key="migrationPlan", required=True)
    refs = fields.List(fields.String(), data_key="processInstanceIds", load_default=list, allow_none=True)
    query = bodies.anything("processInstanceQuery")


_GENERATION, _PLAN, _EXECUTION = _Generation(), _PlanBody(), _Execution()


@dataclass(frozen=True)
class _Sent:
    """A plan as it was sent: `told` are the instructions that are none, each with why."""

    source: int
    target: int
    plan: Plan
    instructions: tuple[dict[str, Any], ...]
    told: tuple[tuple[dict[str, Any], str], ...]


@area.post("/migration/generate", action="engine.migration.plan")
def generate_plan() -> Response:
    """The plan that needs no thought."""
    sent = bodies.read(_GENERATION)
    _no_variables(sent)
    source, target = _definitions(sent)
    page = plan_page(office(), reading(), signed_in(), source, target)
    _only_of_one_process(page)
    waiting = elements_that_wait(office(), reading(), signed_in(), source) if sent["rearm"] else frozenset()
    instructions = [
        {"sourceActivityIds": [old], "targetActivityIds": [new], "updateEventTrigger": old in waiting}
        for old, new in page.plan.steps.items()
    ]
    return json_answer(
        {
            "sourceProcessDefinitionId": sent["source"],
            "targetProcessDefinitionId": sent["target"],
            "instructions": instructions,
            "variables": {},
        }
    )


@area.post("/migration/validate", action="engine.migration.plan")
def validate_plan() -> Response:
    """What is wrong with a plan, whatever instance it is for."""
    return json_answer(_report(_read_plan(bodies.read(_PLAN))))


@area.post("/migration/dry-run", action="engine.migration.plan")
def try_plan() -> Response:
    """Our own: which of the instances (all running ones, when none is named) would go, and why others would not."""
    sent = bodies.read(_EXECUTION)
    plan, refs = _checked(sent), sent["refs"] or None
    page = plan_page(office(), reading(), signed_in(), plan.source, plan.target, _as_kept(plan.plan))
    tried = try_migration(office(), reading(), signed_in(), page, refs)
    refused = [{"processInstanceId": ref, "failures": _sentences(why)} for ref, why in tried.refused]
    return json_answer({"looked": tried.looked, "would": tried.would, "refused": refused})


@area.post("/migration/execute", action="engine.migration.change")
def execute_plan() -> Response:
    """At once and whole: what hinders one instance hinders all that are named."""
    sent = bodies.read(_EXECUTION)
    plan, refs = _checked(sent), _refs(sent)
    try:
        migrate_now(office(), signed_in(), plan.source, plan.target, plan.plan, refs, reason=_REASON)
    except Invalid as refused:
        if refused.code != "migrate-instances-refused":
            raise
        _refuse_instances(refused)
    return nothing()


@area.post("/migration/executeAsync", action="engine.migration.change")
def execute_plan_by_jobs() -> Response:
    """By jobs, an instance after the other; one that cannot go hinders no other."""
    sent = bodies.read(_EXECUTION)
    plan, refs = _checked(sent), _refs(sent)
    ref = begin_migration(office(), signed_in(), plan.source, plan.target, plan.plan, reason=_REASON, refs=refs)
    look_again()
    return json_answer(shape(one_migration(reading(), signed_in(), ref, limit=0)))


def _checked(sent: Mapping[str, Any]) -> _Sent:
    """The plan of an execution; Camunda's 400 with the whole report when it cannot be carried out."""
    if sent["query"]:
        not_implemented("Migrating by processInstanceQuery")
    plan = _read_plan(sent["plan"])
    report = _report(plan)
    if report["instructionReports"]:
        message = "ENGINE-23001 Migration plan is not valid: see the report"
        kind = "MigrationPlanValidationException"
        raise Refused(400, kind, message, "migrate-plan-wrong", validationReport=report)
    return plan


def _refs(sent: Mapping[str, Any]) -> list[str]:
    refs: list[str] = sent["refs"] or []
    if not refs:
        bad_request("processInstanceIds is empty", kind="BadUserRequestException")
    return refs


def _refuse_instances(refused: Invalid) -> None:
    every = refused.params["instances"]
    reports = [{"processInstanceId": ref, "failures": _sentences(why)} for ref, why in every.items()]
    first = reports[0] | {"migratingActivityInstanceReports": [], "migratingTransitionInstanceReports": []}
    message = f"ENGINE-23004 Cannot migrate process instance '{first['processInstanceId']}'; nothing was migrated"
    kind = "MigratingProcessInstanceValidationException"
    raise Refused(400, kind, message, refused.code, validationReport=first, allReports=reports)


def _definitions(sent: Mapping[str, Any]) -> tuple[int, int]:
    found = []
    for name, word in (("source", "Source"), ("target", "Target")):
        number = number_of(sent[name] or "")
        if number is None:
            bad_request(
                f"{word} process definition with id '{sent[name]}' does not exist", kind="BadUserRequestException"
            )
        found.append(number)
    return found[0], found[1]


def _read_plan(sent: Mapping[str, Any]) -> _Sent:
    _no_variables(sent)
    source, target = _definitions(sent)
    instructions = tuple(sent["instructions"] or ())
    if len(instructions) > MOST:
        bad_request(f"A plan has at most {MOST} instructions")
    steps: dict[str, str] = {}
    rearm: set[str] = set()
    told: list[tuple[dict[str, Any], str]] = []
    for one in instructions:
        old, new = _single(one.get("sourceActivityIds")), _single(one.get("targetActivityIds"))
        if old is None or new is None:
            told.append((one, "Only mappings of exactly one activity to one activity are supported"))
        elif old in steps:
            told.append((one, f"There are multiple mappings for source activity id '{old}'"))
        else:
            steps[old] = new
            if one.get("updateEventTrigger") is True:
                rearm.add(old)
    return _Sent(source, target, Plan(steps, frozenset(rearm)), instructions, tuple(told))


def _single(sent: Any) -> str | None:
    one = sent[0] if isinstance(sent, list) and len(sent) == 1 else None
    return one if isinstance(one, str) and 0 < len(one) <= _LONGEST else None


def _report(sent: _Sent) -> dict[str, Any]:
    """Every instruction with something wrong; what concerns the plan as a whole stands under no instruction."""
    page = plan_page(office(), reading(), signed_in(), sent.source, sent.target, _as_kept(sent.plan))
    reports = [{"instruction": one, "failures": [why]} for one, why in sent.told]
    by_source = {_single(one.get("sourceActivityIds")): one for one in reversed(sent.instructions)}
    wrong: dict[str, list[Mapping[str, str]]] = {}
    for refusal in page.refusals:
        wrong.setdefault(refusal["element"], []).append(refusal)
    for element, refusals in wrong.items():
        reports.append({"instruction": by_source.get(element), "failures": _sentences(refusals)})
    return {"instructionReports": reports, "variableReports": {}}


def _as_kept(plan: Plan) -> dict[str, Any]:
    return {"steps": dict(plan.steps), "rearm": sorted(plan.rearm)}


def _sentences(refusals: Iterable[Mapping[str, str]]) -> list[str]:
    return [sentence(Invalid(one["code"], element=one["element"], to=one["to"])) for one in refusals]


def _only_of_one_process(page: PlanPage) -> None:
    for refusal in page.refusals:
        bad_request(_sentences([refusal])[0], refusal["code"], "BadUserRequestException")


def _no_variables(sent: Mapping[str, Any]) -> None:
    if sent["variables"]:
        not_implemented("Setting variables while migrating")

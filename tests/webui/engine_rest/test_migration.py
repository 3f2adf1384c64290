"""Migration as Camunda's clients ask for it: generate, validate, execute, watch the batch; only for administrators."""

from __future__ import annotations

from typing import Any

import pytest

from engine.jobs import drain
from tests.engine.drawing import drawing, end, path, start, task
from tests.webui.conftest import Site
from tests.webui.engine_rest.conftest import Program, basic, deployed
from tests.webui.engine_rest.test_modification import standing

TERM = (
    '<boundaryEvent id="late" attachedToRef="{at}" cancelActivity="false"><timerEventDefinition><timeDuration>P{days}D'
    "</timeDuration></timerEventDefinition></boundaryEvent>"
)


def road(first: str, days: int) -> bytes:
    drawn = task(first, candidateGroups="clerk") + TERM.format(at=first, days=days) + end("told")
    return drawing("road", start(), drawn, end(), path("begun", first, "ended"), path("late", "told"))


@pytest.fixture
def boss(site: Site, shop: Program) -> Program:
    return Program(site, basic("admin"))


@pytest.fixture
def two(site: Site, shop: Program, boss: Program) -> dict[str, str]:
    """Two versions of a road, three instances on the first."""
    deployed(site, road("write", 3), solution="roads")
    for number in range(3):
        shop.start("road", businessKey=f"A-{number}")
    deployed(site, road("compose", 5), solution="roads")
    ids = [one["id"] for one in boss.json("/process-definition?key=road")]
    return {"sourceProcessDefinitionId": ids[0], "targetProcessDefinitionId": ids[1]}


def refs(boss: Program) -> list[str]:
    return [one["id"] for one in boss.json("/process-instance?processDefinitionKey=road")]


def mapped(two: dict[str, str], boss: Program, **how: Any) -> dict[str, Any]:
    """The generated plan with the renamed step and its term put in."""
    plan: dict[str, Any] = boss.post("/migration/generate", two | how).json
    for old, new in (("write", "compose"), ("late", "late")):
        one = {"sourceActivityIds": [old], "targetActivityIds": [new], "updateEventTrigger": old == "late"}
        plan["instructions"] = [each for each in plan["instructions"] if each["sourceActivityIds"] != [old]] + [one]
    return plan


def test_a_plan_is_generated_and_validated(boss: Program, two: dict[str, str]):
    made = boss.post("/migration/generate", two)
    assert made.status_code == 200, made.text
    assert {key: made.json[key] for key in two} == two and made.json["variables"] == {}
    steps = {one["sourceActivityIds"][0]: one for one in made.json["instructions"]}
    assert set(steps) == {"begun", "ended", "told"}, "the step has another id, its term hangs on it"
    assert steps["begun"] == {
        "sourceActivityIds": ["begun"],
        "targetActivityIds": ["begun"],
        "updateEventTrigger": False,
    }
    assert boss.post("/migration/validate", made.json).json == {"instructionReports": [], "variableReports": {}}
    assert boss.post("/migration/validate", mapped(two, boss)).json["instructionReports"] == []

    wrong = [
        {"sourceActivityIds": ["write"], "targetActivityIds": ["nowhere"]},
        {"sourceActivityIds": ["write"], "targetActivityIds": ["compose"]},
        {"sourceActivityIds": ["begun", "ended"], "targetActivityIds": ["begun"]},
        {"sourceActivityIds": "begun", "targetActivityIds": ["begun"]},
        {"sourceActivityIds": ["told"], "targetActivityIds": ["compose"]},
        {},
    ]
    report = boss.post("/migration/validate", two | {"instructions": wrong}).json["instructionReports"]
    assert all(one["failures"] for one in report)
    assert [one["instruction"] for one in report].count({}) == 1
    assert {str(each) for each in wrong} == {str(one["instruction"]) for one in report}
    same = two | {"targetProcessDefinitionId": two["sourceProcessDefinitionId"], "instructions": []}
    (whole,) = boss.post("/migration/validate", same).json["instructionReports"]
    assert whole["instruction"] is None and "migrate-same-version" in whole["failures"][0]


def test_at_once_all_or_none(site: Site, boss: Program, two: dict[str, str]):
    plan, every = mapped(two, boss), refs(boss)
    tried = boss.post("/migration/dry-run", {"migrationPlan": plan}).json
    assert tried == {"looked": 3, "would": 3, "refused": []}
    lacking = plan | {"instructions": [one for one in plan["instructions"] if one["sourceActivityIds"] != ["write"]]}
    lacking["instructions"] = [one for one in lacking["instructions"] if one["sourceActivityIds"] != ["late"]]
    tried = boss.post("/migration/dry-run", {"migrationPlan": lacking, "processInstanceIds": every[:1]}).json
    assert (tried["looked"], tried["would"], tried["refused"][0]["processInstanceId"]) == (1, 0, every[0])

    boss.ask("PUT", f"/process-instance/{every[2]}/suspended", {"suspended": True})
    hindered = boss.post("/migration/execute", {"migrationPlan": plan, "processInstanceIds": every})
    assert hindered.status_code == 400
    assert hindered.json["type"] == "MigratingProcessInstanceValidationException"
    assert hindered.json["validationReport"]["processInstanceId"] == every[2]
    assert "instance-suspended" in hindered.json["validationReport"]["failures"][0]
    assert all(
        boss.json(f"/process-instance/{ref}")["definitionId"] == two["sourceProcessDefinitionId"] for ref in every
    )

    done = boss.post("/migration/execute", {"migrationPlan": plan, "processInstanceIds": every[:2]})
    assert (done.status_code, done.text) == (204, "")
    ids = [boss.json(f"/process-instance/{ref}")["definitionId"] for ref in every]
    assert ids == [two["targetProcessDefinitionId"]] * 2 + [two["sourceProcessDefinitionId"]]
    assert [element for _, element in standing(boss, every[0])] == ["compose"]
    again = boss.post("/migration/execute", {"migrationPlan": plan, "processInstanceIds": every[:1]})
    assert again.status_code == 400 and "migrate-other-version" in again.text, "it runs on another version now"
    page = site.as_("admin").get("/admin/migrations")
    assert "2" in page.words and page.text.count("/admin/migrations/") >= 1, "with its way back on the page"


def test_by_jobs_as_a_batch(site: Site, boss: Program, two: dict[str, str]):
    plan, every = mapped(two, boss), refs(boss)
    made = boss.post("/migration/executeAsync", {"migrationPlan": plan, "processInstanceIds": every}).json
    assert (made["type"], made["totalJobs"], made["suspended"]) == ("instance-migration", 3, False)
    address = f"/batch/{made['id']}"
    assert boss.json(address) == made and boss.json("/batch") == [made]
    for wanted in (True, True):
        assert boss.ask("PUT", f"{address}/suspended", {"suspended": wanted}).status_code == 204, "harmless twice"
    drain(site.office.engine)
    (half,) = boss.json("/batch/statistics?suspended=true")
    assert (half["remainingJobs"], half["completedJobs"]) == (3, 0)
    assert boss.json("/batch/statistics/count") == boss.json("/batch/count?suspended=true") == {"count": 1}
    assert boss.ask("PUT", f"{address}/suspended", {"suspended": False}).status_code == 204
    drain(site.office.engine)
    assert boss.get(address).status_code == 404, "what is over stands there no more"
    assert boss.json("/batch/count") == {"count": 0}
    assert {one["definitionId"] for one in boss.json("/process-instance?processDefinitionKey=road")} == {
        two["targetProcessDefinitionId"]
    }
    assert boss.ask("DELETE", address).status_code == 501


def test_who_may_not_and_what_is_nonsense(
    site: Site, shop: Program, press: Program, boss: Program, two: dict[str, str]
):
    plan, every = mapped(two, boss), refs(boss)
    whole = {"migrationPlan": plan, "processInstanceIds": every}
    for nobody in (shop, press):
        for address, body in (
            ("generate", two),
            ("validate", plan),
            ("dry-run", whole),
            ("execute", whole),
            ("executeAsync", whole),
        ):
            assert nobody.post(f"/migration/{address}", body).status_code == 403, address
        for address in ("/batch", "/batch/count", "/batch/statistics", "/batch/nothing"):
            assert nobody.get(address).status_code == 403, address
        assert nobody.ask("PUT", "/batch/nothing/suspended", {"suspended": True}).status_code == 403
    assert Program(site, None).post("/migration/execute", whole).status_code == 401

    for unknown in (None, "", "road", "road:1:x", "road:1:" + "9" * 30):
        assert boss.post("/migration/generate", two | {"targetProcessDefinitionId": unknown}).status_code == 400, (
            unknown
        )
    assert boss.post("/migration/generate", two | {"targetProcessDefinitionId": "road:1:999999"}).status_code == 404
    other = boss.json("/process-definition?key=approval")[0]["id"]
    assert boss.post("/migration/generate", two | {"targetProcessDefinitionId": other}).status_code == 400
    for bad, status in (
        (whole | {"processInstanceIds": []}, 400),
        (whole | {"processInstanceIds": ["nothing"]}, 400),
        (whole | {"processInstanceIds": every * 100 + [f"x{n}" for n in range(101)]}, 400),
        (whole | {"processInstanceIds": "all"}, 400),
        (whole | {"processInstanceQuery": {"active": True}}, 501),
        (whole | {"migrationPlan": plan | {"variables": {"a": {"value": 1}}}}, 501),
        (whole | {"migrationPlan": None}, 400),
        (whole | {"migrationPlan": plan | {"instructions": "all"}}, 400),
        (whole | {"migrationPlan": plan | {"instructions": [{}] * 10_001}}, 400),
        ({}, 400),
    ):
        assert boss.post("/migration/execute", bad).status_code == status, str(bad)[:200]
    wrong = [{"sourceActivityIds": ["write"], "targetActivityIds": ["nowhere"]}]
    refused = boss.post("/migration/execute", whole | {"migrationPlan": two | {"instructions": wrong}})
    assert (refused.status_code, refused.json["type"]) == (400, "MigrationPlanValidationException")
    assert refused.json["validationReport"]["instructionReports"][0]["instruction"] == wrong[0]
    assert {one["definitionId"] for one in boss.json("/process-instance?processDefinitionKey=road")} == {
        two["sourceProcessDefinitionId"]
    }
    assert boss.get("/batch?type=x").status_code == 501

"""Deploying: everything wrong at once, all or nothing, running instances stay on their version."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine import Engine, queries
from engine.deployment import Bundle, DeployResult, check, deploy
from engine.deployment.bundle import kind_of
from engine.store.models import Definition, Deployment, Resource, Wait
from tests.engine.drawing import drawing, end, flow, path, start, task
from tests.engine.office import ANNA, complete, deployed, open_elements, open_tasks, started, state_of


def version(last: str) -> bytes:
    return drawing(
        "route",
        start(),
        task("review", candidateGroups="clerks"),
        task(last, candidateGroups="clerks"),
        end(),
        path("begun", "review", last, "ended"),
    )


def put(engine: Engine, bundle: Bundle, **how: object) -> DeployResult:
    with engine.database.unit_of_work() as work:
        return deploy(engine, work, ANNA, bundle, **how)  # type: ignore[arg-type]


def rows(engine: Engine) -> list[int]:
    with engine.database.reading() as session:
        return [
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Deployment, Resource, Definition, Wait)
        ]


def test_running_instances_stay_on_their_version(engine: Engine) -> None:
    deployed(engine, version("sign"))
    old = started(engine, "route")
    deployed(engine, version("stamp"))
    new = started(engine, "route")
    for instance in (old, new):
        complete(engine, ANNA, open_tasks(engine, instance)[0])
    assert (open_elements(engine, old), open_elements(engine, new)) == (["sign"], ["stamp"])
    with engine.database.reading() as session:
        seen = [(each.version, each.latest, each.running) for each in queries.definitions(session)]
    assert seen == [(2, True, 1), (1, False, 1)]


def test_the_same_bundle_is_deployed_once(engine: Engine) -> None:
    first = deployed(engine, version("sign"))
    again = deployed(engine, version("sign"))
    assert again.unchanged and again.deployment_id == first.deployment_id
    assert deployed(engine, version("stamp")).version == 2


def test_a_refused_bundle_leaves_nothing_and_says_everything(engine: Engine) -> None:
    broken = drawing("broken", start(), task("lost"), end(), path("begun", "nowhere"), flow("lost", "ended", "${1 +}"))
    bundle = Bundle("tests", {"good.bpmn": version("sign"), "broken.bpmn": broken, "worse.bpmn": b"<no"})
    result = put(engine, bundle)
    assert result.deployment_id is None and result.refused
    assert {found.file for found in result.findings if found.severity == "error"} == {"broken.bpmn", "worse.bpmn"}
    assert all(found.reason and found.remedy for found in result.findings)
    assert rows(engine) == [0, 0, 0, 0]


def test_a_key_belongs_to_one_solution(engine: Engine) -> None:
    deployed(engine, version("sign"), solution="first")
    result = put(engine, Bundle("second", {"route.bpmn": version("stamp")}))
    assert [found.code for found in result.findings if found.severity == "error"] == ["key-of-another-solution"]


def test_a_key_is_drawn_once(engine: Engine) -> None:
    result = put(engine, Bundle("tests", {"a.bpmn": version("sign"), "b.bpmn": version("stamp")}))
    assert "key-twice" in {found.code for found in result.findings}


@pytest.mark.parametrize("name", ["../../etc/passwd", "/abs.bpmn", "a\\b.bpmn"])
def test_paths_that_could_lead_out_are_refused(engine: Engine, name: str) -> None:
    result = put(engine, Bundle("tests", {name: b"", "route.bpmn": version("sign")}))
    assert result.refused and "bundle-path" in {found.code for found in result.findings}


def test_files_come_back_byte_for_byte(engine: Engine) -> None:
    odd = b"\xef\xbb\xbfcode\r\nx\x00y"
    result = deployed(engine, version("sign"), directories__subjects_dot_csv=odd)
    assert result.deployment_id is not None
    with engine.database.reading() as session:
        assert queries.file_content(session, result.deployment_id, "directories/subjects.csv") == odd
        assert [(each.path, each.kind) for each in queries.files(session, result.deployment_id)] == [
            ("0.bpmn", "bpmn"),
            ("directories/subjects.csv", "directory"),
        ]


def test_groups_nobody_declared_are_found(engine: Engine) -> None:
    bundle = Bundle("tests", {"route.bpmn": version("sign")})
    with engine.database.reading() as session:
        assert not check(engine, session, bundle, ["clerks"]).refused
        found = check(engine, session, bundle, ["heads"]).findings
    assert {each.element for each in found} == {"review", "sign"}


def test_the_office_adds_its_own_findings(engine: Engine) -> None:
    from dataclasses import replace

    from engine.findings import RULES, Finding, rule

    refused = RULES.get("test-no-card") or rule("test-no-card", "There is no card.", "Add one.")
    engine = replace(engine, checkers=(lambda bundle: [Finding(refused, "cards")],))
    result = put(engine, Bundle("tests", {"route.bpmn": version("sign")}))
    assert result.refused and result.deployment_id is None


DECISION = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="test">
<decision id="term" name="Term"><variable name="term"/><decisionTable hitPolicy="FIRST">
<input id="i"><inputExpression><text>urgent</text></inputExpression></input><output id="o" name="days"/>
<rule id="r1"><inputEntry><text>true</text></inputEntry><outputEntry><text>{urgent}</text></outputEntry></rule>
<rule id="r2"><inputEntry><text>-</text></inputEntry><outputEntry><text>30</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def test_a_decision_is_that_of_the_instances_own_deployment(engine: Engine) -> None:
    route = drawing(
        "terms",
        start(),
        task("file", candidateGroups="clerks"),
        '<businessRuleTask id="propose" camunda:decisionRef="term" camunda:mapDecisionResult="singleEntry" '
        'camunda:resultVariable="days"/>',
        task("assign", candidateGroups="clerks"),
        end(),
        path("begun", "file", "propose", "assign", "ended"),
    )
    deployed(engine, route, term_dot_dmn=DECISION.format(urgent="3").encode())
    old = started(engine, "terms")
    deployed(engine, route, term_dot_dmn=DECISION.format(urgent="5").encode())
    new = started(engine, "terms")
    days = []
    for instance in (old, new):
        complete(engine, ANNA, open_tasks(engine, instance)[0], {"urgent": True})
        with engine.database.reading() as session:
            days.append(int(queries.variables_of(session, instance.id)["days"]))
            (made,) = queries.decisions_of(session, instance.id)
        assert made.evaluation["made"][0]["rules"] == [1]
    assert days == [3, 5]


def test_kinds_of_files_are_told_by_name() -> None:
    told = {
        "solution.toml": "solution",
        "texts/ru.toml": "texts",
        "forms/register.form": "form",
        "templates_docx/reply.docx": "docx",
        "scenarios/road.toml": "scenario",
        "term.dmn": "dmn",
        "README.md": "other",
    }
    assert {name: kind_of(name) for name in told} == told


def test_two_deployments_at_once_are_two_versions(engine: Engine) -> None:
    import threading

    together, got = threading.Barrier(2), []

    def act(last: str) -> None:
        together.wait()
        got.append(
            engine.database.run(lambda work: deploy(engine, work, ANNA, Bundle("tests", {"a.bpmn": version(last)})))
        )

    threads = [threading.Thread(target=act, args=(last,)) for last in ("sign", "stamp")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(result.version or 0 for result in got) == [1, 2]


def test_a_process_without_a_stop_is_over_when_it_begins(engine: Engine) -> None:
    deployed(engine, drawing("tiny", start(), end(), path("begun", "ended")))
    assert state_of(engine, started(engine, "tiny")) == "completed"

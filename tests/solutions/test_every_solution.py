"""What every shipped solution keeps to, read from its files alone. A new folder in processes/ is tested by being there."""

from __future__ import annotations

import json
import re
import zipfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest

from engine.bpmn import compile_file
from engine.dmn import read_model
from services.sandbox.sandbox import Sandbox
from services.solutions.manifest import read_manifest
from services.solutions.read_card_type import read_card_type
from services.solutions.scenarios import read_scenario
from tests.solutions.drawings import Drawing, read_drawing
from tests.solutions.shelves import BPMN, CAMUNDA, ROOT, SLUGS, Shelf

FLOW_NODES = re.compile(r".*(Task|Event|Gateway)$|task$|subProcess$|callActivity$")
SCRIPT = {
    "ru": re.compile("[а-яё]", re.IGNORECASE),
    "en": re.compile("[a-z]", re.IGNORECASE),
    "fa": re.compile("[آ-ی]"),
}


@pytest.fixture(params=SLUGS)
def shelf(request: pytest.FixtureRequest) -> Shelf:
    return Shelf(request.param)


def test_at_least_one_solution_is_shipped() -> None:
    assert SLUGS


def test_the_manifest_and_every_card_type_read_without_a_finding(shelf: Shelf) -> None:
    _, findings = read_manifest(shelf.manifest, shelf.slug)
    for name, raw in shelf.card_types.items():
        made, more = read_card_type(raw, f"cards/{name}.toml")
        assert made is not None and made.code == name
        assert made.roles() <= set(shelf.manifest["roles"])
        findings += more
    assert findings == []


def test_every_text_is_there_in_every_language_with_the_same_places_to_fill(shelf: Shelf) -> None:
    assert set(shelf.languages) >= {"ru", "en", "fa"}
    own = shelf.texts["ru"]
    for language, texts in shelf.texts.items():
        assert set(texts) == set(own), language
        holes = {key for key in own if set(re.findall(r"\{\w+\}", texts[key])) != set(re.findall(r"\{\w+\}", own[key]))}
        assert holes == set(), language


def test_texts_are_written_in_the_letters_of_their_language(shelf: Shelf) -> None:
    for language, texts in shelf.texts.items():
        assert [key for key, text in texts.items() if not SCRIPT[language].search(text)] == [], language
    persian = " ".join(shelf.texts["fa"].values())
    assert not re.search("[يكة٠-٩]", persian), "Arabic letters or digits in Persian"
    assert not re.search(r"\b(می|نمی) [آ-ی]", persian), "a blank where a half-space belongs"


def test_everything_a_person_reads_has_a_text(shelf: Shelf) -> None:
    wanted = {"solution.title"} | {f"role.{code}" for code in shelf.manifest["roles"]}
    for code, card in shelf.card_types.items():
        wanted |= {f"card.{code}.title"} | {f"card.{code}.group.{group['id']}" for group in card["group"]}
        wanted |= {f"card.{code}.field.{field['key']}" for field in card["field"]}
        wanted |= {f"card.{code}.option.{f['key']}.{one}" for f in card["field"] for one in f.get("options", [])}
        wanted |= {f"card.{code}.{side}.{state['id']}" for state in card["state"] for side in ("state", "client")}
        wanted |= {f"card.{code}.transition.{each['id']}" for each in card["transition"]}
        wanted |= {f"card.{code}.file_class.{each}" for each in card["file_class"]}
    for task, properties in shelf.user_tasks():
        wanted |= {f"task.{task}.outcome.{each}" for each in properties["outcomes"].split(",")}
    for route in shelf.routes.values():
        named = [node for node in route.iter() if node.get("name") and _local(node) in {"lane", "sequenceFlow"}]
        wanted |= {f"{'lane' if _local(node) == 'lane' else 'flow'}.{node.get('id')}.name" for node in named}
        wanted |= {f"task.{node.get('id')}.name" for node in route.iter() if FLOW_NODES.match(_local(node))}
    wanted |= {f"directory.{name}.title" for name in shelf.directories}
    for form in shelf.forms.values():
        wanted |= {text[1:] for part in form["components"] for text in part.values() if str(text).startswith("$")}
    assert wanted - set(shelf.texts["ru"]) == set()


def test_the_drawing_and_its_own_language_say_the_same(shelf: Shelf) -> None:
    for route in shelf.routes.values():
        said = {n.get("id"): n.get("name") for n in route.iter() if n.get("name") and FLOW_NODES.match(_local(n))}
        assert {id: shelf.texts["ru"][f"task.{id}.name"] for id in said} == said


def test_every_user_task_and_portal_has_its_form_with_at_most_seven_inputs(shelf: Shelf) -> None:
    tasks = dict(shelf.user_tasks())
    portal = shelf.manifest.get("portal")
    assert set(shelf.forms) == set(tasks) | ({portal["form"]} if portal else set())
    assert {name: len(form["components"]) for name, form in shelf.forms.items() if len(form["components"]) > 7} == {}
    fields = {f"card.{field['key']}" for card in shelf.card_types.values() for field in card["field"]}
    keys = {part.get("key", "") for form in shelf.forms.values() for part in form["components"]}
    assert {key for key in keys if key.startswith("card.")} <= fields


def test_remarks_are_asked_only_for_outcomes_there_are(shelf: Shelf) -> None:
    for task, properties in shelf.user_tasks():
        outcomes = set(properties["outcomes"].split(","))
        assert set(filter(None, properties.get("remark_required", "").split(","))) <= outcomes, task
        assert {each.split("=")[0] for each in properties["outcome_style"].split(",")} == outcomes, task


def test_directories_are_trees_with_a_name_in_every_language(shelf: Shelf) -> None:
    for name, rows in shelf.directories.items():
        codes = [row["code"] for row in rows]
        assert len(codes) == len(set(codes)), name
        assert {row["parent"] for row in rows if row["parent"]} <= set(codes), name
        nameless = [r["code"] for r in rows for language in shelf.languages if not r[f"name_{language}"].strip()]
        assert nameless == [], name


def test_fields_name_directories_and_units_that_are_shipped(shelf: Shelf) -> None:
    named = {
        field["directory"] for card in shelf.card_types.values() for field in card["field"] if "directory" in field
    }
    assert named <= set(shelf.directories)
    units = shelf.rows(shelf.manifest["demo"]["units"])
    accounts = shelf.rows(shelf.manifest["demo"]["accounts"])
    codes, logins = {unit["code"] for unit in units}, {account["login"] for account in accounts}
    assert {unit["parent"] for unit in units if unit["parent"]} | {account["unit"] for account in accounts} <= codes
    assert {unit["head"] for unit in units if unit["head"]} <= logins
    groups = {group for account in accounts for group in account["groups"].split()}
    assert groups <= set(shelf.manifest["roles"]) | {"admin"}
    assert {row["custodian"] for rows in shelf.directories.values() for row in rows if row.get("custodian")} <= codes


def test_every_printed_form_fills_from_its_sample(shelf: Shelf, sandbox: Sandbox) -> None:
    assert shelf.papers
    for paper in shelf.papers:
        sample = json.loads(paper.with_suffix(".sample.json").read_text(encoding="utf-8"))
        sample["org"]["name"] = "ООО «Рога & <Копыта>»"
        template = {"docx": b64encode(paper.read_bytes()).decode()}
        made = sandbox.run("docx.render", template | {"context": sample})
        with zipfile.ZipFile(BytesIO(b64decode(made["docx"]))) as parts:
            text = parts.read("word/document.xml").decode()
        assert "ООО «Рога &amp; &lt;Копыта&gt;»" in text
        assert "{{" not in text and "{%" not in text
        used = {name.split(".")[0] for name in sandbox.run("docx.names", template)["names"]}
        assert used <= set(sample), f"{paper.name} reads names its sample has not"


def test_routes_compile_without_a_finding_and_run(shelf: Shelf) -> None:
    keys = set()
    for path in sorted(shelf.folder.glob("*.bpmn")):
        compiled = compile_file(path.read_bytes(), path.name)
        assert list(compiled.findings) == []
        assert [made.key for made in compiled.definitions if made.draft] == []
        keys |= {made.key for made in compiled.definitions}
    assert keys == set() or shelf.manifest["main_process"] in keys


def test_decisions_answer_every_card_there_can_be(shelf: Shelf) -> None:
    tasks = [task for route in shelf.routes.values() for task in route.iter(f"{BPMN}businessRuleTask")]
    asked = {task.get(f"{CAMUNDA}decisionRef") for task in tasks}
    shipped = set()
    for path in sorted(shelf.folder.glob("*.dmn")):
        source = path.read_bytes()
        model = read_model(source, path.name)
        assert list(model.findings) == []
        decision = path.stem
        shipped.add(decision)
        for card in _cards(shelf, source.decode()):
            decided = model.decide(decision, {"card": card})
            assert decided.value is not None and decided.warnings == (), f"{decision} has no answer for {card}"
            matched = decided.evaluations[-1].matched_rules
            assert len(matched) == 1, f"{decision} matches rules {matched} for {card}"
    assert asked == shipped


def test_diagrams_are_drawn_whole_and_nothing_crosses(shelf: Shelf) -> None:
    for name, route in shelf.routes.items():
        drawing = _drawing(route)
        assert drawing.missing == (), name
        assert drawing.crossings() == [], name
        assert drawing.run_over() == [], name
        assert drawing.overlaps() == [], name


def test_the_main_road_runs_from_left_to_right(shelf: Shelf) -> None:
    for name, route in shelf.routes.items():
        drawing = _drawing(route)
        back = [f for f in drawing.flows if drawing.nodes[f.target].x + 1 < drawing.nodes[f.source].x - 60]
        assert len(back) * 5 <= len(drawing.flows), f"{name}: {[flow.name for flow in back]} run back"


def test_scenarios_tell_of_people_tasks_and_outcomes_there_are(shelf: Shelf) -> None:
    tasks = {task: tuple(properties["outcomes"].split(",")) for task, properties in shelf.user_tasks()}
    logins = {account["login"] for account in shelf.rows(shelf.manifest["demo"]["accounts"])}
    assert shelf.scenarios
    for name, raw in shelf.scenarios.items():
        story, findings = read_scenario(raw, f"scenarios/{name}.toml", tasks, shelf.transitions)
        assert findings == [] and story is not None
        assert {player for player in story.cast.values() if isinstance(player, str)} <= logins


def test_no_file_names_the_machine_it_was_made_on(shelf: Shelf) -> None:
    folders = (shelf.folder, ROOT / "forms" / shelf.slug, ROOT / "templates_docx" / shelf.slug)
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        if path.suffix == ".docx":
            with zipfile.ZipFile(path) as parts:
                content = b"".join(parts.read(part) for part in parts.namelist())
        assert not re.search(rb"/home/|/root/|/tmp/|python-docx", content), path.name


def _local(node: object) -> str:
    tag = getattr(node, "tag", "")
    return tag.removeprefix(BPMN) if isinstance(tag, str) and tag.startswith(BPMN) else ""


def _drawing(route: object) -> Drawing:
    nodes = [node for node in route.iter() if FLOW_NODES.match(_local(node))]  # type: ignore[attr-defined]
    flows = {f.get("id"): (f.get("sourceRef"), f.get("targetRef")) for f in route.iter(f"{BPMN}sequenceFlow")}  # type: ignore[attr-defined]
    hosts = {node.get("id"): node.get("attachedToRef") for node in nodes if node.get("attachedToRef")}
    return read_drawing(route, {node.get("id") for node in nodes}, flows, hosts)


def _cards(shelf: Shelf, source: str) -> Iterator[dict[str, Any]]:
    """Cards with every combination of the coded fields a decision reads; long directories by a sample of their leaves."""
    read = sorted(set(re.findall(r"\bcard\.(\w+)", source)))
    fields = {field["key"]: field for card in shelf.card_types.values() for field in card["field"]}
    for values in product(*(_codes(shelf, fields[key]) for key in read if not key.endswith("_item"))):
        card: dict[str, Any] = dict(zip((key for key in read if not key.endswith("_item")), values, strict=True))
        yield card | {
            key: _item(shelf, fields, card, key.removesuffix("_item")) for key in read if key.endswith("_item")
        }


def _item(shelf: Shelf, fields: dict[str, Any], card: dict[str, Any], key: str) -> dict[str, Any]:
    """The further columns of a directory item, as a card shows them to expressions."""
    rows = {row["code"]: row for row in shelf.directories[fields[key]["directory"]]}
    chosen = card.get(key) or next(iter(rows))
    return {name: int(value) if value.isdigit() else value for name, value in rows[chosen].items()}


def _codes(shelf: Shelf, field: dict[str, Any]) -> list[str | None]:
    required = "required_in" in field
    if field["type"] == "choice":
        codes = list(field["options"])
    else:
        rows = shelf.directories[field["directory"]]
        parents = {row["parent"] for row in rows}
        codes = [row["code"] for row in rows if row["code"] not in parents]
        codes = codes[:: max(1, len(codes) // 40)]
    return codes if required else [*codes, None]

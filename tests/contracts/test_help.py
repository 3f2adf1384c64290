"""The help says everything and nothing but the truth: what the code declares is shown, what a page names exists."""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.serving import make_server

import engine
import services
import webui
from engine import queries
from engine.deployment.bundle import Bundle
from engine.errors import ChanceryError
from engine.findings import RULES as FINDINGS
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.issue_token import issue_token
from services.bootstrap import Office, bootstrap, create_tables
from services.fields import TYPES, FieldError
from services.operations.registry import operations
from services.policies.rules import RULES as POLICIES
from services.printing.context import DOCUMENTED
from services.settings import TABLE, Settings
from services.solutions.check import read_solution
from services.solutions.deploy_solution import check_solution, deploy_solution
from services.solutions.play_scenario import play_scenario
from services.solutions.read_card_type import read_card_type
from services.solutions.scenarios import read_scenario
from webui.app import create_app
from webui.help import FOLDER, PAGES, reference
from webui.messages import MESSAGES
from webui.translations.update import catalogue

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("ru", "en", "fa")
PASSWORD = "a long sentence of words"
BASE = "http://127.0.0.1:8000"


# The site with one reader


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = bootstrap(
        Settings.for_folder(tmp_path_factory.mktemp("help"), secret_key="0123456789abcdef0123456789abcdef")
    )
    create_tables(made.database)
    for one in LANGUAGES:
        anna = NewAccount(f"anna.{one}", "Анна", password=PASSWORD, must_change_password=False, locale=one)
        create_account(made, INSTALLER, anna)
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(office: Office) -> Flask:
    return create_app(office)


@pytest.fixture(scope="module")
def readers(app: Flask) -> dict[str, FlaskClient]:
    """Somebody signed in for each language."""
    return {language: signed_in(app, f"anna.{language}") for language in LANGUAGES}


@pytest.fixture(scope="module")
def anna(readers: dict[str, FlaskClient]) -> FlaskClient:
    return readers["en"]


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    door = html.fromstring(client.get("/sign-in", base_url=BASE).text)
    token = door.xpath("//meta[@name='csrf-token']/@content")[0]
    sent = {"login": login, "password": PASSWORD, "csrf_token": token}
    assert client.post("/sign-in", data=sent, base_url=BASE).status_code == 303
    return client


def shown(anna: FlaskClient, page: str) -> str:
    answer = anna.get(f"/help/{page}", base_url=BASE)
    assert answer.status_code == 200, page
    return " ".join(html.fromstring(answer.text).text_content().split())


def names(anna: FlaskClient, page: str) -> set[str]:
    """The names a chapter of the reference has an entry for."""
    tree = html.fromstring(anna.get(f"/help/{page}", base_url=BASE).text)
    return {cell.text_content().strip() for cell in tree.xpath("//tbody/tr/td[1]")}


# What the code declares


def sources(*folders: str) -> Iterator[ast.Module]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield ast.parse(path.read_text("utf-8"))


def families() -> frozenset[str]:
    """The names of every error class of ours and of the error of a field."""
    for package in (engine, services, webui):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." not in found.name:
                importlib.import_module(found.name)

    def below(error: type) -> Iterator[str]:
        yield error.__name__
        for one in error.__subclasses__():
            yield from below(one)

    return frozenset({*below(ChanceryError), FieldError.__name__})


CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")


@cache
def raised() -> frozenset[str]:
    """Codes that are raised, or said beside a field as ("code", {…}), anywhere in the three layers."""
    known = families()
    found: set[str] = set()
    for module in sources("engine", "services", "webui"):
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                found |= set(_codes(node.args[:1])) if name in known else set()
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and isinstance(node.elts[1], ast.Dict):
                found |= set(_codes(node.elts[:1]))
    return frozenset(found)


def _codes(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _codes([node.body, node.orelse])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.match(node.value):
            yield node.value


def declared_rules() -> set[str]:
    """The codes of `rule("…")` calls, whether or not anything imported their module."""
    return {
        node.args[0].value
        for module in sources("engine", "services", "webui")
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "rule"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


# The reference shows all of it


def test_every_setting_has_its_entry(anna: FlaskClient) -> None:
    assert names(anna, "settings") == {one.variable for one in TABLE}


def test_every_policy_has_its_entry(anna: FlaskClient) -> None:
    assert names(anna, "policies") == set(POLICIES)


def test_every_error_code_raised_has_its_sentence(anna: FlaskClient) -> None:
    assert raised() >= {"task-already-completed", "form-refused", "not-a-date"}
    assert sorted(raised() - names(anna, "errors")) == []
    assert all(str(MESSAGES[code]) for code in raised())


def test_every_finding_has_its_entry(anna: FlaskClient) -> None:
    assert declared_rules() >= {"bpmn-doctype", "text-missing"}
    assert sorted((declared_rules() | set(FINDINGS)) - names(anna, "findings")) == []


def test_every_operation_has_its_entry_with_inputs_and_outputs(anna: FlaskClient, office: Office) -> None:
    assert names(anna, "operations") == set(operations(office).by_name)
    page = shown(anna, "operations")
    for one in operations(office).by_name.values():
        assert one.summary
        assert [given.name for given in one.parameters if f"{given.name}: {given.type}" not in page] == []


def test_every_command_has_its_entry_with_its_options(anna: FlaskClient) -> None:
    assert names(anna, "commands") == set(reference.commands())
    page = shown(anna, "commands")
    for command in reference.commands().values():
        assert command.help
        assert [
            given.opts
            for given in command.params
            if given.param_type_name == "option" and given.name != "help" and max(given.opts, key=len) not in page
        ] == []


def test_every_field_type_has_its_entry(anna: FlaskClient) -> None:
    assert names(anna, "field-types") == set(TYPES)


def test_everything_a_template_may_name_has_its_entry(anna: FlaskClient) -> None:
    assert names(anna, "printing") == set(DOCUMENTED)


@pytest.mark.parametrize("language", ["ru", "fa"])
def test_the_reference_speaks_the_language(language: str) -> None:
    known = catalogue(language)
    wanted = {text for text in reference.sentences() if text}
    wanted |= {text for rule in FINDINGS.values() for text in (rule.reason, rule.remedy) if text != "{hint}"}
    untold = sorted(text for text in wanted if not (known.get(text) and known.get(text).string))  # type: ignore[union-attr]
    assert untold == []


# The pages


def text_of(language: str, page: str) -> str:
    return (FOLDER / language / f"{page}.md").read_text("utf-8")


def blocks(language: str, page: str) -> dict[str, str]:
    """Code blocks by what stands behind their language: the path of a file."""
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", text_of(language, page), re.DOTALL | re.MULTILINE))


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def test_every_page_stands_in_three_languages_with_the_same_headings() -> None:
    for page in PAGES:
        shapes = {tuple(re.findall(r"^(#+) ", prose(text_of(one, page)), re.MULTILINE)) for one in LANGUAGES}
        assert len(shapes) == 1, page
    for language in LANGUAGES:
        assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_in_its_language(language: str, readers: dict[str, FlaskClient]) -> None:
    for page in PAGES:
        tree = html.fromstring(readers[language].get(f"/help/{page}", base_url=BASE).text)
        assert tree.get("lang") == language
        assert tree.xpath("string(//h1)").strip() == text_of(language, page).split("\n", 1)[0].removeprefix("# ")
    contents = html.fromstring(readers[language].get("/help/", base_url=BASE).text)
    assert {f"/help/{page}" for page in (*PAGES, *reference.CHAPTERS)} <= set(contents.xpath("//a/@href"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_a_page_leads_somewhere(language: str, anna: FlaskClient) -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(language, page))):
            assert target.startswith("/help/"), (page, target)
            assert anna.get(target, base_url=BASE).status_code == 200, (page, target)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    places = re.findall(r"\]\(([^)\s]+)\)", text)
    places += [one for one in re.findall(r"`([\w./*<>-]+/[\w./*<>-]*)`", text) if not one.startswith("data/")]
    assert len(places) > 20
    missing = [one for one in places if not list(ROOT.glob(re.sub(r"<\w+>", "*", one).rstrip("/")))]
    assert missing == []


def documents() -> Iterator[tuple[str, str]]:
    yield "README.md", (ROOT / "README.md").read_text("utf-8")
    yield "processes/README.md", (ROOT / "processes" / "README.md").read_text("utf-8")
    yield from ((f"{one}/{page}", text_of(one, page)) for one in LANGUAGES for page in PAGES)


def test_every_command_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    known = set(reference.commands())
    named = 0
    for place, text in documents():
        code = (
            "\n".join(re.findall(r"`([^`\n]+)`", text))
            + "\n"
            + "\n".join(re.findall(r"^    (.+)$", text, re.MULTILINE))
        )
        for target in re.findall(r"\bmake ([a-z-]+)", code):
            assert target in targets, (place, target)
        for words in re.findall(r"\bchancery((?: [a-z]+)+)", code):
            first = " ".join(["chancery", *words.split()])
            assert any(f"{first} ".startswith(f"{one} ") or f"{one} ".startswith(f"{first} ") for one in known), (
                place,
                first,
            )
            named += 1
    assert named > 20


def test_every_setting_a_page_names_exists() -> None:
    known = {one.variable for one in TABLE}
    for place, text in documents():
        assert set(re.findall(r"CHANCERY_[A-Z_]+", text)) <= known, place


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_card_is_explained(language: str) -> None:
    """The reader itself says which words it knows when it is given one it does not."""
    raw: dict[str, Any] = {"type": "x", "no": 1, "field": [{"key": "a", "type": "text", "no": 1}]}
    raw |= {"state": [{"id": "a", "no": 1}], "transition": [{"id": "a", "no": 1}], "access": [{"who": "*", "no": 1}]}
    raw |= {"file_class": {"a": {"no": 1}}}
    findings = [one for one in read_card_type(raw)[1] if one.code == "card-word-unknown"]
    assert len(findings) == 6
    words = {word for one in findings for word in one.params["known"].split(", ")}
    page = text_of(language, "authoring")
    explained = set(re.findall(r"`\[*([\w.]+)[^`]*`", page))
    tables = {"file_class", "template", "basis"}
    assert sorted(words - explained - tables) == []
    assert all(f"[{table}.<" in page for table in tables)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_small_solution_of_the_page_checks_deploys_and_plays(language: str, tmp_path: Path) -> None:
    files = {
        path.removeprefix("processes/repairs/").replace("forms/repairs/", "forms/"): text.encode()
        for path, text in blocks(language, "authoring").items()
    }
    assert files.keys() >= {"solution.toml", "cards/repair.toml", "repairs.bpmn", "forms/decide.form", "texts/en.toml"}
    bundle = Bundle("repairs", files)
    made = bootstrap(Settings.for_folder(tmp_path / "office", secret_key="0123456789abcdef0123456789abcdef"))
    create_tables(made.database)
    assert check_solution(made, bundle) == ()
    assert deploy_solution(made, INSTALLER, bundle).deployment_id
    made.close()
    tasks = {task.id: task.outcomes for task in read_solution(bundle).tasks}
    story, findings = read_scenario(
        tomllib.loads(files["scenarios/accepted.toml"].decode()), "scenarios/accepted.toml", tasks
    )
    assert story is not None, findings
    (tmp_path / "play").mkdir()
    assert play_scenario(bundle, story, tmp_path / "play").mismatches == ()


def test_the_examples_for_programs_work(office: Office, app: Flask, tmp_path: Path) -> None:
    """What the page shows is typed as it stands: deployed and started with curl, done by the worker."""
    shown = [blocks(language, "machines") for language in LANGUAGES]
    assert shown[0].keys() == {"invoices.bpmn", "try.sh", "worker.py"}
    assert shown[0] == shown[1] == shown[2]
    assert len([line for line in shown[0]["worker.py"].splitlines() if line]) <= 24
    for name, text in shown[0].items():
        (tmp_path / name).write_text(text, "utf-8")
    shop = NewAccount("shop", "Shop", roles=("engine",), must_change_password=False, is_admin=True)
    create_account(office, INSTALLER, shop)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    known = os.environ | {
        "ENGINE_REST": f"http://127.0.0.1:{server.server_port}/engine-rest",
        "TOKEN": issue_token(office, INSTALLER, "shop", "help").token,
    }
    worker = subprocess.Popen([sys.executable, "worker.py"], cwd=tmp_path, env=known)
    try:
        said = subprocess.run(["bash", "try.sh"], cwd=tmp_path, env=known, capture_output=True, text=True, timeout=60)
        begun = json.loads(said.stdout[said.stdout.rindex('{"links"') :])
        assert (begun["businessKey"], begun["definitionKey"]) == ("A-7", "invoices"), said
        until = time.monotonic() + 60
        while _total(office) is None and time.monotonic() < until:
            time.sleep(0.1)
        assert _total(office) == 120
    finally:
        worker.kill()
        worker.wait()
        server.shutdown()
        server.server_close()


def _total(office: Office) -> Any:
    with office.database.reading() as session:
        (one,) = queries.instances(session, key="invoices")
        return queries.variables_of(session, one.id).get("total") if one.state == "completed" else None

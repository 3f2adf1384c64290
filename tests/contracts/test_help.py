"""The help says everything and nothing but the truth: what the code declares is shown, what a page names exists."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

import engine
import services
import webui
from engine.errors import ChanceryError
from engine.findings import RULES as FINDINGS
from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.bootstrap import Office, bootstrap, create_tables
from services.fields import TYPES, FieldError
from services.operations.registry import operations
from services.policies.rules import RULES as POLICIES
from services.printing.context import DOCUMENTED
from services.settings import TABLE, Settings
from webui.app import create_app
from webui.help import reference
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
    create_account(made, INSTALLER, NewAccount("anna", "Анна", password=PASSWORD, must_change_password=False))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(office: Office) -> Flask:
    return create_app(office)


@pytest.fixture(scope="module")
def anna(app: Flask) -> FlaskClient:
    client = app.test_client()
    door = html.fromstring(client.get("/sign-in", base_url=BASE).text)
    token = door.xpath("//meta[@name='csrf-token']/@content")[0]
    sent = {"login": "anna", "password": PASSWORD, "csrf_token": token}
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

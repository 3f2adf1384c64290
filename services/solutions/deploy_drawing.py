"""The deploy button of a modelling tool: some files of a solution, not all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.actor import Actor
from engine.deployment.bundle import Bundle, DeployResult, kind_of
from engine.errors import Invalid, NotFound
from engine.store.models import Definition, Deployment, Resource
from services.solutions.check import read_solution
from services.solutions.deploy_solution import deploy_solution
from services.solutions.export_solution import solution_files

if TYPE_CHECKING:
    from services.office import Office

_FOLDERS = {"form": "forms/", "docx": "templates_docx/"}
_WORD = re.compile(r"[^a-z0-9]+")


def deploy_drawing(office: Office, actor: Actor, name: str, files: Mapping[str, bytes]) -> DeployResult:
    """
    Deploy *files* by file name into the solution their process belongs to: its latest files, with these in place of those
    of the same name (or with the same process). A process nobody has becomes a solution called after *name*.

    Checked whole, like any solution; who may not deploy solutions may not deploy parts. Raises Invalid("bundle-empty").
    """
    if not files:
        raise Invalid("no-files")
    drawn = read_solution(Bundle("x", {**files, "solution.toml": b"slug = 'x'\nlanguages = []"})).processes
    with office.database.reading() as session:
        owner = session.execute(
            select(Deployment.solution, Definition.key, Resource.path)
            .join(Definition, Definition.deployment_id == Deployment.id)
            .join(Resource, Resource.id == Definition.resource_id)
            .where(Definition.key.in_(drawn), Definition.latest)
            .order_by(Deployment.solution)
        ).all()
        slug = owner[0].solution if owner else slug_of(name or next(iter(files)))
        try:
            whole = solution_files(session, slug)
        except NotFound:
            whole = {"solution.toml": f'slug = "{slug}"\nversion = "1"\nlanguages = []\n'.encode()}
    replaced = {row.path for row in owner if row.solution == slug}
    for path, content in files.items():
        whole |= {_place(path, content, whole, replaced): content}
    return deploy_solution(office, actor, Bundle(slug, whole), note=name[:200])


def slug_of(name: str) -> str:
    """
    A solution's name made of a deployment's.

    >>> slug_of("Invoice Payment.bpmn"), slug_of("диаграмма"), slug_of("7 days")
    ('invoice_payment', 'deployed', 'deployed_7_days')
    """
    stem = name.rpartition("/")[2].removesuffix(".bpmn").removesuffix(".dmn")
    slug = _WORD.sub("_", stem.lower()).strip("_")[:50]
    if not slug:
        return "deployed"
    return slug if slug[0].isalpha() else f"deployed_{slug}"


def _place(path: str, content: bytes, whole: Mapping[str, bytes], replaced: set[str]) -> str:
    """Where a sent file stands in the solution."""
    name = path.replace("\\", "/").rpartition("/")[2]
    kind = kind_of(name)
    if name in ("", ".", "..", "solution.toml"):
        raise Invalid("file-name", name=path)
    same = [one for one in whole if one.rpartition("/")[2] == name]
    if same:
        return same[0]
    if kind == "bpmn":
        for one in sorted(replaced):
            if _draws_the_same(whole[one], content):
                return one
    return _FOLDERS.get(kind, "") + name


def _draws_the_same(old: bytes, new: bytes) -> bool:
    return bool(_processes(old) & _processes(new))


def _processes(content: bytes) -> frozenset[str]:
    files = {"a.bpmn": content, "solution.toml": b"slug = 'x'\nlanguages = []"}
    return read_solution(Bundle("x", files)).processes

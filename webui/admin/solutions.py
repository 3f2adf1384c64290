"""Solutions: versions, their files, and uploading a new version with everything the check found."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from flask import Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from engine.deployment.bundle import Bundle
from engine.errors import Invalid
from engine.findings import Finding, has_errors
from services.processes.queries import deployed_files, deployments, names_of, running_on
from services.solutions.deploy_solution import check_solution, deploy_solution
from webui.admin.area import area, at, fresh_request_id, said
from webui.auth import signed_in
from webui.presentation import reader
from webui.reading import look_again, office, reading

_MOST_FILES = 1000
_MOST_BYTES = 100 * 1024 * 1024


@area.get("/solutions", action="solution.list")
def solutions() -> str:
    """What is deployed."""
    return _page()


@area.get("/solutions/<slug>/<int:version>.zip", action="solution.files")
def solution_files(slug: str, version: int) -> Response:
    """The files of a version, byte for byte, as one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in deployed_files(reading(), signed_in(), slug, version).items():
            archive.writestr(path, content)
    packed.seek(0)
    return send_file(packed, "application/zip", as_attachment=True, download_name=f"{slug}-{version}.zip")


@area.post("/solutions", action="solution.deploy")
def upload() -> str | AnyResponse | tuple[str, int]:
    """Check the files, and deploy them when nothing forbids it."""
    slug = request.form.get("slug", "").strip()
    bundle = Bundle(slug, _bundle(request.files.getlist("bundle"), slug))
    if request.form.get("go") == "check":
        found = check_solution(office(), bundle)
        return _page(slug, found, has_errors(found))
    result = deploy_solution(office(), signed_in(), bundle)
    if result.deployment_id is None:
        return _page(slug, result.findings, True), 422
    look_again()
    version = reader().number(result.version)
    done = _("Version %(version)s is the newest already.", version=version)
    said(done if result.unchanged else _("Version %(version)s is deployed. New cases follow it.", version=version))
    return redirect(url_for("admin.solutions"), 303)


def _page(slug: str = "", findings: tuple[Finding, ...] = (), refused: bool = False) -> str:
    at("solutions")
    verdict = _("These files are refused: nothing was changed.") if refused else _("These files may be deployed.")
    return render_template(
        "admin/solutions.html",
        solutions=_solutions(),
        slug=slug,
        findings=[finding_line(found) for found in findings],
        checked=bool(slug),
        refused=refused,
        verdict=verdict,
        request_id=fresh_request_id(),
    )


def _solutions() -> list[dict[str, Any]]:
    actor, session, locale = signed_in(), reading(), reader().locale
    rows = deployments(session, actor)
    running, names = running_on(session, actor), names_of(session, (row.deployed_by for row in rows))
    deployed = office().shelf.solutions(session)
    return [
        {
            "slug": slug,
            "title": known.texts.get(known.manifest.title, locale),
            "versions": [
                {"row": row, "by": names.get(row.deployed_by or 0, ""), "running": running.get(row.id, 0)}
                for row in rows
                if row.solution == slug
            ],
        }
        for slug, known in sorted(deployed.items())
    ]


def finding_line(found: Finding) -> dict[str, Any]:
    """A finding as a line of a table, in the reader's language."""
    return {
        "file": found.file,
        "line": found.line,
        "element": found.element,
        "code": found.code,
        "severity": found.severity,
        "reason": _(found.rule.reason).format(**found.params),
        "remedy": _(found.rule.remedy).format(**found.params),
    }


def _bundle(files: list[FileStorage], slug: str) -> dict[str, bytes]:
    """The files by their path in the solution, from a zip or one by one; a common folder above them is left out."""
    found: dict[str, bytes] = {}
    for file in files:
        name = file.filename or ""
        if name.lower().endswith(".zip"):
            found |= _unpacked(file)
        elif name:
            found[name.replace("\\", "/").lstrip("/")] = file.read()
    if not found:
        raise Invalid("bundle-empty")
    tops = {path.split("/", 1)[0] for path in found}
    if len(tops) == 1 and all("/" in path for path in found) and tops <= {slug}:
        found = {path.split("/", 1)[1]: content for path, content in found.items()}
    return found


def _unpacked(file: FileStorage) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(file.stream) as archive:
            return _counted(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise Invalid("zip-unreadable") from None


def _counted(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Contents of a zip, read no further than a solution may be large: sizes in its directory are only a claim."""
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > _MOST_FILES:
        raise Invalid("zip-too-many-files", most=_MOST_FILES)
    found, left = {}, _MOST_BYTES
    for member in members:
        with archive.open(member) as opened:
            content = opened.read(left + 1)
        left -= len(content)
        if left < 0:
            raise Invalid("zip-too-large", most=_MOST_BYTES)
        found[member.filename.replace("\\", "/").lstrip("/")] = content
    return found

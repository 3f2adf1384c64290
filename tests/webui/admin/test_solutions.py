"""Uploading a solution: everything wrong is said at once, nothing half deployed."""

from __future__ import annotations

import io
import zipfile

from services.solutions.folders import read_folder
from tests.webui.conftest import Site


def files(site: Site) -> dict[str, bytes]:
    return dict(read_folder(site.office.settings.solutions_dir, "appeals").files)


def upload(site: Site, content: dict[str, bytes] | bytes, slug: str = "appeals", go: str = "deploy"):
    packed = io.BytesIO()
    if isinstance(content, bytes):
        packed.write(content)
    else:
        with zipfile.ZipFile(packed, "w") as archive:
            for path, body in content.items():
                archive.writestr(path, body)
    packed.seek(0)
    return site.as_("admin").post(
        "/admin/solutions", {"slug": slug, "go": go, "bundle": (packed, "x.zip")}, content_type="multipart/form-data"
    )


def test_a_changed_solution_becomes_the_next_version(site: Site):
    page = upload(site, files(site) | {"notes.md": b"new"})

    assert page.status == 303
    assert "Версия 2 развёрнута" in site.as_("admin").get("/admin/solutions").words


def test_the_same_again_is_left_alone(site: Site):
    upload(site, files(site))

    assert "уже новейшая" in site.as_("admin").get("/admin/solutions").words


def test_findings_name_file_place_and_remedy_and_nothing_is_deployed(site: Site):
    broken = files(site)
    broken["appeals.bpmn"] = broken["appeals.bpmn"].replace(
        b'camunda:topic="card.register"', b'camunda:topic="card.fly"'
    )

    page = upload(site, broken)

    assert page.status == 422
    assert "give_number" in page.words
    assert "card.fly" in page.words
    assert "Версия 2" not in site.as_("admin").get("/admin/solutions").words


def test_only_checking_deploys_nothing(site: Site):
    page = upload(site, files(site) | {"notes.md": b"new"}, go="check")

    assert page.status == 200
    assert "можно развернуть" in page.words


def test_a_damaged_zip_is_told(site: Site):
    page = upload(site, b"PK\x03\x04 nonsense")

    assert page.status == 422
    assert "повреждён" in page.words


def test_the_files_come_back_byte_for_byte(site: Site):
    answer = site.as_("admin").get("/admin/solutions/appeals/1.zip").answer
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        back = {name: archive.read(name) for name in archive.namelist()}

    assert back == files(site)

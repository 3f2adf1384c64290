"""Files of a card."""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.webui.conftest import Site


def attach(site: Site, who: str, ref: str, content: bytes, name: str, file: str = ""):
    return site.as_(who).post(
        f"/cards/{ref}/files" + (f"/{file}" if file else ""),
        {"class": "original", "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
    )


@pytest.fixture
def ref(site: Site) -> str:
    """A card still with the clerk, who may attach files to it."""
    site.file()
    return site.as_("anna").get("/cards").links("/cards/")[-1].split("/")[-1]


def test_it_is_attached_and_downloaded_whole(site: Site, ref: str):
    assert attach(site, "anna", ref, b"%PDF-1.4 letter", "Письмо.pdf").status == 303
    link = site.as_("anna").get(f"/cards/{ref}?tab=files").links("/files/")[0]

    page = site.as_("anna").get(link)

    assert page.answer.data == b"%PDF-1.4 letter"
    assert page.answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in page.answer.headers["Content-Security-Policy"]


def test_a_new_version_leaves_the_old_one(site: Site, ref: str):
    attach(site, "anna", ref, b"%PDF-1.4 one", "a.pdf")
    link = site.as_("anna").get(f"/cards/{ref}?tab=files").links("/files/")[0].split("?")[0]

    page = attach(site, "anna", ref, b"%PDF-1.4 two", "a.pdf", link.split("/")[-1])

    assert page.status == 303
    assert site.as_("anna").get(link).answer.data == b"%PDF-1.4 two"
    assert site.as_("anna").get(f"{link}?version=1").answer.data == b"%PDF-1.4 one"


def test_html_is_never_served_as_html(site: Site, ref: str):
    attach(site, "anna", ref, b"<html><script>alert(1)</script>", "page.html")
    link = site.as_("anna").get(f"/cards/{ref}?tab=files").links("/files/")[0]

    assert site.as_("anna").get(link).answer.content_type.startswith("text/plain")


def test_a_bomb_a_strange_name_and_nothing_are_told(site: Site, ref: str):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zero", b"\0" * 300_000_000)

    assert attach(site, "anna", ref, bomb.getvalue(), "bomb.zip").status == 422
    assert attach(site, "anna", ref, b"x", "a\u202egpj.exe").status == 422
    assert attach(site, "anna", ref, b"", "empty.txt").status == 422
    assert site.as_("anna").post(f"/cards/{ref}/files", {"class": "original"}).status == 422


def test_a_file_over_the_limit_is_told(site: Site, ref: str):
    site.app.config["MAX_CONTENT_LENGTH"] = 1000

    assert attach(site, "anna", ref, b"x" * 2000, "large.txt").status == 413


def test_a_stranger_finds_nothing(site: Site, ref: str):
    attach(site, "anna", ref, b"%PDF-1.4 letter", "a.pdf")
    link = site.as_("anna").get(f"/cards/{ref}?tab=files").links("/files/")[0]

    assert site.as_("egor").get(link).status == 404
    assert attach(site, "egor", ref, b"x", "b.txt").status == 404


def test_a_file_is_not_reached_through_another_card(site: Site, ref: str):
    attach(site, "anna", ref, b"%PDF-1.4 letter", "a.pdf")
    link = site.as_("anna").get(f"/cards/{ref}?tab=files").links("/files/")[0]
    site.file()
    other = next(one for one in site.as_("anna").get("/cards").links("/cards/") if ref not in one).split("/")[-1]

    assert other != ref
    assert site.as_("anna").get(link.replace(ref, other)).status == 404

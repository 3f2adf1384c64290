"""Roles × modules, and who is put into a role and taken out of it."""

from __future__ import annotations

from dataclasses import replace

from lxml import html

from services.accounts.actors import INSTALLER
from services.accounts.create_account import NewAccount, create_account
from services.accounts.rules import roles_of
from services.solutions.check import check_files
from tests.services.letters import MANIFEST, acting, letters, put_on_shelf
from tests.webui.conftest import Site


def test_the_matrix_says_what_a_role_opens(site: Site):
    page = site.as_("admin").get("/admin/roles")
    table = html.fromstring(page.text).xpath("//table[.//a[@href='/admin/roles/clerk']]")[0]
    heads = [one.text_content().strip() for one in table.xpath(".//thead//th")]
    lines = {
        row.xpath("string(th)").strip(): [cell.text_content().strip() for cell in row.xpath("td")]
        for row in table.xpath(".//tbody/tr[td]")
    }

    def cell(module: str, role: str) -> str:
        return lines[module][heads.index(role) - 1]

    assert page.status == 200
    assert (
        cell("Видеть", "Делопроизводитель") == "да"
        and cell("Изменить", "Делопроизводитель") == "в некоторых состояниях"
    )
    assert cell("Создавать новые", "Делопроизводитель") == "да" and cell("Создавать новые", "Исполнитель") == "—"
    assert cell("Видеть", "Региональный директор") == "свой филиал"
    special = "Файлы «Служебная проверка»"
    assert cell(special, "Делопроизводитель") == "—" and "видеть" in cell(special, "Менеджер по обращениям")
    assert "/admin/roles/auditor" in page.text and site.as_("anna").get("/admin/roles").status == 404


def test_somebody_is_put_into_a_role_and_taken_out(site: Site):
    admin = site.as_("admin")
    assert "clerk2" in admin.get("/admin/roles/clerk").text
    assert "clerk" not in acting(site.office, "egor").roles

    assert admin.post("/admin/roles/clerk/members", {"login": "egor"}).status == 303
    assert "clerk" in acting(site.office, "egor").roles
    assert "egor" in admin.get("/admin/roles/clerk").text
    assert admin.post("/admin/roles/clerk/members/egor/exclude").status == 303
    assert "clerk" not in acting(site.office, "egor").roles


def test_what_is_not_there_or_may_not_be(site: Site):
    admin = site.as_("admin")
    unknown = admin.post("/admin/roles/clerk/members", {"login": "nobody"})
    both = admin.post("/admin/roles/auditor/members", {"login": "admin"})

    assert unknown.status == 422 and "Такого человека нет." in unknown.words
    assert both.status == 422 and "Администратор не может быть аудитором" in both.words
    for address in ("/admin/roles/admin", "/admin/roles/nothing"):
        assert admin.get(address).status == 404
        assert admin.post(f"{address}/members", {"login": "egor"}).status == 404
    assert admin.post("/admin/roles/clerk/members/nobody/exclude").status == 404
    assert site.as_("anna").post("/admin/roles/clerk/members", {"login": "egor"}).status == 404


def test_a_solution_cannot_make_administrators(site: Site):
    manifest = MANIFEST.replace("[roles]", "[roles]\nadmin = {}\nauditor = {}\nengine = {}")
    bundle = letters()
    bundle = replace(bundle, files={**bundle.files, "solution.toml": manifest.encode()})
    found = [one.element for one in check_files(bundle) if one.rule.code == "role-reserved"]
    assert found == ["admin", "auditor", "engine"]

    put_on_shelf(site.office, bundle)  # as one deployed before the rule was there
    create_account(site.office, INSTALLER, NewAccount("mallory", "Mallory", groups=("admin", "auditor", "engine")))
    assert acting(site.office, "mallory").roles == frozenset()
    assert roles_of([("role", "auditor", 0)], is_admin=True) == {"admin"}

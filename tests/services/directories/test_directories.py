"""A directory is seeded, searched, imported and exported."""

from __future__ import annotations

from datetime import date

import pytest

from engine.actor import Actor
from engine.errors import NotAllowed, SolutionError
from services.accounts.actors import INSTALLER
from services.bootstrap import Office
from services.directories.import_directory import import_directory, seed_directory_in
from services.directories.queries import children, export_directory, items, search_items
from services.directories.rules import read_directory

DAY = date(2026, 11, 22)
CSV = """code,parent,name_ru,name_en,name_fa,custodian,harm,valid_from,valid_to
01,,Товар,Goods,کالا,,1,,
01.01,,Мёд и хлеб,Honey,نان,quality,2,,
01.01.01,01.01,Плесень,Mould,کپک,quality,3,,
01.02,01,Старое,Old,قدیمی,,0,,2020-01-01
02,,Персонал,Staff,کارکنان,,0,,
""".encode()


@pytest.fixture(autouse=True)
def subjects(office: Office) -> None:
    import_directory(office, INSTALLER, "subjects", CSV)


def test_an_item_knows_its_path_its_leaf_and_its_language(office: Office) -> None:
    with office.database.reading() as session:
        found = items(session, "subjects", ["01.01.01", "01", "nope"], "ru", DAY)
        persian = items(session, "subjects", ["01.01.01"], "fa", DAY)
    assert (found["01.01.01"].name, found["01.01.01"].path) == ("Плесень", ("Товар", "Мёд и хлеб"))
    assert (found["01.01.01"].leaf, found["01"].leaf, found["01.01.01"].level) == (True, False, 3)
    assert found["01.01.01"].data == {"harm": "3"}
    assert persian["01.01.01"].path == ("کالا", "نان")
    assert set(found) == {"01.01.01", "01"}


def test_typing_finds_items_in_any_language_and_below_what_is_named(office: Office) -> None:
    with office.database.reading() as session:
        assert [one.code for one in search_items(session, "subjects", "мед", "ru", DAY)] == ["01.01", "01.01.01"]
        assert [one.code for one in search_items(session, "subjects", "мед", "ru", DAY, leaf=True)] == ["01.01.01"]
        assert [one.code for one in search_items(session, "subjects", "كپك", "ru", DAY)] == ["01.01.01"]
        assert [one.code for one in search_items(session, "subjects", "goods mould", "fa", DAY)] == ["01.01.01"]
        assert search_items(session, "subjects", "старое", "ru", DAY) == []
        assert search_items(session, "subjects", "100%", "ru", DAY) == []
        assert [one.code for one in children(session, "subjects", None, "ru", DAY)] == ["01", "02"]
        assert [one.code for one in children(session, "subjects", "01", "ru", DAY)] == ["01.01"]


def test_out_and_in_again_is_the_same(office: Office) -> None:
    with office.database.reading() as session:
        first = export_directory(session, "subjects")
    import_directory(office, INSTALLER, "subjects", first)
    with office.database.reading() as session:
        assert export_directory(session, "subjects") == first


def test_seeding_never_overwrites(office: Office) -> None:
    fresh, _ = read_directory(b"code,name_ru\n09,New\n", "x.csv", ("ru",))
    assert not office.database.run(lambda work: seed_directory_in(work, "subjects", fresh))
    assert office.database.run(lambda work: seed_directory_in(work, "others", fresh))


def test_a_broken_file_changes_nothing(office: Office) -> None:
    broken = "code,parent,name_ru\nа,б,А\nб,а,Б\nв,г,В\nд,,\nд,,Д\n,,Е\nе,,Е".encode()
    _, findings = read_directory(broken, "x.csv", ("ru",))
    assert sorted(found.code for found in findings) == [
        "directory-code-missing",
        "directory-code-twice",
        "directory-cycle",
        "directory-cycle",
        "directory-name-missing",
        "directory-parent-missing",
    ]
    with pytest.raises(SolutionError):
        import_directory(office, INSTALLER, "subjects", broken)
    with pytest.raises(SolutionError):
        import_directory(office, INSTALLER, "subjects", b"\xff\xfe")
    with pytest.raises(NotAllowed):
        import_directory(office, Actor(1, "Anna", "web"), "subjects", CSV)
    with office.database.reading() as session:
        assert len(search_items(session, "subjects", "", "ru", DAY)) == 4


def test_a_formula_comes_out_as_text(office: Office) -> None:
    import_directory(office, INSTALLER, "evil", b"code,name_ru\nx,=1+1\n")
    with office.database.reading() as session:
        assert b"'=1+1" in export_directory(session, "evil")

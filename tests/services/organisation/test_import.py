"""Units and people come in from files: looked at, taken whole, taken again without a change."""

from __future__ import annotations

import pytest

from engine.actor import Actor
from engine.errors import NotAllowed, SolutionError
from services.accounts.actors import INSTALLER
from services.accounts.principals import principal_id
from services.accounts.queries import find_people
from services.bootstrap import Office
from services.organisation.import_people import import_people, preview_people
from services.organisation.import_units import import_units, preview_units
from services.organisation.units import units

UNITS = b"code;parent;kind;name_en;head\nnorth;;region;North;\nshop;north;store;Shop;\nsouth;;region;South;\n"
PEOPLE = b"login,name,post,unit,groups,mail\nAnna,Anna K,Clerk,shop,clerks,anna@example.org\nboris,Boris,,north,,\n"


@pytest.fixture(autouse=True)
def house(office: Office) -> None:
    office.database.run(lambda work: principal_id(work.session, "group", "clerks", {}))
    import_units(office, INSTALLER, UNITS)


def test_units_are_added_moved_and_headed(office: Office) -> None:
    import_people(office, INSTALLER, PEOPLE)
    assert import_units(office, INSTALLER, UNITS) == []
    file = b"code,parent,kind,name_en,head\nshop,south,store,Corner shop,anna\nkiosk,shop,store,Kiosk,\n"
    with office.database.reading() as session:
        seen = preview_units(office, session, INSTALLER, file)
    assert {(one.what, one.code, one.columns) for one in seen.changes} == {
        ("changed", "shop", ("parent", "name_en", "head")),
        ("added", "kiosk", ()),
    }
    import_units(office, INSTALLER, file)
    with office.database.reading() as session:
        rows = {one.code: (one.parent, one.head, one.depth) for one in units(session)}
    assert (rows["shop"], rows["kiosk"]) == (("south", "anna", 1), ("shop", None, 2))


def test_people_are_added_and_changed_by_their_sign_in_name(office: Office) -> None:
    import_people(office, INSTALLER, PEOPLE)
    assert import_people(office, INSTALLER, PEOPLE) == []
    with office.database.reading() as session:
        anna = find_people(session, "anna")[0]
    assert (anna.login, anna.post, anna.unit, anna.groups, anna.mail) == (
        "anna", "Clerk", "shop", ("clerks",), "anna@example.org",
    )  # fmt: skip
    done = import_people(office, INSTALLER, b"login,name,unit\nanna,Anna Orlova,south\n")
    assert [(one.what, one.columns) for one in done] == [("changed", ("name", "unit"))]
    with office.database.reading() as session:
        anna = find_people(session, "orlova")[0]
    assert (anna.unit, anna.post, anna.groups) == ("south", "Clerk", ("clerks",))  # what the file has not stays


def test_a_faulty_file_is_told_line_by_line_and_changes_nothing(office: Office) -> None:
    wrong = "login,name,unit,groups\nанна,A,,\nboris,,shop,\nclara,C,nowhere,kings\nclara,C,,\n".encode()
    with office.database.reading() as session:
        seen = preview_people(office, session, INSTALLER, wrong)
        bad_head = preview_units(office, session, INSTALLER, b"code,name_en,head\nx,X,nobody\n")
        cycle = preview_units(office, session, INSTALLER, b"code,parent,name_en\nnorth,shop,North\n")
    assert [(found.code, found.line) for found in seen.findings] == [
        ("people-login", 2),
        ("people-name", 3),
        ("people-unit", 4),
        ("people-group", 4),
        ("people-twice", 5),
    ]
    assert [found.code for found in bad_head.findings] == ["units-head-unknown"]
    assert "directory-cycle" in {found.code for found in cycle.findings}
    with pytest.raises(SolutionError):
        import_people(office, INSTALLER, wrong)
    with pytest.raises(SolutionError):
        import_people(office, INSTALLER, b"\xff")
    with pytest.raises(NotAllowed):
        import_people(office, Actor(1, "Anna", "web"), PEOPLE)
    with office.database.reading() as session:
        assert find_people(session, "clara") == []

"""The executor writes the reply in a word processor; what was signed is what is printed."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from sqlalchemy import select

from engine.clock import ManualClock
from engine.errors import Invalid, NotAllowed
from services.bootstrap import Office
from services.cards.models import Card
from services.files.attach_file import add_version, attach_file, receive_file
from services.files.queries import files_of, open_file, versions_of
from services.files.reply_file import reply_file
from services.inbox.save_task_draft import save_task_draft
from services.portal.queries import follow_page, open_customer_file
from services.printing.draft_letter import DraftLetter, draft_letter
from services.printing.fill import text_of_document, with_lines
from services.signing.queries import signatures
from tests.services.inbox.road import PASSWORD, Road
from tests.services.printing.papers import paper

APPROVERS = ["lawyer", "quality"]
TEXT = "<p>Деньги вернём завтра.</p>"


@pytest.fixture
def road(office: Office, clock: ManualClock) -> Road:
    return Road(office, clock)


class Desk:
    """The executor's desk: the card's reply as a file."""

    def __init__(self, road: Road) -> None:
        self.road, self.office = road, road.office
        self.filed = road.registered()
        road.does("manager", "assign", "accept")
        self.executor = road.executor()
        self.card_ref = self.filed.card_ref

    def takes(self, login: str = "") -> DraftLetter:
        return draft_letter(self.office, self.road.actor(login or self.executor), self.card_ref, "Черновик")

    def reads(self, letter: DraftLetter) -> bytes:
        with self.office.database.reading() as session:
            _, content = open_file(self.office, session, self.road.actor(self.executor), letter.ref, letter.version)
        with content:
            return content.read()

    def brings(self, content: bytes, name: str = "ответ.docx", login: str = "") -> int:
        """As a new version of the file there is, else as the first."""
        actor, received = self.road.actor(login or self.executor), receive_file(self.office, name, [content])
        attach_file(self.office, actor, self.card_ref, "answer", received)
        return self.versions()

    def writes(self, *lines: str) -> None:
        self.brings(with_lines(self.office, self.reads(self.takes()), lines))

    def versions(self) -> int:
        with self.office.database.reading() as session:
            (file,) = [one for one in files_of(session, self.card(session).id) if one.file_class == "answer"]
            return file.version

    def card(self, session: Any) -> Card:
        return session.scalars(select(Card).filter_by(ref=self.card_ref)).one()

    def reply(self) -> Any:
        with self.office.database.reading() as session:
            card = self.card(session)
            return reply_file(session, card, self.office.shelf.card_type(session, card.type))

    def submits(self, text: str | None = None) -> None:
        self.road.clock.move(timedelta(minutes=1))
        values: dict[str, Any] = {"card__result": "confirmed", "approvers": APPROVERS}
        self.road.does(self.executor, "prepare", "submit", **values | ({"card__reply": text} if text else {}))

    def approved(self, second: str = "agree") -> None:
        self.road.does("lawyer", "approve", "agree", _mine=True)
        self.road.does("quality", "approve", second, _mine=True, remark="Срок?")
        self.road.clock.move(timedelta(minutes=1))

    def printed(self) -> str:
        """What the customer gets."""
        with self.office.database.reading() as session:
            page = follow_page(self.office, session, self.filed.token, self.road.manner)
            assert len(page.reply_files) == 1, page.reply_files
            _, content = open_customer_file(self.office, session, self.filed.token, page.reply_files[0].ref)
        with content:
            return text_of_document(self.office, content.read())


def test_the_signed_letter_is_what_the_executor_wrote(road: Road) -> None:
    desk = Desk(road)
    desk.writes("Вернём деньги до 1 декабря.")
    assert (desk.versions(), desk.reply().version) == (2, 2)
    desk.submits()
    desk.approved("refuse")
    desk.writes("Акт приложим.")
    desk.submits()
    desk.approved("remarks")
    road.does("head", "sign", "sign", password=PASSWORD)
    assert road.incidents() == []
    letter = desk.printed()
    for said in ("Вернём деньги до 1 декабря.", "Акт приложим.", "№ ОП-2026/00001", "Согласовано", "Срок?"):
        assert said in letter, letter
    assert "Директор по сервису" in letter and "{{" not in letter and "{%" not in letter
    with road.office.database.reading() as session:
        card = desk.card(session)
        made = versions_of(road.office, session, road.actor(desk.executor), desk.reply().ref)
        (signed,) = signatures(road.office, session, card.id, None)
        assert follow_page(road.office, session, desk.filed.token, road.manner).reply == ""
    assert [row.version for row in made] == [4, 3, 2, 1]
    assert {row.by for row in made if row.version in (2, 3)}.isdisjoint({made[0].by, made[3].by})
    assert (signed.holds, signed.covers) == (True, True)


def test_neither_text_nor_file_is_no_reply(road: Road) -> None:
    desk = Desk(road)
    desk.takes()
    with pytest.raises(Invalid) as refused:
        desk.submits()
    assert refused.value.fields == {"card.reply": ("reply-or-file-required", {})}
    desk.submits(TEXT)
    assert desk.reply() is None


def test_a_text_written_after_the_file_came_back_is_the_reply_and_a_newer_file_again(road: Road) -> None:
    desk = Desk(road)
    desk.writes("Из файла.")
    desk.submits("<p>Набросок.</p>")  # in the same stretch of writing the file is meant
    assert desk.reply().version == 2
    desk.approved("refuse")
    desk.submits("<p>Из поля, до 1 декабря.</p>")
    assert desk.reply() is None
    desk.approved("refuse")
    desk.brings(with_lines(road.office, paper("№ {{ letter.number }}"), ["Снова из файла."]))
    assert desk.reply().version == 3
    desk.submits()
    desk.approved()
    road.does("head", "sign", "sign", password=PASSWORD)
    assert desk.printed().startswith("№ ОП-2026/00001\nСнова из файла.")


def test_the_text_is_printed_on_the_deployed_template_when_it_is_the_reply(road: Road) -> None:
    desk = Desk(road)
    desk.takes()
    desk.submits(TEXT)
    desk.approved()
    road.does("head", "sign", "sign", password=PASSWORD)
    assert "Деньги вернём завтра." in desk.printed()
    assert road.incidents() == []


def test_only_who_writes_the_reply_takes_the_draft_or_brings_a_file_and_only_while_it_is_written(road: Road) -> None:
    desk = Desk(road)
    with pytest.raises(NotAllowed, match="letter-draft"):
        desk.takes("manager")
    with pytest.raises(NotAllowed, match="file-add"):
        desk.brings(paper("x"), login="manager")
    letter = desk.takes()
    desk.submits(TEXT)
    with pytest.raises(NotAllowed, match="letter-draft"):
        desk.takes()
    with pytest.raises(NotAllowed, match="file-add"):
        desk.brings(paper("x"))
    with pytest.raises(NotAllowed, match="file-add"):
        received = receive_file(road.office, "x.docx", [paper("x")])
        add_version(road.office, road.actor(desk.executor), letter.ref, received)


def bomb() -> bytes:
    made = BytesIO(paper("x"))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        for part in range(3):
            archive.writestr(f"word/big{part}.xml", bytes(range(256)) * 200_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"%PDF-1.4", "letter-not-docx"),
        ("просто текст".encode(), "letter-not-docx"),
        (paper("{{ secrets.key }} {{ letter.number }} {{ card.nothing }}"), "letter-names-unknown"),
        (paper("{% if signature.name %}"), "letter-broken"),
        (paper("{{ letter.number.__class__ }}"), "letter-broken"),
        (paper("{% for a in range(9) %}x{% endfor %}"), "letter-broken"),
        (paper("{{ letter.number | attr('__class__') }}"), "letter-broken"),
        (bomb(), "docx-too-large"),
    ],
)
def test_a_file_that_cannot_become_the_letter_is_refused_at_once(road: Road, content: bytes, code: str) -> None:
    desk = Desk(road)
    letter = desk.takes()
    with pytest.raises(Invalid) as refused:
        received = receive_file(road.office, "ответ.docx", [content])
        add_version(road.office, road.actor(desk.executor), letter.ref, received)
    assert refused.value.fields["file"][0] == code
    assert desk.versions() == 1


def test_unknown_marks_are_named(road: Road) -> None:
    desk = Desk(road)
    with pytest.raises(Invalid) as refused:
        desk.brings(paper("{{ secrets.key }} {{ card.nothing }}"))
    assert refused.value.fields == {"file": ("letter-names-unknown", {"names": "card.nothing, secrets.key"})}


def test_what_was_typed_and_not_sent_is_in_the_draft(road: Road) -> None:
    desk = Desk(road)
    ref = road.task("prepare")
    save_task_draft(road.office, road.actor(desk.executor), ref, {"card.reply": "<p>Набрано, но не отправлено.</p>"})
    document = Document(BytesIO(desk.reads(desk.takes())))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Набрано, но не отправлено." in said
    assert "{{ letter.number }}" in said
    addressed = "".join(document.element.itertext())
    assert "ООО «Рога & <Копыта>»" in addressed.replace("\u2060", "")

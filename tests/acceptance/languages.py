"""
Three languages, complete: catalogues, a Jalali day typed into a form, a customer's name intact on the printed reply.

Catalogues: nothing untranslated, no sentence left in English outside the list below, ru in Cyrillic, fa in Arabic script,
placeholders and plural forms complete. The rest goes over HTTP, on the road the demo plays.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from services.solutions.scenarios import Customer, Scenario
from tests.acceptance._server import Server, running
from webui.demo.command import story_of
from webui.demo.play import Road
from webui.demo.visitor import Visitor
from webui.translations.update import collect

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "chancery-demo"
SCRIPTS = {"ru": re.compile("[\u0400-\u04ff]"), "fa": re.compile("[\u0600-\u06ff]")}
PLACEHOLDER = re.compile(r"%\(\w+\)s|%\(\w+\)d|\{\w+\}")
LETTERS = re.compile(r"[A-Za-z]{2,}")
SAME_EVERYWHERE = {
    "%(day)s, %(time)s", "%(larger)s %(smaller)s", "Chancery", "BPMN", "DMN", "DOCX", "SQLite", "PostgreSQL", "Redis",
    "SHA-256", "PDF", "QR", "FEEL", "OK", "ID",
}  # fmt: skip
"""Sentences that read the same in every language: names, and moulds of nothing but placeholders."""
PERSIAN_DAY, KEPT_DAY = "۱۴۰۵/۰۹/۰۱", "2026-11-22"
CUSTOMER = "ООО «Рога & <Копыта>»"


def strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, (list, tuple)) else [message.string or ""]


def sources(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (list, tuple)) else [message.id]


def wrong(message: Message, language: str, plurals: int) -> str:
    """What is wrong with a translation; empty when nothing is."""
    english, said = sources(message), strings(message)
    if not all(said):
        return "not translated"
    if len(english) > 1 and len(said) != plurals:
        return f"{len(said)} plural forms of {plurals}"
    plain = english[-1]
    if plain in SAME_EVERYWHERE:
        return ""
    if any(text == plain for text in said) and LETTERS.search(PLACEHOLDER.sub("", plain)):
        return "left in English"
    wanted = set(PLACEHOLDER.findall(plain))
    for text in said:
        if set(PLACEHOLDER.findall(text)) - wanted or (wanted - set(PLACEHOLDER.findall(text)) and text == said[-1]):
            return f"placeholders differ: {text}"
        if LETTERS.search(PLACEHOLDER.sub("", plain)) and not SCRIPTS[language].search(text):
            return f"no letter of the script: {text}"
    return ""


def catalogues() -> int:
    """Both catalogues against the sentences of the sources."""
    short = 0
    wanted = {message.id if isinstance(message.id, str) else message.id[0] for message in collect() if message.id}
    for language in SCRIPTS:
        file = ROOT / f"webui/translations/{language}/LC_MESSAGES/messages.po"
        catalogue: Catalog = read_po(io.BytesIO(file.read_bytes()), locale=language)
        messages = [message for message in catalogue if message.id]
        known = {sources(message)[0] for message in messages}
        complaints = {
            sources(message)[0]: what for message in messages if (what := wrong(message, language, _forms(catalogue)))
        }
        complaints |= dict.fromkeys(wanted - known, "not in the catalogue")
        for english, what in list(complaints.items())[:20]:
            print(f"  {language}: {what}: {english[:90]!r}")
        plural = sum(len(sources(message)) > 1 for message in messages)
        print(f"{language}: {len(messages)} sentences, {plural} with plurals, wrong {len(complaints)}")
        short += len(complaints)
    return short


def _forms(catalogue: Catalog) -> int:
    return int(catalogue.num_plurals)


def clerk_in_persian(server: Server) -> Visitor:
    """The clerk reads Persian pages: chosen on the own page."""
    clerk = Visitor(server.url)
    clerk.sign_in("clerk", PASSWORD)
    clerk.get("/me").form("/me/language").send(language="fa")
    return clerk


def persian_day(server: Server) -> int:
    """The day as a Persian reader types it, in the form of a new card; then what the database keeps and the page shows."""
    clerk = clerk_in_persian(server)
    page = clerk.get("/cards/new/appeal")
    page = page.form("/cards/new/appeal").send(**{
        "card.kind": "question", "card.text": "پرسش", "card.received_on": PERSIAN_DAY,
        "card.applicant.name": CUSTOMER, "card.applicant.mail": "horns@example.com", "card.consent": "given",
    })  # fmt: skip
    with sqlite3.connect(f"file:{next(server.data.glob('*.db'))}?mode=ro", uri=True) as database:
        kept = json.loads(database.execute("select data from card order by id desc limit 1").fetchone()[0])
    shown = PERSIAN_DAY in page.text()
    print(f"{PERSIAN_DAY} typed: kept as {kept.get('received_on')}, shown again as typed: {shown}")
    direction = page.tree.get("dir") if page.tree.tag == "html" else page.tree.xpath("//html/@dir")[0]
    print(f"the page is {direction}, in {page.tree.xpath('//html/@lang')[0]}")
    return (kept.get("received_on") != KEPT_DAY) + (not shown) + (direction != "rtl")


def named(scenario: Scenario) -> Scenario:
    """The story with our customer in it."""
    cast = {
        name: replace(who, name=CUSTOMER) if isinstance(who, Customer) else who for name, who in scenario.cast.items()
    }
    return replace(scenario, cast=cast)


def printed(server: Server) -> int:
    """The whole road of the customer with the difficult name; the reply's own paragraphs hold it whole."""
    read, scenario = story_of(ROOT, "appeals")
    road = Road(server.url, read.manifest, named(scenario), PASSWORD)
    road.play()
    with tempfile.TemporaryDirectory(prefix="chancery-reply-") as folder:
        result = road.result(Path(folder), "admin")
        text = _paragraphs(Path(result["reply_docx"]))
    times = sum(CUSTOMER in paragraph for paragraph in text)
    print(f"reply {result['registration_number']}: {CUSTOMER} stands in {times} of {len(text)} paragraphs")
    return int(times == 0)


def _paragraphs(reply: Path) -> list[str]:
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    with zipfile.ZipFile(reply) as docx:
        tree = ElementTree.fromstring(docx.read("word/document.xml"))
    return ["".join(run.text or "" for run in one.iter(f"{space}t")) for one in tree.iter(f"{space}p")]


def main() -> int:
    short = catalogues()
    with running() as server:
        short += printed(server) + persian_day(server)
    return int(short > 0)


if __name__ == "__main__":
    sys.exit(main())

"""
Files only: a card type made from the help alone is deployed while the server runs, used by three roles, deployed anew.

`tests/fixtures/trips` is what somebody wrote who had read nothing but `webui/help/`: fields, life cycle, journal, template,
basis, views; the printed form is written here as they would in Word. Nothing is restarted: the process id is compared.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docx import Document

from tests.acceptance._server import CHANCERY, Server, running
from webui.demo.visitor import Page, Refused, Visitor

ROOT = Path(__file__).resolve().parents[2]
SLUG = "trips"
PASSWORD = "a long sentence of words"
PEOPLE = {"tanya": "traveller", "helen": "trip_head", "arkady": "trip_accountant", "stranger": ""}
SECOND: tuple[tuple[str, str, str], ...] = (
    ("solution.toml", 'version = "1.0"', 'version = "1.1"'),
    (
        "cards/trip.toml",
        '[[field]]\nkey = "advance"',
        '[[field]]\nkey = "hotel"\ntype = "yes_no"\nindex = true\n\n[[field]]\nkey = "advance"',
    ),
    ("cards/trip.toml", '"to_on", "transport"]', '"to_on", "carriage", "hotel"]'),
    ("cards/trip.toml", 'key = "transport"', 'key = "carriage"'),
    ("cards/trip.toml", 'purpose", transport = "train"', 'purpose", carriage = "train"'),
    ("cards/trip.toml", 'transport = "transport"', 'carriage = "carriage"'),
    ("cards/trip.toml", 'transport = "train"', 'carriage = "train"'),
    ("cards/trip.toml", '"from_on", "transport"]', '"from_on", "carriage", "hotel"]'),
    ("cards/trip.toml", "# How it lives", '[mapping]\ntransport = { to = "carriage" }\n\n# How it lives'),
    ("texts/en.toml", 'field.transport = "Transport"', 'field.carriage = "Carriage"\nfield.hotel = "Hotel"'),
)
"""What the second version says otherwise: a field renamed with its mapping, a new one, in the index at once."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="chancery-files-only-") as folder, running() as server:
        place = Path(folder)
        figures = played(server, place)
    for name, value in figures.items():
        print(f"{name}: {value}")
    print("files only: as it should be")
    return 0


def played(server: Server, place: Path) -> dict[str, Any]:
    """The whole story; whatever is not as it should be stops it with what and where."""
    pid = server.process.pid if server.process else 0
    first = written(place / "first")
    assert "nothing is wrong" in chancery(server, "check", SLUG, "--folder", str(first))
    assert "version 1 is deployed" in chancery(server, "deploy", SLUG, "--folder", str(first))
    people = {login: signed_in(server, login, group) for login, group in PEOPLE.items()}

    old, waiting = used_by_three(people), planned(people["tanya"], town="Kazan")
    second = changed(first, place / "second")
    assert "nothing is wrong" in chancery(server, "check", SLUG, "--folder", str(second))
    assert "version 2 is deployed" in chancery(server, "deploy", SLUG, "--folder", str(second))
    lives_on(people, old, waiting)

    assert server.process and server.process.poll() is None and server.process.pid == pid, "the server was restarted"
    files = 0
    for source, version in ((first, 1), (second, 2)):
        copy = place / f"copy{version}"
        chancery(server, "export", SLUG, "--into", str(copy), "--version", str(version))
        files = same(source, copy)
    lines = sum(len(one.read_text().splitlines()) for one in first.rglob("*") if one.suffix in {".toml", ".csv"})
    return {"files": files, "lines written": lines, "versions": 2, "roles": 3, "restarts": 0, "differing bytes": 0}


def written(folder: Path) -> Path:
    """The solution in a fresh folder: its files and the printed form."""
    shutil.copytree(ROOT / "tests/fixtures/trips", folder)
    (folder / "forms" / SLUG).mkdir(parents=True)
    forms = folder / "templates_docx" / SLUG
    forms.mkdir(parents=True)
    letter: Any = Document()
    letter.add_heading("Order for a business trip")
    letter.add_paragraph("No {{ card.number }}: {{ card.town }}, {{ card.purpose }}")
    letter.add_paragraph("From {{ card.from_on }} to {{ card.to_on }}. Spent: {{ card.spent }}")
    letter.save(str(forms / "trip_order.docx"))
    return folder


def changed(first: Path, folder: Path) -> Path:
    """The second version: the first one with some lines otherwise."""
    shutil.copytree(first, folder)
    for path, was, now in SECOND:
        file = folder / "processes" / SLUG / path
        text = file.read_text()
        if was in text:
            file.write_text(text.replace(was, now))
    return folder


def used_by_three(people: Mapping[str, Visitor]) -> str:
    """Tanya plans from a template, Helen agrees, Arkady settles; a stranger finds nothing. Gives the card's address."""
    tanya, helen, arkady = people["tanya"], people["helen"], people["arkady"]
    card = planned(tanya, template="file:to_the_factory", to_on="2026-12-20", transport="train")
    assert "Inspection of the factory" in tanya.get(card).text()
    assert missing(people["arkady"], card) and missing(people["stranger"], card)

    to_agree = helen.get("/cards?type=trip&view=to_agree")
    assert card in {link.removeprefix(helen.base) for link in to_agree.links("/cards/")}, to_agree.text(limit=600)
    refused = pressed(tanya, card, "register", strict=False)
    assert refused.status in (403, 404), refused.status
    page = pressed(helen, card, "register")
    number = re.search(r"TR-\d{4}/0001", page.text())
    assert number, page.text(limit=400)
    assert number[0] in helen.get("/journals/trip").text()

    assert number[0] in arkady.get("/cards?type=trip&view=to_settle").text()
    lacking = pressed(arkady, card, "settle", strict=False)
    assert lacking.status == 422, lacking.status
    costs = [{"what": "Tickets", "paid": "4 800,50"}, {"what": "Hotel", "paid": "7200"}]
    page = settled(arkady, card, costs)
    assert "Settled" in page.text() and re.search(r"12.?000[.,]5", page.text()), page.text(limit=600)

    paper = tanya.get(f"{card}/paper")
    words = "\n".join(one.text for one in Document(io.BytesIO(paper.body)).paragraphs)
    assert number[0] in words and "Inspection of the factory" in words, words
    return card


def lives_on(people: Mapping[str, Visitor], old: str, waiting: str) -> None:
    """Cards of the first version are read, moved and found in the second one; new ones have its fields."""
    tanya, helen = people["tanya"], people["helen"]
    page = tanya.get(old).text()
    assert "Carriage" in page and "Train" in page, page[:600]
    page = pressed(helen, waiting, "register").text()
    assert re.search(r"TR-\d{4}/0002", page), page[:400]
    fresh = planned(tanya, town="Samara", carriage="plane", hotel="1")
    assert "Hotel" in tanya.get(fresh).text()
    copy = tanya.get(f"/cards/new/trip?basis={old.rsplit('/', 1)[-1]}")
    assert b"Inspection of the factory" in copy.body
    until(lambda: "Kazan" in people["arkady"].get("/cards?type=trip&carriage=car").text(), "older cards in the index")


def planned(who: Visitor, **values: str) -> str:
    """
    A trip entered by hand, from a template if one is named; gives its address. What a script of the page would send (an
    entry of a directory) is sent here in its stead.
    """
    template = values.pop("template", "")
    form = who.get(f"/cards/new/trip?template={template}").form("/cards/new/trip")
    given = {"town": "", "purpose": "Talks", "from_on": "2026-12-15", "to_on": "2026-12-16"} | values
    if "town" in values and "carriage" not in values:
        given["transport"] = "car"
    for key, value in given.items():
        if value and (not template or key in values):
            form.set(**{f"card.{key}": value})
    page = form.send(then="open")
    assert "/cards/" in page.url and "/new" not in page.url, page.text(limit=400)
    return page.url.removeprefix(who.base)


def pressed(who: Visitor, card: str, transition: str, *, strict: bool = True) -> Page:
    """A button of the card, with nothing filled in that it may ask."""
    asked = who.get(f"{card}/act/{transition}", strict=False)
    if asked.status >= 400:
        return asked
    form = asked.form(f"/act/{transition}")
    try:
        return form.send()
    except Refused as error:
        if strict:
            raise
        return error.page


def settled(who: Visitor, card: str, costs: list[dict[str, str]]) -> Page:
    """The settling with its table filled in, as the page sends tables."""
    form = who.get(f"{card}/act/settle").form("/act/settle")
    return form.send(**{"card.costs": json.dumps(costs)})


def missing(who: Visitor, address: str) -> bool:
    return who.get(address, strict=False).status == 404


def signed_in(server: Server, login: str, group: str) -> Visitor:
    """Somebody made on the command line, with a password of their own."""
    made = chancery(server, "user", "add", login, login.title(), *(["--group", group] if group else []))
    given = made.split("first password", 1)[1].split()[0]
    who = Visitor(server.url, language="en")
    form = who.sign_in(login, given).form("/password/first")
    form.send(
        **{name: PASSWORD for name in form.fields if "password" in name and "csrf" not in name} | _old(form, given)
    )
    return who


def _old(form: Any, given: str) -> dict[str, str]:
    return {name: given for name in form.fields if name in {"old", "current", "password_now"}}


def chancery(server: Server, *words: str) -> str:
    """A command on the server's data while it runs; a refusal stops the program with what it said."""
    done = subprocess.run([*CHANCERY, *words], env=server.environment, capture_output=True, text=True, timeout=120)
    if done.returncode:
        raise SystemExit(f"chancery {' '.join(words)}: {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def same(source: Path, copy: Path) -> int:
    """How many files there are, each the same byte for byte and none more."""
    wanted = {one.relative_to(source): one.read_bytes() for one in source.rglob("*") if one.is_file()}
    found = {one.relative_to(copy): one.read_bytes() for one in copy.rglob("*") if one.is_file()}
    assert wanted.keys() == found.keys(), sorted(map(str, wanted.keys() ^ found.keys()))
    differing = [str(one) for one in wanted if wanted[one] != found[one]]
    assert not differing, differing
    return len(wanted)


def until(is_so: Any, what: str, seconds: float = 30) -> None:
    """Wait for what a job does; says what for when it gives up."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit(f"not within {seconds} s: {what}")
        time.sleep(0.2)


if __name__ == "__main__":
    sys.exit(main())

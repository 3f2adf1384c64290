"""
The road of a scenario over HTTP: everybody it names works at the pages in a session of their own, as a browser would.

What happened is read from the pages too: nothing here looks into the database.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.solutions.manifest import Manifest
from services.solutions.scenarios import FILE, Customer, Scenario, Step
from webui.demo.visitor import Page, Refused, Visitor

PATIENCE_SECONDS = 60


class Stuck(Exception):
    """A step that could not be done at the pages."""


@dataclass
class Road:
    """A play in progress: `pause` is called between steps (the acceptance programs kill the server in it)."""

    base: str
    manifest: Manifest
    scenario: Scenario
    password: str
    pause: Callable[[int, Step], None] = lambda number, step: None
    visitors: dict[str, Visitor] = field(default_factory=dict)
    receipt: str = ""
    code: str = ""
    card: str = ""
    completed: list[str] = field(default_factory=list)

    def visitor(self, who: str) -> Visitor:
        """The session of somebody of the cast; staff are signed in."""
        if who not in self.visitors:
            cast = self.scenario.cast.get(who, who)
            made = self.visitors[who] = Visitor(self.base)
            if isinstance(cast, str):
                made.sign_in(cast, self.password)
        return self.visitors[who]

    def play(self) -> None:
        """Every step; waiting is left out, since nobody moves the server's clock."""
        for number, step in enumerate(self.scenario.steps, 1):
            if step.wait is None:
                self.file(step) if step.does == FILE else self.do(step)
            self.pause(number, step)

    def file(self, step: Step) -> None:
        """The customer's own step: the portal's form, page by page."""
        customer = self.scenario.cast[step.who]
        if not isinstance(customer, Customer) or self.manifest.portal is None:
            raise Stuck(f"{step.who} cannot file at a portal")
        portal = f"/p/{self.manifest.portal.slug}"
        page = self.visitor(step.who).get(portal)
        form = page.form(portal)
        applicant = next(name.removesuffix(".name") for name in form.fields if name.endswith(".name"))
        said = {f"card.{key}": value for key, value in step.values.items()}
        said |= {f"{applicant}.{part}": text for part, text in vars(customer).items() if text}
        page = form.send(**said, go="on")
        page = page.form(portal).send(go="send")
        self.receipt, self.code = (_words(page, one) for one in ("#filed-number", "#filed-code"))

    def do(self, step: Step) -> Page:
        """Find the task in the person's inbox, fill its form, press its button: one completing POST."""
        page = self.find_task(step.who, step.does)
        return self.complete(page, step)

    def find_task(self, who: str, element: str) -> Page:
        """The page of the person's open task for *element* of this card; waits while the machine still works."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            inbox = self.visitor(who).get("/inbox")
            for link in inbox.links("/inbox/"):
                page = self.visitor(who).get(link)
                form = page.find("#task-form")
                if form and form[0].get("data-step") == element and self._is_ours(page):
                    return page
            time.sleep(0.2)
        raise Stuck(f"{who} has no task {element} after {PATIENCE_SECONDS} s: {inbox.text(limit=300)}")

    def _is_ours(self, page: Page) -> bool:
        linked = (urlsplit(link).path for link in page.find("//*[@id='task-title']/ancestor::*[2]//a/@href"))
        cards = [path for path in linked if path.startswith("/cards/") and path.count("/") == 2]
        if not self.card and cards:
            self.card = cards[0]
        return self.card in cards

    def complete(self, page: Page, step: Step) -> Page:
        form = page.form("/complete")
        settings = page.find("//*[@data-island='form']/script[@type='application/json']/text()")
        sent: dict[str, Any] = {"outcome": step.outcome, "remark": step.remark}
        if settings:
            kept = json.loads(settings[0])
            given = {key: value for key, value in (kept.get("data") or {}).items() if value not in (None, "", [])}
            asked = {one.get("key") for one in kept["schema"]["components"] if one.get("type") != "attachments"}
            sent["submission"] = json.dumps({k: v for k, v in {**given, **step.values}.items() if k in asked})
        if "password" in form.fields:
            sent["password"] = self.password
        answer = form.send(**sent)
        self.completed.append(f"{step.who}:{step.does}:{step.outcome}")
        return answer

    def result(self, folder: Path, admin: str) -> dict[str, Any]:
        """What the pages say at the end; the reply is downloaded into *folder*."""
        page = self._followed()
        reply = [link for link in page.links("/files/") if link.lower().endswith(".docx") or "/files/" in link]
        office = self.visitor(admin)
        head = next(w for w, cast in self.scenario.cast.items() if isinstance(cast, str))
        staff = self.visitor(self.scenario.steps[-1].who if self.scenario.steps[-1].who else head)
        sheet = staff.get(f"{self.card}?tab=approval")
        card = staff.get(self.card)
        number = _words(page, "#followed-number")
        return {
            "registration_number": number,
            "state": card.find("//*[@data-state]")[0].get("data-state"),
            "state_for_customer": _words(page, "#followed-state"),
            "approvals": [_visa(row) for row in sheet.find("//table[contains(@class,'ch-visas')]/tbody/tr")],
            "reply_docx": str(_download(self.visitor(self.scenario.steps[0].who), reply[0], folder)) if reply else None,
            "notifications": [
                " ".join(one.text_content().split()) for one in office.get("/admin/mail").find("//tbody//summary")
            ],
            "instance_ended": number in office.get("/admin/instances?state=completed").text(),
        }

    def _followed(self) -> Page:
        """The customer's page, once the machine has sent the answer (or patience ends)."""
        portal = f"/p/{self.manifest.portal.slug}" if self.manifest.portal else ""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            stranger = Visitor(self.base)
            page = stranger.get(f"{portal}/follow").form(f"{portal}/follow").send(number=self.receipt, code=self.code)
            if page.find("#followed-reply") or time.monotonic() > until:
                self.visitors[self.scenario.steps[0].who] = stranger
                return page
            time.sleep(0.3)


def _words(page: Page, selector: str) -> str:
    found = page.find(selector)
    if not found:
        raise Stuck(f"{page.url} has no {selector}: {page.text(limit=300)}")
    return " ".join(found[0].text_content().split())


def _visa(row: Any) -> dict[str, str]:
    decisions = {
        "ok": "agreed",
        "note": "remarks",
        "no": "refused",
        "skip": "skipped",
        "work": "waiting",
        "idle": "waiting",
    }
    who, _word, _since, _decided, remark = row.xpath("./td")
    return {
        "who": " ".join(who.text_content().split()),
        "decision": decisions.get(row.get("data-st"), row.get("data-st")),
        "remark": " ".join(remark.text_content().split()),
    }


def _download(visitor: Visitor, link: str, folder: Path) -> Path:
    page = visitor.get(link)
    if page.status != 200:
        raise Refused(page)
    path = folder / "reply.docx"
    path.write_bytes(page.body)
    return path

"""
A person at the pages: follows links and sends forms as a browser without scripts would, in a session of their own.

Used by `chancery demo --play` and by the acceptance programs: nothing is known here but HTTP and HTML.
"""

from __future__ import annotations

import http.client
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

Upload = tuple[str, str, bytes]  # field name, file name, content


class Refused(Exception):
    """The server answered with an error; `page` is what it said."""

    def __init__(self, page: Page) -> None:
        super().__init__(f"{page.status} {page.url}: {page.text(limit=300)}")
        self.page = page


@dataclass
class Form:
    """A form of a page: its fields as the page filled them; `send` presses its (named) button."""

    page: Page
    action: str
    method: str
    fields: dict[str, list[str]]

    def set(self, **values: Any) -> Form:
        for name, value in values.items():
            self.fields[name] = [str(one) for one in (value if isinstance(value, list) else [value])]
        return self

    def send(self, *, uploads: Iterable[Upload] = (), **values: Any) -> Page:
        self.set(**values)
        pairs = [(name, value) for name, several in self.fields.items() for value in several]
        if self.method == "get":
            return self.page.visitor.get(f"{self.action}?{urlencode(pairs)}")
        return self.page.visitor.post(self.action, pairs, uploads=list(uploads), referer=self.page.url)


@dataclass
class Page:
    """An answer of the server."""

    visitor: Visitor
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    _tree: Any = field(default=None, repr=False)

    @property
    def tree(self) -> Any:
        if self._tree is None:
            self._tree = html.fromstring(self.body.decode("utf-8"), base_url=self.url)
        return self._tree

    def json(self) -> Any:
        return json.loads(self.body)

    def text(self, *, limit: int = 0) -> str:
        words = " ".join(self.tree.xpath("string(//main)").split() or self.tree.text_content().split())
        return words[:limit] if limit else words

    def find(self, selector: str) -> list[Any]:
        """Elements by a CSS class (`.x`), id (`#x`) or XPath."""
        if selector.startswith("."):
            path = f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {selector[1:]} ')]"
        else:
            path = f"//*[@id='{selector[1:]}']" if selector.startswith("#") else selector
        return list(self.tree.xpath(path))

    def links(self, part: str) -> list[str]:
        """Addresses of links whose path contains *part*, in the order of the page, each once."""
        found = [urljoin(self.url, link) for link in self.tree.xpath("//a/@href")]
        return list(dict.fromkeys(link for link in found if part in urlsplit(link).path))

    def form(self, part: str) -> Form:
        """The form whose action contains *part*."""
        for element in self.tree.forms:
            action = urljoin(self.url, element.get("action") or self.url)
            if part in urlsplit(action).path:
                return Form(self, action, (element.get("method") or "get").lower(), _fields(element))
        forms = [element.get("action") for element in self.tree.forms]
        raise LookupError(f"no form for {part} on {self.url}; there are {forms}")


def _fields(element: Any) -> dict[str, list[str]]:
    filled: dict[str, list[str]] = {}
    for one in element.xpath(".//input|.//select|.//textarea"):
        name, kind = one.get("name"), (one.get("type") or "").lower()
        if not name or one.get("disabled") is not None or kind in {"submit", "button", "file"}:
            continue
        if kind in {"checkbox", "radio"} and one.get("checked") is None:
            continue
        if one.tag == "select":
            values = [o.get("value", o.text_content()) for o in one.xpath(".//option[@selected]")]
        elif one.tag == "textarea":
            values = [one.text_content().removeprefix("\n")]
        else:
            values = [one.get("value") or ("on" if kind == "checkbox" else "")]
        filled.setdefault(name, []).extend(values)
    return filled


class Visitor:
    """
    One person, one session: cookies are kept, redirects followed, answers of 400 and more raised unless not `strict`. With
    *address* it comes from there (127.x.y.z: many customers on one machine, each within the rate of its own).
    """

    def __init__(self, base: str, *, language: str = "ru", address: str = "") -> None:
        self._from = (address, 0) if address else None
        self.base = base.rstrip("/")
        self.language = language
        self.cookies: dict[str, str] = {}
        self.log: list[tuple[str, str, int]] = []

    def get(self, address: str, *, strict: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        return self._open("GET", address, None, dict(headers or {}), strict)

    def post(
        self,
        address: str,
        pairs: list[tuple[str, str]],
        *,
        uploads: list[Upload] | None = None,
        referer: str | None = None,
        strict: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        sent = dict(headers or {})
        if referer:
            sent["Referer"] = referer
        if uploads:
            boundary = uuid.uuid4().hex
            sent["Content-Type"] = f"multipart/form-data; boundary={boundary}"
            body = _multipart(boundary, pairs, uploads)
        else:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(pairs).encode()
        return self._open("POST", address, body, sent, strict)

    def sign_in(self, login: str, password: str) -> Page:
        return self.get("/sign-in").form("/sign-in").send(login=login, password=password)

    def _open(self, method: str, address: str, body: bytes | None, headers: dict[str, str], strict: bool) -> Page:
        url = urljoin(self.base + "/", address)
        for _ in range(10):
            page = self._once(method, url, body, headers)
            if page.status not in {301, 302, 303, 307, 308}:
                break
            url = urljoin(url, page.headers["location"])
            if page.status not in {307, 308}:
                method, body = "GET", None
                headers = {name: value for name, value in headers.items() if name != "Content-Type"}
        if strict and page.status >= 400:
            raise Refused(page)
        return page

    def _once(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Page:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60, source_address=self._from)
        sent = {"Accept-Language": self.language, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        self.log.append((method, parts.path, answer.status))
        return Page(self, url, answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)


def _multipart(boundary: str, pairs: list[tuple[str, str]], uploads: list[Upload]) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in pairs
    ]
    for name, file_name, content in uploads:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
        parts.append((head + "Content-Type: application/octet-stream\r\n\r\n").encode() + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()

"""
Our sanitised HTML as WordprocessingML paragraphs: bold, italic, underline, strike, headings, lists, quotes, links.

Lists are written with their marks as text and a hanging indent, so they need no numbering part in the template.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.sax.saxutils import escape

_MARKS = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "s": "strike", "del": "strike"}
_BLOCKS = {"p", "div", "blockquote", "h1", "h2", "h3", "h4", "li", "ul", "ol", "pre", "tr", "table"}
_HEADINGS = {"h1", "h2", "h3", "h4"}
_INDENT = 425  # twentieths of a point: 7.5 mm a level


@dataclass
class _Paragraph:
    runs: list[str] = field(default_factory=list)
    indent: int = 0
    mark: str = ""
    heading: bool = False


class _Reader(HTMLParser):
    def __init__(self, rtl: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._rtl = rtl
        self._open: list[str] = []
        self._lists: list[int | None] = []
        self._mark = ""
        self._links: list[str] = []
        self.done: list[_Paragraph] = []
        self._now: _Paragraph | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in {"ul", "ol"}:
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._mark = self._next_mark()
        elif tag == "br":
            self._run("<w:br/>")
            return
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._write_address(self._links.pop())
        if tag in _BLOCKS:
            self._end_paragraph()
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in self._open:
            del self._open[len(self._open) - 1 - self._open[::-1].index(tag)]

    def handle_data(self, data: str) -> None:
        if self._now is None and not data.strip():
            return
        words = data if "pre" in self._open else " ".join(data.split("\n"))
        self._run(f'<w:t xml:space="preserve">{escape(words)}</w:t>')

    def finish(self) -> list[_Paragraph]:
        self.close()
        self._end_paragraph()
        return self.done

    def _next_mark(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "•"
        self._lists[-1] += 1
        return f"{self._lists[-1]}."

    def _write_address(self, href: str) -> None:
        if href.startswith(("http://", "https://")):
            self._run(f'<w:t xml:space="preserve"> ({escape(href)})</w:t>')

    def _run(self, content: str) -> None:
        if self._now is None:
            level = len(self._lists) + ("blockquote" in self._open)
            self._now = _Paragraph([], level * _INDENT, self._mark, bool(_HEADINGS.intersection(self._open)))
            self._mark = ""
        marks = {_MARKS[tag] for tag in self._open if tag in _MARKS} | ({"b"} if self._now.heading else set())
        properties = "".join(
            '<w:u w:val="single"/>' if m == "u" else f"<w:{m}/>"
            for m in sorted(marks, key=["b", "i", "strike", "u"].index)
        )
        properties += "<w:rtl/>" if self._rtl else ""
        self._now.runs.append(f"<w:r><w:rPr>{properties}</w:rPr>{content}</w:r>")

    def _end_paragraph(self) -> None:
        if self._now is not None:
            self.done.append(self._now)
        self._now = None


def paragraphs(html: str, *, rtl: bool = False) -> str:
    """WordprocessingML `<w:p>` elements for *html*; every character of the text is escaped."""
    reader = _Reader(rtl)
    reader.feed(html)
    return "".join(_paragraph(made, rtl) for made in reader.finish())


def plain(html: str) -> str:
    """The text alone, a line a paragraph, list marks kept."""
    reader = _PlainReader()
    reader.feed(html)
    return reader.text()


def _paragraph(made: _Paragraph, rtl: bool) -> str:
    properties = "<w:bidi/>" if rtl else ""
    if made.indent:
        hanging = f' w:hanging="{_INDENT}"' if made.mark else ""
        properties += f'<w:ind w:start="{made.indent}"{hanging}/>'
    mark = f'<w:r><w:t xml:space="preserve">{escape(made.mark)}</w:t></w:r><w:r><w:tab/></w:r>' if made.mark else ""
    return f"<w:p><w:pPr>{properties}</w:pPr>{mark}{''.join(made.runs)}</w:p>"


class _PlainReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS or tag == "br":
            self._break()
        if tag == "li":
            self._lines[-1] = "• "

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        self._lines[-1] += " ".join(data.split("\n")) if self._lines[-1] else data.replace("\n", " ").lstrip()

    def _break(self) -> None:
        if self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._lines).strip()

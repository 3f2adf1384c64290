"""Small DOCX templates made for a test."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from docx import Document


def paper(*lines: str, header: str = "", title: str = "", rows: Sequence[Sequence[str]] = ()) -> bytes:
    """A DOCX with a paragraph a line, a table of *rows*, a page header and a document title."""
    made = Document()
    for line in lines:
        made.add_paragraph(line)
    if rows:
        table = made.add_table(len(rows), len(rows[0]))
        for r, row in enumerate(rows):
            for c, text in enumerate(row):
                table.cell(r, c).text = text
    made.sections[0].header.paragraphs[0].text = header
    made.core_properties.title = title
    made.core_properties.author = "Анна"
    out = BytesIO()
    made.save(out)
    return out.getvalue()

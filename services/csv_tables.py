"""Tables as CSV files in and out: UTF-8, comma or semicolon, nothing a spreadsheet would take for a formula. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """The lines of a file with the number of each; every cell is trimmed text, a cell beyond the header is left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_table(content: bytes) -> Table:
    """Raises ValueError with the reason when the file is no CSV in UTF-8 with a header."""
    try:
        text = content.decode("utf-8-sig")
        head = text.partition("\n")[0]
        delimiter = ";" if head.count(";") > head.count(",") else ","
        reader = csv.DictReader(io.StringIO(text), strict=True, delimiter=delimiter)
        rows = tuple((reader.line_num, _cells(row)) for row in reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(str(error)) from error
    return Table(tuple((name or "").strip() for name in reader.fieldnames or ()), rows)


def _cells(row: Mapping[str | None, str | list[str] | None]) -> dict[str, str]:
    return {
        name.strip(): plain_cell((value or "").strip())
        for name, value in row.items()
        if name and not isinstance(value, list)
    }


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The file; `read_table` gives the same cells back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8")


def harmless_cell(cell: str) -> str:
    """A cell that would be a formula, or would be read back as another, begins with an apostrophe."""
    return "'" + cell if cell.startswith(_FORMULA) or plain_cell(cell) != cell else cell


def plain_cell(cell: str) -> str:
    """
    A cell as it was before it was made harmless.

    >>> plain_cell("'=1+1"), plain_cell("'tis"), plain_cell(harmless_cell("'=1"))
    ('=1+1', "'tis", "'=1")
    """
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'").startswith(_FORMULA) else cell

"""The whole schema as one readable text: tables in order of need, PostgreSQL's words."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from services.tables import Base

SCHEMA = Path(__file__).with_name("schema.sql")


def schema_text() -> str:
    """`schema.sql` as the models have it now."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    parts = ["-- The whole schema. Written by services/migrations/write.py; kept equal to the migrations by a test.\n"]
    for table in Base.metadata.sorted_tables:
        made = str(CreateTable(table).compile(dialect=dialect)).strip()
        indexes = [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(table.indexes, key=_name)]
        body = re.sub(r"[ \t]+$", "", made, flags=re.MULTILINE).replace("\t", "  ")
        parts.append("\n".join([f"{body};", *(f"{index};" for index in indexes)]))
    return "\n\n".join(parts) + "\n"


def _name(index: object) -> str:
    return str(getattr(index, "name", ""))

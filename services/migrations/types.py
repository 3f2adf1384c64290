"""How our column types are written in a migration and compared with what a database has."""

from __future__ import annotations

from typing import Any, Literal

from engine.store.types import Exact, JsonText, Moment, Norm, Sort

_PLAIN: dict[type, str] = {
    Moment: "sa.DateTime(timezone=True)",
    JsonText: "sa.Text()",
    Norm: "sa.Text()",
    Sort: 'sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")',
}


def plain_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Our types as plain SQLAlchemy ones; everything else as Alembic writes it."""
    if kind != "type":
        return False
    if isinstance(item, Exact):
        return f'sa.String({item.length}).with_variant(sa.String({item.length}, collation="C"), "postgresql")'
    return _PLAIN.get(type(item), False)


def comparable(_: Any, __: Any, ___: Any, ____: Any, metadata_type: Any) -> bool | None:
    """Our types are compared by what they are kept as (None: as usual)."""
    return False if type(metadata_type) in {*_PLAIN, Exact} else None

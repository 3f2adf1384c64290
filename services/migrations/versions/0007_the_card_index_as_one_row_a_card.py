"""the card index as one row a card, access rows by type"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEYS = [f"k{number:02}" for number in range(1, 25)]
NORMS = [f"n{number:02}" for number in range(1, 9)]


def exact(name: str, length: int = 200, *, nullable: bool = True) -> sa.Column[str]:
    kind = sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    _slots()
    _access()
    _index()
    _refresh()


def _slots() -> None:
    op.create_table(
        "card_refresh",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("type", name=op.f("pk_card_refresh")),
    )
    op.create_table(
        "card_slot",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=3), nullable=False),
        sa.Column("norm", sa.String(length=3), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("type", "field", name=op.f("pk_card_slot")),
    )


def _access() -> None:
    op.execute(
        "CREATE TEMPORARY TABLE kept_access AS SELECT a.principal_id, c.type, a.card_id, a.mask"
        " FROM card_access a JOIN card c ON c.id = a.card_id"
    )
    op.drop_table("card_access")
    op.create_table(
        "card_access",
        sa.Column("principal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mask", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_access_card_id")),
        sa.ForeignKeyConstraint(["principal_id"], ["principal.id"], name=op.f("fk_card_access_principal_id")),
        sa.PrimaryKeyConstraint("principal_id", "type", "card_id", name=op.f("pk_card_access")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_card_access_card", "card_access", ["card_id", "principal_id", "mask"])
    op.execute("INSERT INTO card_access SELECT principal_id, type, card_id, mask FROM kept_access")
    op.execute("DROP TABLE kept_access")


def _index() -> None:
    op.drop_table("card_index")
    op.create_table(
        "card_index",
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        exact("state", nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("unit_id", "author_id", "executor_id", "party_id")),
        *(exact(name) for name in ("due", "registered", "number", "title")),
        exact("words", 500),
        *(exact(name) for name in KEYS),
        *(exact(name, 500) for name in NORMS),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_index_card_id")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_index")),
    )
    columns = {name.removesuffix("_id"): name for name in ("state", "unit_id", "author_id", "executor_id", "party_id")}
    columns |= {name: name for name in ("due", "registered", "number", "title")}
    op.create_index("ix_card_index_id", "card_index", ["type", "card_id"])
    for name, column in columns.items():
        op.create_index(f"ix_card_index_{name}", "card_index", ["type", column, "card_id"])
    for name in (*KEYS, *NORMS):
        filled = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_card_index_{name}",
            "card_index",
            ["type", name, "card_id"],
            sqlite_where=filled,
            postgresql_where=filled,
        )


def _refresh() -> None:
    """What is known without reading a card is there at once; a job a type does the rest."""
    op.execute(
        "INSERT INTO card_index (card_id, type, state, unit_id, author_id, executor_id, party_id, number, title, words)"
        " SELECT id, type, state, unit_id, author_id, executor_id, party_id, substr(number_norm, 1, 200), title_sort,"
        " substr(coalesce(number_norm, '') || ' ' || title_norm, 1, 500) FROM card WHERE deleted_at IS NULL"
    )
    bind, now = op.get_bind(), datetime.now(UTC)
    for type, total in bind.execute(sa.text("SELECT type, count(*) FROM card GROUP BY type")).all():
        row = {"type": type, "total": total}
        bind.execute(
            sa.text("INSERT INTO card_refresh (type, run, up_to, done, total) VALUES (:type, 1, 0, 0, :total)"), row
        )
        job = sa.table(
            "job",
            *(sa.column(name) for name in ("kind", "payload", "state", "attempts", "max_attempts", "fence")),
            sa.column("run_at", sa.DateTime(timezone=True)),
            sa.column("created_at", sa.DateTime(timezone=True)),
        )
        at = now.replace(tzinfo=None) if bind.dialect.name == "sqlite" else now
        payload = json.dumps({"type": type, "run": 1})
        values = {"kind": "refresh-cards", "payload": payload, "state": "waiting", "attempts": 0, "max_attempts": 5}
        bind.execute(sa.insert(job).values(**values, fence=0, run_at=at, created_at=at))


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

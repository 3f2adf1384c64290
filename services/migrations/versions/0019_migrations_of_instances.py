"""Migrations of instances"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "migration",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("source_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_by_name", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["definition.id"], name=op.f("fk_migration_source_id")),
        sa.ForeignKeyConstraint(["target_id"], ["definition.id"], name=op.f("fk_migration_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration")),
        sa.UniqueConstraint("ref", name=op.f("uq_migration_ref")),
    )
    op.create_table(
        "migration_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("migration_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("refusals", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_migration_item_instance_id")),
        sa.ForeignKeyConstraint(["migration_id"], ["migration.id"], name=op.f("fk_migration_item_migration_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_migration_item")),
        sa.UniqueConstraint("migration_id", "instance_id", name=op.f("uq_migration_item_migration_id_instance_id")),
    )
    with op.batch_alter_table("migration_item", schema=None) as batch_op:
        batch_op.create_index("ix_migration_item_instance", ["instance_id"], unique=False)
        batch_op.create_index("ix_migration_item_state", ["migration_id", "state", "id"], unique=False)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

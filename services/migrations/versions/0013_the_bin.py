"""The bin"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "binned_card",
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asleep", sa.Text(), nullable=False),
        sa.Column("purge_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_binned_card_card_id")),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_binned_card")),
    )
    with op.batch_alter_table("binned_card", schema=None) as batch_op:
        batch_op.create_index("ix_binned_card_at", ["purged_at", "at", "card_id"], unique=False)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

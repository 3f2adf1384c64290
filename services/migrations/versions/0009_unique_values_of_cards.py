"""unique values of cards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_unique",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_unique_card_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_card_unique")),
    )
    with op.batch_alter_table("card_unique", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_unique_card_id"), ["card_id"], unique=False)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

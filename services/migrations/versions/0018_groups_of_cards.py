"""groups of cards"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_group",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_group")),
        sa.UniqueConstraint("ref", name=op.f("uq_card_group_ref")),
    )
    with op.batch_alter_table("card_group", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_group_made_by"), ["made_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_group_type"), ["type"], unique=False)

    op.create_table(
        "group_answer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_login", sa.String(length=64), nullable=False),
        sa.Column("transition", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cards", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("up_to", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Text(), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["card_group.id"], name=op.f("fk_group_answer_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_answer")),
    )
    with op.batch_alter_table("group_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_answer_group_id"), ["group_id"], unique=False)

    op.create_table(
        "grouped_card",
        sa.Column("group_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("card_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_grouped_card_card_id")),
        sa.ForeignKeyConstraint(["group_id"], ["card_group.id"], name=op.f("fk_grouped_card_group_id")),
        sa.PrimaryKeyConstraint("group_id", "card_id", name=op.f("pk_grouped_card")),
    )
    with op.batch_alter_table("grouped_card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grouped_card_card_id"), ["card_id"], unique=False)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

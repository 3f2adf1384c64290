"""history adds up to any moment"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "history_image",
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_history_image_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "revision", name=op.f("pk_history_image")),
    )
    op.create_table(
        "history_pack",
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_history_pack_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_history_pack")),
    )
    op.create_table(
        "history_tombstone",
        sa.Column("instance_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.Column("variables", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["instance.id"], name=op.f("fk_history_tombstone_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", name=op.f("pk_history_tombstone")),
    )
    with op.batch_alter_table("definition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_to_live", sa.String(length=32), nullable=True))


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

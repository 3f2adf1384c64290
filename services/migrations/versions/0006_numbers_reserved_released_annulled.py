"""numbers reserved released annulled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("journal_counter", schema=None) as batch_op:
        batch_op.alter_column(
            "journal", existing_type=sa.VARCHAR(length=64), type_=sa.String(length=255), existing_nullable=False
        )

    with op.batch_alter_table("registered_number", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=16), server_default="given", nullable=False))
        batch_op.add_column(sa.Column("reserved_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ended_by", sa.Integer(), nullable=True))
        batch_op.alter_column(
            "journal", existing_type=sa.VARCHAR(length=64), type_=sa.String(length=255), existing_nullable=False
        )
        batch_op.alter_column("seq", existing_type=sa.INTEGER(), nullable=True)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

"""directories with owners stewards and revisions"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "directory",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("stewards", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("solution", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_directory")),
    )
    op.execute(
        """
        INSERT INTO directory (code, names, scope, stewards, columns, revision)
        SELECT DISTINCT directory, '{}', 'organisation', '[]', '[]', 1 FROM directory_item
        """
    )
    with op.batch_alter_table("directory_item", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch_op.alter_column(
            "custodian", existing_type=sa.VARCHAR(length=64), type_=sa.String(length=80), existing_nullable=True
        )
        batch_op.create_index("ix_directory_item_custodian", ["custodian"], unique=False)
        batch_op.create_index("ix_directory_item_order", ["directory", "sort", "id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_directory_item_unit_id"), "unit", ["unit_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_directory_item_account_id"), "account", ["account_id"], ["id"])
    with op.batch_alter_table("directory_item", schema=None) as batch_op:
        batch_op.alter_column("revision", server_default=None)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

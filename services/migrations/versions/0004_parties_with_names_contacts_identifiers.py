"""parties with names contacts identifiers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "party_contact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("party_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_contact_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_contact")),
    )
    with op.batch_alter_table("party_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_contact_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_contact_party_id"), ["party_id"], unique=False)

    op.create_table(
        "party_identifier",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("party_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"], name=op.f("fk_party_identifier_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_identifier")),
    )
    with op.batch_alter_table("party_identifier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_party_identifier_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_party_identifier_party_id"), ["party_id"], unique=False)

    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.add_column(sa.Column("surname", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("given_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("father_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("short_name", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("form", sa.String(length=16), nullable=False, server_default="neutral"))
        batch_op.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(
            sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.create_index(batch_op.f("ix_party_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_party_merged_into_id"), "party", ["merged_into_id"], ["id"])
    with op.batch_alter_table("party", schema=None) as batch_op:
        batch_op.alter_column("form", server_default=None)
        batch_op.alter_column("revision", server_default=None)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

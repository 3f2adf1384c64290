"""the course of a card"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.add_column(sa.Column("course", sa.Text(), nullable=True))
    # The states each card has been in; the rest follows from its history when it is saved next.
    sqlite = op.get_bind().dialect.name == "sqlite"
    array, object = ("json_group_array", "json_object") if sqlite else ("json_agg", "json_build_object")
    states = "SELECT DISTINCT state FROM card_revision WHERE card_id = card.id"
    course = f"SELECT CAST({object}('been', {array}(been.state)) AS TEXT) FROM ({states}) AS been"  # noqa: S608
    op.execute(f"UPDATE card SET course = ({course})")  # noqa: S608


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

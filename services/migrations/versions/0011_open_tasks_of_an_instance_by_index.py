"""open tasks of an instance by index"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_instance_id"))
        batch_op.create_index("ix_task_instance", ["instance_id", "state", "id"], unique=False)


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

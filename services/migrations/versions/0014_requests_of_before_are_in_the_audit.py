"""requests of before are in the audit

What was printed, and what changed nothing, was accepted without a row in the audit: such requests get one now.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        sa.text(
            "INSERT INTO audit (at, actor_name, via, request_id, action, object_ref, details)"
            " SELECT CURRENT_TIMESTAMP, 'chancery', 'job', a.request_id, a.action, 'request',"
            " '{\"accepted_before\": true}'"
            " FROM accepted_request a LEFT JOIN"
            " (SELECT DISTINCT request_id FROM audit WHERE request_id IS NOT NULL) k ON k.request_id = a.request_id"
            " WHERE k.request_id IS NULL"
        )
    )


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

"""heads of units are principals

Access may be given to whoever is the head of a unit at the moment; what each head counts as follows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        sa.text(
            "INSERT INTO principal (kind, code, names)"
            " SELECT 'head', u.code, '{}' FROM unit u"
            " LEFT JOIN principal p ON p.kind = 'head' AND p.code = u.code WHERE p.id IS NULL"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO account_principal (account_id, principal_id, for_account_id)"
            " SELECT a.id, p.id, 0 FROM unit u JOIN principal p ON p.kind = 'head' AND p.code = u.code"
            " JOIN account a ON a.id = u.head_id WHERE a.active"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO account_principal (account_id, principal_id, for_account_id)"
            " SELECT DISTINCT s.deputy_id, p.id, s.absent_id FROM unit u"
            " JOIN principal p ON p.kind = 'head' AND p.code = u.code JOIN account a ON a.id = u.head_id"
            " JOIN substitution s ON s.absent_id = a.id WHERE a.active AND s.ended_at IS NULL"
        )
    )
    _posts()


def _posts() -> None:
    held = (
        "SELECT a.id AS account_id, m.principal_id AS group_id, a.unit_id AS unit_id FROM account a"
        " JOIN membership m ON m.account_id = a.id JOIN principal g ON g.id = m.principal_id AND g.kind = 'group'"
        " WHERE a.active AND a.unit_id IS NOT NULL"
        " UNION SELECT a.id, m.principal_id, p.unit_id FROM account a"
        " JOIN membership m ON m.account_id = a.id JOIN principal g ON g.id = m.principal_id AND g.kind = 'group'"
        " JOIN appointment p ON p.account_id = a.id AND p.active WHERE a.active"
    )
    code = "CAST(h.group_id AS VARCHAR) || '@' || CAST(h.unit_id AS VARCHAR)"
    op.execute(
        sa.text(
            "INSERT INTO principal (kind, code, names)"  # noqa: S608
            f" SELECT DISTINCT 'post', {code}, '{{}}' FROM ({held}) h"
        )
    )
    rows = f"FROM ({held}) h JOIN principal p ON p.kind = 'post' AND p.code = {code}"
    op.execute(
        sa.text(
            "INSERT INTO account_principal (account_id, principal_id, for_account_id)"
            f" SELECT DISTINCT h.account_id, p.id, 0 {rows}"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO account_principal (account_id, principal_id, for_account_id)"
            f" SELECT DISTINCT s.deputy_id, p.id, s.absent_id {rows}"
            " JOIN substitution s ON s.absent_id = h.account_id WHERE s.ended_at IS NULL"
        )
    )


def downgrade() -> None:
    """A backup is the way back."""
    raise NotImplementedError

"""Alembic's environment: runs on the connection it is given, in that connection's transaction."""

from __future__ import annotations

from alembic import context

from services.migrations.types import comparable, plain_type
from services.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=plain_type,
    compare_type=comparable,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()

"""
The way of the schema from release to release: Alembic with our own environment; migrations say what they do in plain
SQLAlchemy types, so that a later change of ours does not change them. `schema.sql` is the whole schema as one text.

A new migration: `python -m services.migrations.write "what changes"`, then `ruff format services/migrations`; read it,
keep it. Before the first release the initial one and `schema.sql` are written anew with `--initial` instead of a message.
"""

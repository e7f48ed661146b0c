"""Runs revisions on the connection that `indexes.storage.database` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from indexes.storage.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()

"""What notes are linked to papers by: addresses and titles, folded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from indexes.storage.rows import title_key, url_key

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("papers", sa.Column("url_key", sa.String(), nullable=True))
    op.add_column("papers", sa.Column("title_key", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    for paper_id, title, url in connection.execute(sa.text("SELECT paper_id, title, url FROM papers")).all():
        connection.execute(
            sa.text("UPDATE papers SET title_key = :title, url_key = :url WHERE paper_id = :paper_id"),
            {"title": title_key(title), "url": url_key(url) if url else None, "paper_id": paper_id},
        )
    op.create_index("papers_by_url", "papers", ["url_key"], unique=False)
    op.create_index("papers_by_title", "papers", ["role", "title_key"], unique=False)

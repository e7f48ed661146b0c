"""Venues, arXiv versions, and notes that are about a paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("papers", sa.Column("venue", sa.String(), nullable=True))
    op.add_column("papers", sa.Column("arxiv_version", sa.Integer(), nullable=True))
    op.add_column("papers", sa.Column("role", sa.String(), nullable=False, server_default="paper"))
    op.add_column("papers", sa.Column("about", sa.String(), nullable=True))
    op.create_index("papers_by_about", "papers", ["about"], unique=False)

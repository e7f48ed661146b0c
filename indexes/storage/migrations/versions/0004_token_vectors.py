"""Word pieces of passages beside their vectors; passages that are there already have none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "token_vectors",
        sa.Column("row", sa.Integer(), sa.ForeignKey("passages.row", ondelete="CASCADE"), primary_key=True),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
    )

"""The tables of a library. SQLite holds the truth; what FAISS and tantivy hold is derived from `changes` and rows here.

A passage's `row` is its number in the derived indexes. Numbers only grow (AUTOINCREMENT), so a row that was removed
never means another passage later.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()

LIBRARY_INFO = Table(
    "library_info",
    METADATA,
    Column("number", Integer, CheckConstraint("number = 1", name="only_one_row"), primary_key=True),
    Column("encoder_name", String, nullable=False),
    Column("encoder_sha256", String, nullable=False),
    Column("dimension", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("token", String, nullable=False),
)
"""One row. `generation` counts the writes; `token` is drawn anew at each, so that two libraries that went different
ways from one backup are told apart."""

PAPERS = Table(
    "papers",
    METADATA,
    Column("paper_id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("authors", Text, nullable=False),
    Column("published", String),
    Column("updated", String),
    Column("url", String),
    Column("arxiv_id", String),
    Column("doi", String),
    Column("categories", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("source", String, nullable=False),
    Column("source_kind", String, nullable=False),
    Column("content_sha256", String, nullable=False),
    Column("page_count", Integer, nullable=False),
    Column("venue", String),
    Column("arxiv_version", Integer),
    Column("role", String, nullable=False, server_default="paper"),
    Column("about", String),
    Column("parser", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("passage_count", Integer, nullable=False),
    Column("published_key", String),
    Column("arxiv_key", String),
    Column("doi_key", String),
    Column("url_key", String),
    Column("title_key", Text, nullable=False, server_default=""),
    Column("search_text", Text, nullable=False),
    Index("papers_by_content", "content_sha256"),
    Index("papers_by_arxiv", "arxiv_key"),
    Index("papers_by_doi", "doi_key"),
    Index("papers_by_added", "added_at"),
    Index("papers_by_about", "about"),
    Index("papers_by_url", "url_key"),
    Index("papers_by_title", "role", "title_key"),
)
"""`authors` and `categories` are JSON lists. The `_key` columns and `search_text` are folded for comparing.
A note's `title_key` has a line for each title that it may mean."""

PASSAGES = Table(
    "passages",
    METADATA,
    Column("row", Integer, primary_key=True),
    Column("passage_id", String, nullable=False, unique=True),
    Column("paper_id", String, ForeignKey("papers.paper_id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("spans", Text, nullable=False),
    Index("passages_by_paper", "paper_id", "ordinal", unique=True),
    sqlite_autoincrement=True,
)

VECTORS = Table(
    "vectors",
    METADATA,
    Column("row", Integer, ForeignKey("passages.row", ondelete="CASCADE"), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
"""Little-endian float32 of norm 1."""

TOKEN_VECTORS = Table(
    "token_vectors",
    METADATA,
    Column("row", Integer, ForeignKey("passages.row", ondelete="CASCADE"), primary_key=True),
    Column("blob", LargeBinary, nullable=False),
)
"""A passage's word pieces as `indexes.late_interaction.codes` writes them. A passage may have none: those of libraries
from before this table, in Japanese, or of an encoder without a projection."""

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("paper_id", String, ForeignKey("papers.paper_id", ondelete="CASCADE"), primary_key=True),
    Column("compressed_json", LargeBinary, nullable=False),
)
"""The parsed document as zlib-compressed JSON."""

CHANGES = Table(
    "changes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("token", String, nullable=False),
    Column("paper_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("first_row", Integer, nullable=False),
    Column("last_row", Integer, nullable=False),
    Index("changes_by_generation", "generation"),
    sqlite_autoincrement=True,
)
"""What each generation did: rows `first_row` to `last_row` (none where last < first) were added or removed."""

SHEETS = Table(
    "sheets",
    METADATA,
    Column("paper_id", String, ForeignKey("papers.paper_id", ondelete="CASCADE"), primary_key=True),
    Column("language", String, primary_key=True),
    Column("generator", String, primary_key=True),
    Column("sheet_json", Text, nullable=False),
    Column("created_at", String, nullable=False),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("job_id", String, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("progress", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("report", Text),
    Column("error", Text),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Index("jobs_by_state", "state", "number"),
    sqlite_autoincrement=True,
)

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("conversation_id", String, nullable=False, unique=True),
    Column("title", String, nullable=False),
    Column("paper_ids", Text),
    Column("created_at", String, nullable=False),
    sqlite_autoincrement=True,
)

TURNS = Table(
    "turns",
    METADATA,
    Column(
        "conversation_id",
        String,
        ForeignKey("conversations.conversation_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("ordinal", Integer, primary_key=True),
    Column("question", Text, nullable=False),
    Column("standalone_question", Text, nullable=False),
    Column("answer_json", Text, nullable=False),
)

"""What can be wrong with a library, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class ComplaintCode(StrEnum):
    """What can be wrong with a library."""

    DATABASE_DAMAGED = "database_damaged"
    LIBRARY_TOO_NEW = "library_too_new"
    ENCODER_MISMATCH = "encoder_mismatch"
    PAPER_INCOMPLETE = "paper_incomplete"
    VECTOR_DAMAGED = "vector_damaged"
    ORIGINAL_MISSING = "original_missing"
    ORIGINAL_CHANGED = "original_changed"
    ORPHAN_FILE = "orphan_file"
    LEFTOVER = "leftover"
    VECTORS_DAMAGED = "vectors_damaged"
    KEYWORDS_DAMAGED = "keywords_damaged"
    TOKEN_VECTORS_DAMAGED = "token_vectors_damaged"
    TOKEN_VECTORS_OUTDATED = "token_vectors_outdated"


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong; `place` is the file concerned, None where there is none to remove."""

    code: ComplaintCode
    message: str
    is_repairable: bool
    place: Path | None = None

"""Bytes and strings to the names of papers: content hashes, paper ids, arXiv ids, DOIs and dates."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

PAPER_ID_DIGITS = 12

_OWN_PAPER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_ARXIV = re.compile(
    r"(?:arxiv[:\s/]\s*|arxiv\.org/(?:abs|pdf|html)/)?"
    r"(?P<id>\d{4}\.\d{4,5}|[a-z-]{2,16}(?:\.[A-Z]{2})?/\d{7})(?P<version>v\d{1,2})?(?:\.pdf)?",
    re.IGNORECASE,
)
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"'<>]{1,200}")
_DATE = re.compile(r"(?P<y>(?:1[6-9]|20)\d\d)(?:\s*[-/.年]\s*(?P<m>\d{1,2})(?:\s*[-/.月]\s*(?P<d>\d{1,2}))?)?(?!\d)")
_HASH_CHUNK_BYTES = 1024 * 1024


def sha256_of_file(path: Path) -> str:
    """Return the hex SHA-256 of the file's bytes, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sha256_of_bytes(content: bytes) -> str:
    """Return the hex SHA-256 of these bytes."""
    return hashlib.sha256(content).hexdigest()


def paper_id_of(content_sha256: str) -> str:
    """Return the paper id that content has when it brings none of its own."""
    return content_sha256[:PAPER_ID_DIGITS]


def is_paper_id(name: str) -> bool:
    """Say whether a source's own paper id can be kept as it is."""
    return _OWN_PAPER_ID.fullmatch(name) is not None


def arxiv_id_in(text: str) -> str | None:
    """Return the arXiv id that this text is (with or without "arXiv:", an address around it, a version)."""
    found = _ARXIV.search(text) if "arxiv" in text.lower() else _ARXIV.fullmatch(text.strip())
    return found["id"] if found else None


def arxiv_version_in(text: str) -> int | None:
    """Return the version that an arXiv id in the text names, or None where it names none."""
    found = _ARXIV.search(text) if "arxiv" in text.lower() else _ARXIV.fullmatch(text.strip())
    return int(found["version"][1:]) if found and found["version"] else None


def doi_in(text: str) -> str | None:
    """Return the first DOI in the text, in lower case, without the punctuation that follows it in prose."""
    found = _DOI.search(text)
    return found.group().rstrip(".,;:)]}").lower() if found else None


def iso_date_in(text: str) -> str | None:
    """Return the first date in the text as exactly as it is given: "2024", "2024-03" or "2024-03-29"."""
    found = _DATE.search(text)
    if found is None:
        return None
    year, month, day = found["y"], int(found["m"] or 0), int(found["d"] or 0)
    if not 1 <= month <= 12:
        return year
    return f"{year}-{month:02d}" if not 1 <= day <= 31 else f"{year}-{month:02d}-{day:02d}"

"""A paper's record from its first page and from what the file says of itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from indexes.records import Language, Paper, SourceKind
from ingest.document import Block, BlockKind
from ingest.pdf.front_matter import is_junk_title, strip_abstract_start
from ingest.pdf.identifiers import find_date, find_doi, find_stamp
from ingest.pdf.lettering import cjk_share, kana_count
from ingest.pdf.properties import Properties

FEWEST_KANA = 20
JAPANESE_SHARE = 0.2
LONGEST_ABSTRACT = 6000


def describe_paper(
    content: bytes,
    *,
    source: str,
    title: str,
    authors: tuple[str, ...],
    blocks: Sequence[Block],
    properties: Properties,
    page_count: int,
) -> Paper:
    """Return the paper's record; what is nowhere stated stays None or empty."""
    digest = hashlib.sha256(content).hexdigest()
    own = own_text(blocks)
    stamp = find_stamp(own)
    url = f"https://arxiv.org/abs/{stamp.arxiv_id}" if stamp else None
    doi = find_doi(properties.doi) or find_doi(f"{properties.subject} {properties.keywords}") or find_doi(own)
    return Paper(
        paper_id=digest[:12],
        title=title or _fallback_title(properties, source),
        authors=authors,
        published=(stamp.published if stamp else None) or find_date(own) or (properties.created or "")[:4] or None,
        updated=None,
        url=url or (f"https://doi.org/{doi}" if doi else None),
        arxiv_id=stamp.arxiv_id if stamp else None,
        doi=doi,
        categories=stamp.categories if stamp else (),
        language=language_of(blocks),
        abstract=abstract_of(blocks),
        source=source,
        source_kind=SourceKind.PDF,
        content_sha256=digest,
        page_count=page_count,
    )


def own_text(blocks: Sequence[Block]) -> str:
    """Return the text in which only the paper's own identifiers stand: page 1's head, margins and footnotes."""
    kinds = (BlockKind.FURNITURE, BlockKind.AUTHORS, BlockKind.FOOTNOTE)
    first_body = [
        block.text
        for block in blocks
        if block.page == 1 and block.kind is BlockKind.PARAGRAPH and len(block.text) < 400
    ]
    return " \n".join([block.text for block in blocks if block.page == 1 and block.kind in kinds] + first_body)


def abstract_of(blocks: Sequence[Block]) -> str:
    """Return the abstract's text without its heading."""
    parts = [block.text for block in blocks if block.kind is BlockKind.ABSTRACT]
    return strip_abstract_start("\n".join(parts))[:LONGEST_ABSTRACT]


def language_of(blocks: Sequence[Block]) -> Language:
    """Return Japanese when enough of the text is, else English."""
    text = "".join(block.text for block in blocks[:400])
    is_japanese = kana_count(text) >= FEWEST_KANA and cjk_share(text) >= JAPANESE_SHARE
    return Language.JAPANESE if is_japanese else Language.ENGLISH


def _fallback_title(properties: Properties, source: str) -> str:
    if properties.title and not is_junk_title(properties.title):
        return properties.title
    return re.sub(r"\.pdf$", "", source.replace("\\", "/").rsplit("/", 1)[-1], flags=re.I) or source

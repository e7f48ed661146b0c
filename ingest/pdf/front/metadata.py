"""A paper's record from its first page and from what the file says of itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from indexes.records import Language, Paper, SourceKind
from ingest.document import Block, BlockKind
from ingest.pdf.front.abstract_words import ABSTRACT_START, choose_abstract, strip_abstract_start
from ingest.pdf.front.identifiers import ArxivStamp, find_date, find_doi, find_stamp
from ingest.pdf.front.imprint import find_imprint, tidy_venue, venue_in_subject
from ingest.pdf.front.matter import is_junk_title
from ingest.pdf.front.properties import Properties
from ingest.pdf.lettering import cjk_share, kana_count

FEWEST_KANA = 20
JAPANESE_SHARE = 0.2
LONGEST_ABSTRACT = 6000
OPENING_BLOCKS = 60
LONGEST_NOTE = 400
"""Characters of a paragraph on page 1 that may be a note about the paper; longer ones are its text."""


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
    xmp = properties.xmp
    stated = f"{properties.subject} {properties.keywords}"
    doi = find_doi(properties.doi) or find_doi(xmp.doi) or find_doi(stated) or find_doi(own)
    imprint = find_imprint(imprint_lines(blocks))
    return Paper(
        paper_id=digest[:12],
        title=title or _fallback_title(properties, source),
        authors=authors,
        published=published_on(own, stamp=stamp, year=imprint.year, properties=properties),
        updated=stamp.updated if stamp else None,
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
        venue=tidy_venue(xmp.venue) or imprint.venue or venue_in_subject(properties.subject),
        arxiv_version=stamp.version if stamp else None,
    )


def published_on(own: str, *, stamp: ArxivStamp | None, year: str | None, properties: Properties) -> str | None:
    """Return the date of publication: arXiv's, the one printed, the publisher's own of XMP, or the file's year."""
    if stamp is not None and stamp.published:
        return stamp.published
    return find_date(own, year=year) or properties.xmp.published or (properties.created or "")[:4] or None


def imprint_lines(blocks: Sequence[Block]) -> list[str]:
    """Return the lines in which a paper's imprint may stand: page 1's margins and notes, the heads of pages 2 and 3."""
    margins = (BlockKind.FURNITURE, BlockKind.FOOTNOTE)
    lines = [
        block.text
        for block in blocks
        if block.page == 1
        and (block.kind in margins or (block.kind is BlockKind.PARAGRAPH and len(block.text) < LONGEST_NOTE))
    ]
    return lines + [block.text for block in blocks if block.page in (2, 3) and block.kind is BlockKind.FURNITURE]


def own_text(blocks: Sequence[Block]) -> str:
    """Return the text in which only the paper's own identifiers stand: page 1's head, margins and footnotes."""
    kinds = (BlockKind.FURNITURE, BlockKind.AUTHORS, BlockKind.FOOTNOTE)
    first_body = [
        block.text
        for block in blocks
        if block.page == 1 and block.kind is BlockKind.PARAGRAPH and len(block.text) < LONGEST_NOTE
    ]
    return " \n".join([block.text for block in blocks if block.page == 1 and block.kind in kinds] + first_body)


def opening_of(blocks: Sequence[Block]) -> str:
    """Return the first blocks' text, by which its language is told."""
    return " ".join(block.text for block in blocks[:OPENING_BLOCKS])


def abstract_of(blocks: Sequence[Block]) -> str:
    """Return the abstract's text without its heading; of several, the first in the paper's own language."""
    abstracts: list[str] = []
    before: Block | None = None
    for block in (block for block in blocks if block.kind is BlockKind.ABSTRACT):
        if before is not None and before.section == block.section and not ABSTRACT_START.match(block.text):
            abstracts[-1] += f"\n{block.text}"
        else:
            abstracts.append(block.text)
        before = block
    texts = [strip_abstract_start(text)[:LONGEST_ABSTRACT] for text in abstracts]
    return choose_abstract(texts, is_japanese=language_of(blocks) is Language.JAPANESE)


def language_of(blocks: Sequence[Block]) -> Language:
    """Return Japanese when enough of the text is, else English."""
    text = "".join(block.text for block in blocks[:400])
    is_japanese = kana_count(text) >= FEWEST_KANA and cjk_share(text) >= JAPANESE_SHARE
    return Language.JAPANESE if is_japanese else Language.ENGLISH


def _fallback_title(properties: Properties, source: str) -> str:
    if properties.title and not is_junk_title(properties.title):
        return properties.title
    return re.sub(r"\.pdf$", "", source.replace("\\", "/").rsplit("/", 1)[-1], flags=re.I) or source

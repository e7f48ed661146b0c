"""The records that travel between rooms: a paper, its passages, and what a search returns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """Languages that a question, paper or sheet can be in."""

    ENGLISH = "en"
    JAPANESE = "ja"


class SourceKind(StrEnum):
    """What a paper was read from."""

    PDF = "pdf"
    MARKDOWN = "markdown"
    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"


class PaperRole(StrEnum):
    """Whether a record is a paper itself or what somebody wrote about one."""

    PAPER = "paper"
    NOTE = "note"


class PassageKind(StrEnum):
    """What part of a paper a passage is; only these kinds are evidence. A note's passages are all of kind `note`."""

    ABSTRACT = "abstract"
    BODY = "body"
    CAPTION = "caption"
    TABLE = "table"
    FOOTNOTE = "footnote"
    NOTE = "note"


class HitSource(StrEnum):
    """Which half of the search found a hit."""

    KEYWORD = "keyword"
    DENSE = "dense"
    FUSED = "fused"


class Box(NamedTuple):
    """A rectangle on a page in PDF points, origin at the page's top left, x0 <= x1 and y0 <= y1."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Span:
    """One line's part of a passage: `text[start:end]` stands on `page` inside `box`.

    Pages count from 1. `box` is None where the source has no pages to draw on (Markdown, HTML, text, JSONL); such a
    source is one page long.
    """

    start: int
    end: int
    page: int
    box: Box | None


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper's identity and metadata.

    `paper_id` comes from content or from arXiv/DOI, never from a counter or a clock. `published` and `updated` are ISO
    dates as exact as the source allows ("2024", "2024-03", "2024-03-29") or None. `source` is where it was read from,
    as the reader named it. `content_sha256` is of the file's bytes (of the line's bytes for JSONL). `arxiv_id` names no
    version; `arxiv_version` is its number, from 1. `venue` is the journal or conference as printed or registered. A
    note (`role`) is about another record: `about` is that paper's id where the library holds it, else None.
    """

    paper_id: str
    title: str
    authors: tuple[str, ...]
    published: str | None
    updated: str | None
    url: str | None
    arxiv_id: str | None
    doi: str | None
    categories: tuple[str, ...]
    language: Language
    abstract: str
    source: str
    source_kind: SourceKind
    content_sha256: str
    page_count: int
    venue: str | None = None
    arxiv_version: int | None = None
    role: PaperRole = PaperRole.PAPER
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is retrieved: whole sentences of one section, a slice of the document.

    `ordinal` counts from 0 in reading order within the paper. `section` is the heading path ("3 Method > 3.1 Data"), ""
    before the first heading. `spans` cover every non-space character of `text`, in order, without overlap.
    """

    passage_id: str
    paper_id: str
    ordinal: int
    text: str
    section: str
    kind: PassageKind
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one part of the search (keywords, meaning, best sentence, a penalty …) gave to a hit's score.

    `value` is what was measured, in its own unit (BM25, cosine, share); `amount` is what it added to the score or took.
    """

    name: str
    value: float
    amount: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search returned. Higher scores are better, rank counts from 1.

    Ties break by passage id, but a paper's own passage stands before a note's that says the same. `contributions` add
    up to the score, the largest first; they are empty where a passage was not searched for.
    """

    passage: Passage
    score: float
    rank: int
    source: HitSource
    contributions: tuple[Contribution, ...] = ()


def boxes_between(passage: Passage, start: int, end: int) -> tuple[tuple[int, Box], ...]:
    """Return (page, box) for each line part under `passage.text[start:end]`.

    Where the slice covers a part of a line, the line's box is cut in proportion to the characters covered (exact for
    even spacing, within about a letter for proportional type). Spans without a box give nothing.
    """
    placed = []
    for span in passage.spans:
        first, last = max(start, span.start), min(end, span.end)
        if first >= last or span.box is None:
            continue
        width, length = span.box.x1 - span.box.x0, span.end - span.start
        x0 = span.box.x0 + width * (first - span.start) / length
        x1 = span.box.x0 + width * (last - span.start) / length
        placed.append((span.page, Box(x0, span.box.y0, x1, span.box.y1)))
    return tuple(placed)


def role_of(passage: Passage) -> PaperRole:
    """Return whether the passage is a paper's own or a note's."""
    return PaperRole.NOTE if passage.kind is PassageKind.NOTE else PaperRole.PAPER


def page_at(passage: Passage, offset: int) -> int:
    """Return the page on which character `offset` of the passage stands."""
    for span in passage.spans:
        if offset < span.end:
            return span.page
    return passage.spans[-1].page

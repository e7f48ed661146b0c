"""Passages to counts of those that hold what is no evidence: entries of a reference list, or a page's furniture.

Both are looked for without the parser's help: reference entries by how they read, furniture by standing in the page's
outermost strips and recurring there on other pages, or by saying what only furniture says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from indexes.encoding.encoder import Encoder
from indexes.records import Passage
from ingest.document import BlockKind, ParsedDocument
from ingest.passages import make_passages

MARGIN_SHARE = 0.08
"""Share of the page's height, at its top and foot, where a recurring line is taken for furniture."""
LEAST_PAGES = 3
"""Pages on which a line, digits masked, recurs in the margin."""
ENTRY_SHARE = 0.35
"""Share of a passage's characters within reference entries from which it counts as reference text."""
PASSAGE_WORDS = 130

_NAME = r"(?:(?:van|von|de|del|der|di|la|le|el|al)\s+)?[A-ZÀ-Ž][\w’'-]+"
_INITIALS = r"(?:[A-ZÀ-Ž]\.?[\s-]?){1,3}"
_AUTHOR = rf"(?:{_NAME},?\s{_INITIALS}|{_INITIALS}\s?{_NAME})"
_YEAR = r"\(?(?:18|19|20)\d\d[a-z]?\)?"
_VENUE = (
    r"(?:pp?\.\s?\d|vol\.|\d+\s?\(\d+\)|\d+:\s?[\de]|,\s\d+,\s\d+|\bdoi\b|arXiv|\bIn:?\s[A-Z]|Proc\.|Journal|\bJ\.|Press|Conf|"
    r"Trans\.|https?:)"
)
_ENTRY = re.compile(rf"{_AUTHOR}[^\n]{{0,300}}?(?:{_YEAR}[^\n]{{0,200}}?{_VENUE}|{_VENUE}[^\n]{{0,120}}?{_YEAR})")
_STAMP = re.compile(
    r"downloaded (?:from|by)|all rights reserved|©\s?(?:19|20)\d\d|\bpage \d+ of \d+\b|for personal use only|"
    r"this article is (?:licensed|protected)|authorized licensed use|preprint not peer reviewed",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+|\b[ivxlc]+\b")


@dataclass(frozen=True, slots=True)
class EvidenceCounts:
    """Passages of one paper, and those with reference text or furniture; examples are their openings.

    `reference_runs` are the paper's own reference list cut into lengths of a passage, `recognised_runs` those that the
    measure takes for reference text: how far it can be trusted.
    """

    passages: int
    with_references: int
    with_furniture: int
    reference_runs: int
    recognised_runs: int
    examples: tuple[str, ...]


NOTHING_COUNTED = EvidenceCounts(0, 0, 0, 0, 0, ())


def count_evidence(document: ParsedDocument, *, encoder: Encoder) -> EvidenceCounts:
    """Return the counts for one paper's passages."""
    passages = make_passages(document, encoder=encoder)
    furniture = _marginal_texts(document)
    cited = [passage for passage in passages if reads_as_references(passage.text)]
    marked = [passage for passage in passages if _holds_furniture(passage, furniture, document)]
    runs = list(_reference_runs(document))
    return EvidenceCounts(
        len(passages),
        len(cited),
        len(marked),
        len(runs),
        sum(map(reads_as_references, runs)),
        tuple(f"references: {passage.text[:160]!r}" for passage in cited)
        + tuple(f"furniture: {passage.text[:160]!r}" for passage in marked),
    )


def reads_as_references(text: str) -> bool:
    """Say whether two entries or more, or entries over much of the text, stand in it."""
    joined = text.replace("\n", " ")
    entries = [found.end() - found.start() for found in _ENTRY.finditer(joined)]
    return len(entries) >= 2 and sum(entries) >= ENTRY_SHARE * len(joined)


def _reference_runs(document: ParsedDocument) -> Iterator[str]:
    run: list[str] = []
    for block in document.blocks:
        if block.kind is BlockKind.REFERENCE:
            run.extend(block.text.split())
            if len(run) >= PASSAGE_WORDS:
                yield " ".join(run)
                run = []


def _marginal_texts(document: ParsedDocument) -> frozenset[str]:
    """Return the lines, digits masked, that recur in the outermost strips of the pages, whatever their kind."""
    heights = {page.number: page.height for page in document.pages}
    pages_of: dict[str, set[int]] = {}
    for block in document.blocks:
        for line in block.lines:
            height = heights[line.page]
            if line.box and (line.box.y1 < MARGIN_SHARE * height or line.box.y0 > (1 - MARGIN_SHARE) * height):
                pages_of.setdefault(_masked(block.text[line.start : line.end]), set()).add(line.page)
    return frozenset(text for text, pages in pages_of.items() if len(pages) >= LEAST_PAGES and text)


def _holds_furniture(passage: Passage, marginal: frozenset[str], document: ParsedDocument) -> bool:
    if _STAMP.search(passage.text) and len(passage.text) < 600:
        return True
    heights = {page.number: page.height for page in document.pages}
    for span in passage.spans:
        height = heights[span.page]
        if span.box is None or not (span.box.y1 < MARGIN_SHARE * height or span.box.y0 > (1 - MARGIN_SHARE) * height):
            continue
        if _masked(passage.text[span.start : span.end]) in marginal:
            return True
    return False


def _masked(text: str) -> str:
    return _DIGITS.sub("#", " ".join(text.casefold().split()))


def total(counts: list[EvidenceCounts]) -> Counter[str]:
    """Return the sums over papers, by field."""
    sums: Counter[str] = Counter()
    for each in counts:
        sums.update(
            passages=each.passages,
            with_references=each.with_references,
            with_furniture=each.with_furniture,
            reference_runs=each.reference_runs,
            recognised_runs=each.recognised_runs,
        )
    return sums

"""A sheet becomes what a reader sees, before any markup: plain strings, sentences with numbers, numbered citations.

Markers count through the whole sheet, so that one list of citations serves every answer. All strings are as the paper
has them, unescaped; the renderers escape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.answering.records import Answer, AnswerStatus, Citation
from app.sheets.faults import shown_claims
from app.sheets.labels import Labels, read_labels
from app.sheets.records import QASheet
from app.sheets.templates_reader import template_table
from indexes.records import Paper, SourceKind

PageLink = Callable[[Citation], str | None]
"""Returns the address of a citation's page, or None where there is none to show."""

_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_OWN_REFERENCES = re.compile(r"\s*\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\]")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::\d+)?(?:/[A-Za-z0-9._~/?#&=%+:@,;-]*)?")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer and the numbers of its citations."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NumberedCitation:
    """A citation of the whole sheet; `place` is page and section in words, `link` opens the page where there is one."""

    number: int
    place: str
    quote: str
    link: str | None


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A question and its answer's sentences."""

    question: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class ShownSheet:
    """A sheet as it is read. `url` is set only where it is a plain web address."""

    paper_id: str
    title: str
    authors: str
    published: str
    updated: str
    url: str | None
    categories: str
    one_line: tuple[Sentence, ...]
    summary: tuple[Sentence, ...]
    items: tuple[ShownItem, ...]
    citations: tuple[NumberedCitation, ...]
    findings: tuple[str, ...]


def show_sheet(sheet: QASheet, *, page_link: PageLink | None = None) -> ShownSheet:
    """Return what a reader sees of a sheet."""
    labels = read_labels(sheet.language)
    paper = sheet.paper
    numbering = _Numbering()
    summary = _sentences(sheet.summary, numbering) or (Sentence(clean(paper.abstract) or labels.not_stated, ()),)
    items = tuple(ShownItem(clean(item.question), _sentences(item.answer, numbering)) for item in sheet.items)
    one_line = _sentences(sheet.one_line, numbering) or (Sentence(labels.not_stated, ()),)
    return ShownSheet(
        paper_id=paper.paper_id,
        title=clean(paper.title) or labels.unknown,
        authors=labels.known(", ".join(clean(author) for author in paper.authors)),
        published=labels.date(paper.published),
        updated=labels.date(paper.updated),
        url=web_address(paper),
        categories=labels.known(", ".join(category_name(category) for category in paper.categories)),
        one_line=one_line,
        summary=summary,
        items=items,
        citations=tuple(
            NumberedCitation(
                number=number,
                place=_place(citation, paper, labels),
                quote=clean(citation.quote),
                link=page_link(citation) if page_link is not None else None,
            )
            for number, citation in numbering.citations()
        ),
        findings=tuple(clean(f"{finding.question} {finding.message}") for finding in sheet.findings),
    )


def clean(text: str) -> str:
    """Return the text on one line, without control and direction characters."""
    return _SPACE.sub(" ", _CONTROL.sub(lambda found: " " if found.group() in "\t\n\r" else "", text)).strip()


def category_name(category: str) -> str:
    """Return arXiv's name for its code, anything else as it is."""
    name = template_table("categories.toml").get(category, category)
    return clean(str(name))


def web_address(paper: Paper) -> str | None:
    """Return the paper's address: its own where it is a plain web address, else arXiv's, else the DOI's."""
    candidates = (
        paper.url,
        f"https://arxiv.org/abs/{paper.arxiv_id}" if paper.arxiv_id else None,
        f"https://doi.org/{paper.doi}" if paper.doi else None,
    )
    return next((url for url in candidates if url and _SAFE_URL.fullmatch(url)), None)


class _Numbering:
    """Gives each cited place one number, in order of first use."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._citations: list[Citation] = []

    def number(self, citation: Citation) -> int:
        place = (citation.passage_id, citation.start, citation.end)
        if place not in self._numbers:
            self._citations.append(citation)
            self._numbers[place] = len(self._citations)
        return self._numbers[place]

    def citations(self) -> list[tuple[int, Citation]]:
        return list(enumerate(self._citations, start=1))


def _sentences(answer: Answer, numbering: _Numbering) -> tuple[Sentence, ...]:
    if answer.status is not AnswerStatus.ANSWERED:
        return ()
    return tuple(
        Sentence(
            text=clean(_OWN_REFERENCES.sub("", claim.text)),
            numbers=tuple(dict.fromkeys(numbering.number(citation) for citation in claim.citations)),
        )
        for claim in shown_claims(answer)
    )


def _place(citation: Citation, paper: Paper, labels: Labels) -> str:
    page = labels.page.format(page=citation.page) if paper.source_kind is SourceKind.PDF else ""
    return ", ".join(part for part in (page, clean(citation.section)) if part)

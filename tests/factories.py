"""Records made by hand, with every field changeable by name."""

from dataclasses import replace
from typing import Any

from indexes.records import Box, Language, Paper, Passage, PassageKind, SourceKind, Span


def make_paper(**changes: Any) -> Paper:
    paper = Paper(
        paper_id="0123456789ab",
        title="Counting Cranes from Quiet Drones",
        authors=("Aya Mori", "Jon Field"),
        published="2024-03-29",
        updated=None,
        url=None,
        arxiv_id=None,
        doi=None,
        categories=(),
        language=Language.ENGLISH,
        abstract="We count cranes from drones.",
        source="cranes.pdf",
        source_kind=SourceKind.PDF,
        content_sha256="0123456789ab" + "0" * 52,
        page_count=3,
    )
    return replace(paper, **changes)


def make_passage(**changes: Any) -> Passage:
    text = changes.pop("text", "The drone counted 412 cranes. It flew for 18 minutes.")
    paper_id = changes.get("paper_id", "0123456789ab")
    ordinal = changes.get("ordinal", 0)
    passage = Passage(
        passage_id=f"{paper_id}-{ordinal:04d}",
        paper_id=paper_id,
        ordinal=ordinal,
        text=text,
        section="4 Results",
        kind=PassageKind.BODY,
        spans=(Span(0, len(text), 2, Box(72.0, 100.0, 300.0, 112.0)),),
    )
    return replace(passage, **changes)

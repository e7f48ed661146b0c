from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from documents import TEXTS, documents, make_block, make_document
from fake_encoder import FakeEncoder
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.encoding.encoder import open_encoder, passage_context
from indexes.records import Box, Passage, PassageKind
from ingest.document import EVIDENCE_KINDS, BlockKind, Line, ParsedDocument, Section
from ingest.jsonl import parse_jsonl_line
from ingest.line_index import lines_in, read_line
from ingest.passages import TARGET_WORDS, make_passages

ENCODER = FakeEncoder(max_tokens=64)
SENTENCE = "The quiet drone counted exactly {} cranes over the marsh at dusk."


def sentences(first: int, count: int) -> str:
    return " ".join(SENTENCE.format(number) for number in range(first, first + count))


def check_spans(passage: Passage) -> None:
    """Spans are in order, do not overlap, and cover every character that is not space."""
    covered = 0
    for span in passage.spans:
        assert not passage.text[covered : span.start].strip()
        assert covered <= span.start < span.end
        covered = span.end
    assert covered <= len(passage.text)
    assert not passage.text[covered:].strip()


@settings(deadline=None)
@given(documents(), st.integers(24, 300))
def test_any_document_gives_passages_that_keep_the_promises(document: ParsedDocument, max_tokens: int) -> None:
    encoder = FakeEncoder(max_tokens=max_tokens + 20)
    document = replace(document, paper=replace(document.paper, title="Short"), sections=())
    document = replace(document, blocks=tuple(replace(block, section=None) for block in document.blocks))
    passages = make_passages(document, encoder=encoder)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    evidence = [block for block in document.blocks if block.kind in EVIDENCE_KINDS]
    letters = Counter(c for block in evidence for c in block.text if c.isalnum())
    told = Counter(c for passage in passages for c in passage.text if c.isalnum())
    if any(block.table for block in evidence):  # statements repeat the names of rows and columns
        values = [
            block.text[c.start : c.end]
            for block in evidence
            if block.table
            for c in block.table.cells
            if not c.is_header
        ]
        assert Counter(c for value in values for c in value if c.isalnum()) <= told
    else:
        assert told == letters
    for passage in passages:
        assert passage.passage_id == f"{document.paper.paper_id}-{passage.ordinal:04d}"
        assert passage.text == passage.text.strip()
        assert encoder.count_tokens([passage_context("Short", "") + passage.text])[0] <= encoder.max_tokens
        check_spans(passage)


def test_only_evidence_becomes_a_passage() -> None:
    document = make_document([make_block(f"Text of {kind}.", kind) for kind in BlockKind])
    assert {passage.kind: passage.text for passage in make_passages(document, encoder=ENCODER)} == {
        PassageKind.ABSTRACT: "Text of abstract.",
        PassageKind.BODY: "Text of paragraph.\nText of list.\nText of code.",
        PassageKind.CAPTION: "Text of caption.",
        PassageKind.TABLE: "Text of table.",
        PassageKind.FOOTNOTE: "Text of footnote.",
    }


def test_short_paragraphs_join_inside_a_section_but_never_across() -> None:
    document = make_document(
        [
            make_block("One came.", section=0),
            make_block("Figure 1: A crane.", BlockKind.CAPTION, section=0),
            make_block("Two left.", section=0),
            make_block("It rained.", section=1),
        ],
        [Section("3 Method", 1, None, 1), Section("3.1 Rain", 2, 0, 1)],
    )
    assert [(p.text, p.section, p.kind) for p in make_passages(document, encoder=ENCODER)] == [
        ("One came.\nTwo left.", "3 Method", PassageKind.BODY),
        ("Figure 1: A crane.", "3 Method", PassageKind.CAPTION),
        ("It rained.", "3 Method > 3.1 Rain", PassageKind.BODY),
    ]


def test_passages_hold_whole_sentences_up_to_the_target() -> None:
    text = sentences(0, 40)
    passages = make_passages(make_document([make_block(text)]), encoder=FakeEncoder(max_tokens=256))
    assert " ".join(passage.text for passage in passages) == text
    assert all(passage.text.startswith("The quiet") and passage.text.endswith("dusk.") for passage in passages)
    words = [len(passage.text.split()) for passage in passages]
    assert max(words) <= TARGET_WORDS
    assert min(words) >= TARGET_WORDS / 3


def test_the_window_counts_before_the_target() -> None:
    passages = make_passages(make_document([make_block(sentences(0, 12))]), encoder=ENCODER)
    context = passage_context("Counting Cranes from Quiet Drones", "")
    assert len(passages) > 2
    assert max(ENCODER.count_tokens([context + passage.text for passage in passages])) <= ENCODER.max_tokens


def test_a_sentence_over_the_window_is_cut_at_clauses_then_words() -> None:
    clauses = ", ".join(f"crane {number} flew away from the loud marsh" for number in range(30)) + "."
    by_clause = make_passages(make_document([make_block(clauses)]), encoder=ENCODER)
    assert all(passage.text.endswith((",", ".")) for passage in by_clause)
    words = " ".join(f"crane{number}" for number in range(300))
    by_word = make_passages(make_document([make_block(words)]), encoder=ENCODER)
    assert " ".join(passage.text for passage in by_word) == words


def test_a_word_without_end_is_cut_anywhere() -> None:
    encoder = open_encoder("bundled", threads=1)
    text = "鶴" * 2000
    passages = make_passages(make_document([make_block(text)]), encoder=encoder)
    assert "".join(passage.text for passage in passages) == text
    assert max(encoder.count_tokens([passage.text for passage in passages])) <= encoder.max_tokens


class CrowdedEncoder(FakeEncoder):
    """Its texts take more tokens together than alone."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [int(count**1.2) for count in super().count_tokens(texts)]


def test_passages_fit_even_where_sizes_do_not_add_up() -> None:
    encoder = CrowdedEncoder(max_tokens=128)
    text = sentences(0, 20)
    passages = make_passages(make_document([make_block(text)]), encoder=encoder)
    context = passage_context("Counting Cranes from Quiet Drones", "")
    assert max(encoder.count_tokens([context + passage.text for passage in passages])) <= 128
    assert " ".join(passage.text for passage in passages) == text


def test_tables_are_cut_between_rows() -> None:
    rows = [f"crane{number} | {number} | flew" for number in range(60)]
    passages = make_passages(make_document([make_block("\n".join(rows), BlockKind.TABLE)]), encoder=ENCODER)
    assert [row for passage in passages for row in passage.text.split("\n")] == rows


def test_spans_keep_page_and_the_share_of_a_line_that_was_cut() -> None:
    text = sentences(0, 9)
    cut = len(sentences(0, 4))
    block = make_block(text, lines=(Line(0, len(text), 1, Box(100, 50, 1000, 60)),))
    first = make_passages(make_document([block]), encoder=ENCODER)[0]
    (span,) = first.spans
    assert (span.start, span.end, span.page) == (0, len(first.text), 1)
    assert span.box is not None
    assert span.box.x0 == 100
    assert span.box.x1 == pytest.approx(100 + 900 * len(first.text) / len(text))
    assert len(first.text) <= cut


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_text_is_a_slice_of_the_joined_blocks(texts: list[str]) -> None:
    blocks = [make_block(text) for text in texts if text.strip()]
    joined = "\n".join(block.text for block in blocks)
    for passage in make_passages(make_document(blocks), encoder=ENCODER):
        assert passage.text in joined


def test_hostile_text_takes_time_in_proportion_to_its_length() -> None:
    blocks = [make_block(text) for text in ("a. " * 60000, "." * 100000, "x" * 100000, "( a. " * 30000, "a\n" * 60000)]
    assert make_passages(make_document(blocks), encoder=FakeEncoder())


@pytest.mark.shared
@pytest.mark.parametrize("name", ["covidqa", "qasper_full", "pubmedqa"])
def test_real_text_fits_the_real_encoder(shared_data: Path, name: str) -> None:
    encoder = open_encoder("bundled", threads=1)
    path = shared_data / "qa" / "corpus" / f"{name}.jsonl"
    for line in list(lines_in(path))[:20]:
        document = parse_jsonl_line(read_line(path, line), source=name)
        passages = make_passages(document, encoder=encoder)
        title = document.paper.title
        counts = encoder.count_tokens([passage_context(title, p.section) + p.text for p in passages])
        assert max(counts) <= encoder.max_tokens
        for passage in passages:
            check_spans(passage)

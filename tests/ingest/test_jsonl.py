import json
from pathlib import Path
from typing import Any

import pytest

from indexes.errors import BadInput
from ingest.document import BlockKind, ParsedDocument
from ingest.jsonl import parse_jsonl_line


def parse(**fields: Any) -> ParsedDocument:
    return parse_jsonl_line(json.dumps(fields, ensure_ascii=False).encode(), source="papers.jsonl:7")


def test_paragraphs_stand_under_their_sections() -> None:
    document = parse(
        paper_id="2403.01234",
        title="Quiet Drones",
        abstract="We count cranes.",
        paragraphs=["Cranes are shy.", "We flew.", "Wide lens.", "Long lens.", "It worked.", "A list."],
        sections=["Introduction", "Method", "Method ::: Cameras", "Method ::: Cameras", "Results", "References"],
    )
    assert [(s.title, s.level, s.parent) for s in document.sections] == [
        ("Introduction", 1, None),
        ("Method", 1, None),
        ("Cameras", 2, 1),
        ("Results", 1, None),
        ("References", 1, None),
    ]
    assert [(b.kind, b.text, b.section) for b in document.blocks if b.kind is not BlockKind.HEADING] == [
        (BlockKind.TITLE, "Quiet Drones", None),
        (BlockKind.ABSTRACT, "We count cranes.", None),
        (BlockKind.PARAGRAPH, "Cranes are shy.", 0),
        (BlockKind.PARAGRAPH, "We flew.", 1),
        (BlockKind.PARAGRAPH, "Wide lens.", 2),
        (BlockKind.PARAGRAPH, "Long lens.", 2),
        (BlockKind.PARAGRAPH, "It worked.", 3),
        (BlockKind.REFERENCE, "A list.", 4),
    ]
    assert (document.paper.paper_id, document.paper.abstract) == ("2403.01234", "We count cranes.")


def test_own_fields_come_before_what_the_text_says() -> None:
    text = "Quiet Drones\n\nAuthors: Nobody\nDate: 2020-01-01\n\nCranes are shy. Drones are loud."
    paper = parse(title="Quiet Drones", text=text, authors="Mori, Aya; Field, Jon", year=2024, doi="10.1234/X").paper
    assert paper.authors == ("Aya Mori", "Jon Field")
    assert (paper.published, paper.doi) == ("2020-01-01", "10.1234/x")
    assert parse(title="Quiet Drones", text="Cranes are shy.", year=2024).paper.published == "2024"
    assert parse(title="T", text="Cranes are shy.", published="2024-03-02", year="2023").paper.published == "2024-03-02"


def test_sentences_and_text_are_read() -> None:
    assert parse(title="T", sentences=["One came.", "Two left."]).blocks[-1].text == "One came.\nTwo left."
    assert parse(title="T", text="One came.").blocks[-1].text == "One came."


def test_a_paper_without_title_is_called_by_its_first_words() -> None:
    assert parse(abstract="word " * 40).paper.title == "word " * 13 + "word…"


@pytest.mark.parametrize("paper_id", ["../etc/passwd", "a b", "", "x" * 129, "-a"])
def test_an_unfit_paper_id_gives_way_to_the_hash(paper_id: str) -> None:
    paper = parse(paper_id=paper_id, text="One came. Two left.").paper
    assert paper.paper_id == paper.content_sha256[:12]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{", "papers.jsonl:7: Invalid JSON"),
        (b"[1]", "papers.jsonl:7"),
        (b'{"title": 3, "text": "x"}', "title"),
        (b'{"title": "T"}', "holds no text"),
        (b'{"title": "T", "text": "  "}', "holds no text"),
        (b'{"text": "\xff"}', "papers.jsonl:7"),
        (b'{"text": "\\ud800"}', "papers.jsonl:7"),
        (b'{"paragraphs": ["a", 3]}', "paragraphs.1"),
    ],
)
def test_a_bad_line_is_named_with_its_fault(line: bytes, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        parse_jsonl_line(line, source="papers.jsonl:7")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["covidqa", "qasper_full", "pubmedqa", "scifact_sqa", "argscichat"])
def test_blocks_of_real_lines_are_slices_of_their_fields(shared_data: Path, name: str) -> None:
    for line in (shared_data / "qa" / "corpus" / f"{name}.jsonl").read_bytes().splitlines()[:50]:
        fields = json.loads(line)
        texts = [fields.get("title"), fields.get("abstract"), fields.get("text"), *fields.get("paragraphs", [])]
        whole = "\n".join([text for text in texts if text] + fields.get("sections", []))
        sentences = "\n".join(fields.get("sentences", []))
        for block in parse_jsonl_line(line, source=name).blocks:
            assert block.text in whole or block.text in sentences or block.text in " ".join(whole.split())

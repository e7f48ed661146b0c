import json
from dataclasses import replace

import pytest
from documents import documents, make_block, make_document
from hypothesis import given, settings

from indexes.errors import ParsingFailed
from indexes.records import Box
from ingest.document import Line, ParsedDocument
from ingest.document_json import document_from_json, document_to_json


@settings(deadline=None)
@given(documents())
def test_document_comes_back_equal(document: ParsedDocument) -> None:
    assert document_from_json(document_to_json(document)) == document


def _changed(document: ParsedDocument, path: list[str | int], value: object) -> str:
    tree = json.loads(document_to_json(document))
    place = tree
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return json.dumps(tree)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["paper", "page_count"], "1", "paper.page_count"),
        (["paper", "shoe_size"], 42, "shoe_size"),
        (["blocks", 0, "kind"], "poem", "blocks.0.kind"),
        (["blocks", 0, "section"], 3, "block 0 names section 3"),
        (["blocks", 0, "section"], -1, "block 0 names section -1"),
        (["blocks", 0, "lines", 0, "page"], 9, "missing page"),
        (["blocks", 0, "lines", 0, "end"], 3, "do not cover"),
        (["blocks", 0, "lines", 0, "end"], 99, "do not cover"),
        (["blocks", 0, "lines", 0, "box"], [0.0, 1.0], "box"),
        (["blocks", 0, "lines", 0, "box"], [0.0, 1.0, 2.0, float("inf")], "without end"),
        (["sections", 0, "parent"], 0, "no such parent"),
        (["sections", 0, "level"], 0, "level 0"),
        (["pages"], [], "page_count"),
    ],
)
def test_a_contradiction_is_refused_by_name(path: list[str | int], value: object, fault: str) -> None:
    document = make_document([make_block("A crane stood.", section=0)], ["1 Counting"])
    with pytest.raises(ParsingFailed, match=fault):
        document_from_json(_changed(document, path, value))


def test_overlapping_lines_are_refused() -> None:
    box = Box(0, 0, 1, 1)
    block = make_block("A crane stood.", lines=(Line(0, 8, 1, box), Line(7, 14, 1, box)))
    with pytest.raises(ParsingFailed, match="do not cover"):
        document_from_json(document_to_json(make_document([block])))


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"paper": ', "null"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ParsingFailed):
        document_from_json(text)


def test_lone_surrogates_are_our_own_error() -> None:
    document = make_document([make_block("A crane stood.")])
    with pytest.raises(ParsingFailed, match="UTF-8"):
        document_to_json(replace(document, parser="broken \ud800"))

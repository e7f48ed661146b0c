"""Fonts whose signs come as letters are reported; fonts of words with the same kind of name are not."""

from pathlib import Path

import pytest
from pdf_files import mixed, paragraph, pdf_bytes

from ingest.document import Finding, FindingKind
from ingest.pdf.parser import parse_pdf

TEXT = ["The counts of both years agree, and the shares that they give are those of the", "survey made on foot."] * 3


def misread(path: Path, lines: list[list[tuple[str, str]]], *, name: bytes = b"AdvPS44A4B") -> list[Finding]:
    """The findings on a paper with these lines on a page each, its bold font renamed."""
    pages = [paragraph(TEXT, x=72, y=700) + "\n" + mixed(line, x=72, y=560) for line in lines]
    path.write_bytes(pdf_bytes(pages).replace(b"Times-Bold", name))
    findings = parse_pdf(path, source="made.pdf", max_pages=9).findings
    return [finding for finding in findings if finding.kind is FindingKind.MISREAD_SIGNS]


def test_signs_that_come_as_letters_are_reported(tmp_path: Path) -> None:
    formula = [("F1", "the share is a "), ("F2", "Z"), ("F1", " b "), ("F2", "C"), ("F1", " 0.7 of it")]
    (finding,) = misread(tmp_path / "signs.pdf", [[("F1", "no formula")], formula, formula])
    assert finding.page == 2
    assert "2 pages from 2 to 3" in finding.message
    assert "AdvPS44A4B" in finding.message


@pytest.mark.parametrize("name", [b"AdvPS44A4B", b"TimesBoldX"])
def test_font_of_words_is_not(tmp_path: Path, name: bytes) -> None:
    word = [("F1", "the "), ("F2", "Zone C" if name.startswith(b"Adv") else "Z"), ("F1", " of the marsh")]
    assert misread(tmp_path / "words.pdf", [word], name=name) == []


def test_font_that_holds_words_on_another_page_is_not(tmp_path: Path) -> None:
    lines = [[("F1", "in zone "), ("F2", "C"), ("F1", " alone")], [("F1", "in "), ("F2", "every zone"), ("F1", " too")]]
    assert misread(tmp_path / "later.pdf", lines) == []

"""How well a document was read: levels, what was found, and why trust is lowered."""

from dataclasses import replace

import pytest
from documents import make_block, make_document

from ingest.document import BlockKind, Finding, FindingKind, Page, PageEngine, ParsedDocument, Table
from ingest.verdict import Level, verdict_of


def pages_of(count: int, **changes: object) -> tuple[Page, ...]:
    return tuple(replace(Page(number, 595.0, 842.0, str(number)), **changes) for number in range(1, count + 1))  # type: ignore[arg-type]


def read_paper(**changes: object) -> ParsedDocument:
    blocks = [
        make_block("We count cranes.", section=0),
        replace(make_block("a 1", BlockKind.TABLE), table=Table("Table 1", 1, 2, ())),
        make_block("Mori. Cranes. 2020.", BlockKind.REFERENCE),
        make_block("Field. Drones. 2021.", BlockKind.REFERENCE),
    ]
    document = make_document(blocks, ["1 Introduction"])
    return replace(document, **{"pages": pages_of(10, engine=PageEngine.PDFIUM, quality=0.9), **changes})  # type: ignore[arg-type]


def test_paper_with_everything_is_read_well() -> None:
    verdict = verdict_of(read_paper())
    assert verdict.level is Level.GOOD
    assert verdict.reasons == ()
    assert verdict.summary == "10 pages, 1 section, 1 table, 2 references, an abstract"


@pytest.mark.parametrize(("unread", "level"), [(1, Level.GOOD), (2, Level.FAIR), (6, Level.POOR)])
def test_pages_that_could_not_be_read_lower_the_level(unread: int, level: Level) -> None:
    numbers = range(11 - unread, 11)
    findings = tuple(Finding(FindingKind.GARBLED_TEXT, number, "garbled") for number in numbers)
    verdict = verdict_of(read_paper(findings=findings))
    assert verdict.level is level
    span = "10" if unread == 1 else f"{11 - unread}–10"
    assert verdict.reasons == (f"{unread} of 10 pages could not be read (p. {span})",)


def test_page_that_was_noticed_but_has_text_counts_as_read() -> None:
    verdict = verdict_of(read_paper(findings=(Finding(FindingKind.GARBLED_TEXT, 1, "5 % map to no letter"),)))
    assert verdict.reasons == ()


def test_recognised_pages_are_named_and_make_it_fair() -> None:
    pages = (
        *pages_of(6, engine=PageEngine.PDFIUM),
        *(replace(page, number=page.number + 6, engine=PageEngine.OCR) for page in pages_of(4)),
    )
    verdict = verdict_of(read_paper(pages=pages))
    assert verdict.level is Level.FAIR
    assert verdict.reasons == ("4 of 10 pages recognised from pictures (p. 7–10)",)


def test_long_paper_without_sections_is_fair_and_a_short_one_good() -> None:
    block = make_block("We count cranes.")
    assert verdict_of(read_paper(sections=(), blocks=(block,))).reasons == ("no section headings were found",)
    assert verdict_of(read_paper(sections=(), blocks=(block,), pages=pages_of(2))).level is Level.GOOD


def test_paper_whose_blocks_are_no_evidence_is_read_poorly() -> None:
    assert verdict_of(read_paper(blocks=(make_block("7", BlockKind.FURNITURE),), sections=())).level is Level.POOR


def test_hidden_text_and_scripts_are_reasons_at_any_level() -> None:
    findings = (Finding(FindingKind.HIDDEN_TEXT, 2, "white"), Finding(FindingKind.ACTIVE_CONTENT, None, "JavaScript"))
    verdict = verdict_of(read_paper(findings=findings))
    assert verdict.level is Level.GOOD
    assert verdict.reasons == (
        "text that cannot be seen was left out in 1 place",
        "the file holds scripts or actions, which are never run",
    )


def test_misread_signs_make_it_fair() -> None:
    verdict = verdict_of(read_paper(findings=(Finding(FindingKind.MISREAD_SIGNS, 3, '"=" may stand as "Z"'),)))
    assert verdict.level is Level.FAIR
    assert verdict.reasons == ("signs of formulas are read as letters",)

"""Which engine reads which page: pdfium, pypdf where it reads clearly better, recognition where neither has words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pdf_files import pdf_bytes, show
from recognisers import ScriptedRecogniser, failing, recognised, recognition_by
from scans import CIPHER, drawn, named_glyphs_bytes, scan_bytes

from indexes.errors import NoTextInSource
from ingest.document import Finding, FindingKind, PageEngine, ParsedDocument
from ingest.pdf.engine import open_pdf
from ingest.pdf.engines import choose_engines
from ingest.pdf.parser import parse_pdf
from ingest.pdf.recognition import NO_RECOGNITION, Posture, Recognition, RecognitionFailed
from ingest.pdf.sheets import read_sheets

LINES = [
    "Cranes come to the marsh in autumn and stay until the ice has closed the last",
    "open water, after which they fly on to the coast and feed on fields of wheat.",
    "The survey counted them from the air in one morning, with two observers and a",
    "drone that flew at eighty metres and took one picture in every two seconds.",
] * 4
JAPANESE = ["鶴は秋に湿原へ来て、氷が最後の水面を閉ざすまで留まる。その後は海岸へ飛ぶ。"] * 8
WHITE = np.full((3300, 2550), 255, dtype=np.uint8)

Parse = Callable[..., ParsedDocument]


@pytest.fixture
def parse(tmp_path: Path) -> Parse:
    def parse(content: bytes, recognition: Recognition = NO_RECOGNITION) -> ParsedDocument:
        path = tmp_path / "made.pdf"
        path.write_bytes(content)
        return parse_pdf(path, source="made.pdf", max_pages=100, recognition=recognition)

    return parse


def page_of(lines: list[str], *, font: str = "F1") -> str:
    return "\n".join(show(line, x=72, y=700 - 12 * number, font=font) for number, line in enumerate(lines))


def scan(pages: int = 1, **options: str) -> bytes:
    image = drawn(pdf_bytes([page_of(LINES)]), dpi=100)
    return scan_bytes([image] * pages, dpi=100, **options)


def kinds(document: ParsedDocument) -> list[tuple[FindingKind, int | None]]:
    return [(finding.kind, finding.page) for finding in document.findings]


def only(document: ParsedDocument) -> Finding:
    (finding,) = document.findings
    return finding


def engines(document: ParsedDocument) -> list[PageEngine | None]:
    return [page.engine for page in document.pages]


def body(document: ParsedDocument) -> str:
    return " ".join(block.text for block in document.blocks)


def test_sound_pages_are_pdfiums_and_have_a_quality(parse: Parse) -> None:
    document = parse(pdf_bytes([page_of(LINES)] * 2), recognition_by(ScriptedRecogniser([])))
    assert engines(document) == [PageEngine.PDFIUM] * 2
    assert all(page.quality is not None and page.quality > 0.95 for page in document.pages)
    assert not document.findings
    assert "scripted" not in document.parser


def test_pypdf_reads_a_page_whose_signs_pdfium_cannot_name(parse: Parse) -> None:
    lower = [line.replace(",", "").lower() for line in LINES]
    document = parse(named_glyphs_bytes(lower), recognition_by(ScriptedRecogniser([])))
    assert engines(document) == [PageEngine.PYPDF]
    assert only(document).kind is FindingKind.OTHER_ENGINE
    assert "read by pypdf (text quality 1.00) instead of pdfium (0.0" in only(document).message
    assert "cranes come to the marsh in autumn" in body(document).lower()
    line = next(line for block in document.blocks for line in block.lines)
    assert line.box is not None
    assert line.box.x0 == pytest.approx(72, abs=1)
    assert 82 < line.box.y0 < line.box.y1 < 96


def test_a_scan_is_recognised_and_says_so(parse: Parse) -> None:
    recogniser = ScriptedRecogniser([LINES])
    document = parse(scan(), recognition_by(recogniser))
    assert engines(document) == [PageEngine.OCR]
    finding = only(document)
    assert (finding.kind, finding.page) == (FindingKind.RECOGNISED_TEXT, 1)
    assert "recognised by scripted/1 (mean confidence 0.95, text quality 1.00): it holds no text" in finding.message
    assert document.parser.endswith(" scripted/1")
    assert "closed the last open water, after which they fly" in body(document)
    ((languages, size),) = recogniser.asked
    assert (languages, size) == ("eng", pytest.approx((2550, 3300), abs=1))
    box = document.blocks[0].lines[0].box
    assert box is not None
    assert (box.x0, box.y0) == pytest.approx((300 * 0.24, 370 * 0.24), abs=0.1)


def test_a_garbled_page_among_good_ones_is_recognised_alone(parse: Parse) -> None:
    garbled = page_of([line.translate(CIPHER) for line in LINES])
    document = parse(pdf_bytes([page_of(LINES), garbled, page_of(LINES)]), recognition_by(ScriptedRecogniser([LINES])))
    assert engines(document) == [PageEngine.PDFIUM, PageEngine.OCR, PageEngine.PDFIUM]
    assert (only(document).kind, only(document).page) == (FindingKind.RECOGNISED_TEXT, 2)
    assert "fonts map to the wrong letters (text quality 0." in only(document).message
    assert LINES[0].translate(CIPHER) not in body(document)


def test_without_a_recogniser_a_garbled_page_stays_out_with_the_reason(parse: Parse) -> None:
    garbled = page_of([line.translate(CIPHER) for line in LINES])
    document = parse(pdf_bytes([page_of(LINES), garbled]))
    assert kinds(document) == [(FindingKind.GARBLED_TEXT, 2)]
    assert "is left out (recognition is off)" in only(document).message


@pytest.mark.parametrize("content", [scan(), pdf_bytes([page_of([line.translate(CIPHER) for line in LINES])])])
def test_a_paper_without_words_is_refused_with_the_way_out(parse: Parse, content: bytes) -> None:
    def absent() -> ScriptedRecogniser:
        raise RecognitionFailed("tesseract is not installed", hint="Install tesseract (apt-get install tesseract-ocr)")

    with pytest.raises(NoTextInSource, match="tesseract is not installed") as caught:
        parse(content, Recognition(find=absent))
    assert "apt-get install tesseract-ocr" in caught.value.hint
    with pytest.raises(NoTextInSource, match="recognition is off") as caught:
        parse(content)
    assert "RONBUN_OCR=auto" in caught.value.hint


def test_pages_over_the_limit_are_reported(parse: Parse) -> None:
    heard: list[tuple[int, int]] = []
    recogniser = ScriptedRecogniser([LINES, LINES])
    recognition = Recognition(
        find=lambda: recogniser, max_pages=2, on_page=lambda page, count: heard.append((page, count))
    )
    document = parse(scan(4), recognition)
    assert engines(document) == [PageEngine.OCR] * 2 + [None] * 2
    assert kinds(document)[2:] == [(FindingKind.NO_TEXT_PAGE, 3), (FindingKind.NO_TEXT_PAGE, 4)]
    assert "the limit of 2 recognised pages is reached" in document.findings[3].message
    assert heard == [(1, 1), (2, 2)]


def test_a_failure_costs_its_page_alone_until_they_pile_up(parse: Parse) -> None:
    recogniser = ScriptedRecogniser([LINES, failing(), LINES, failing(), failing(), failing(), LINES])
    document = parse(scan(7), recognition_by(recogniser))
    ocr = PageEngine.OCR
    assert engines(document) == [ocr, None, ocr, None, None, None, None]
    assert "tesseract took longer than 60 s" in document.findings[1].message
    assert "recognition failed on the 3 pages before" in document.findings[6].message
    assert len(recogniser.asked) == 6


def test_a_blank_page_is_not_recognised(parse: Parse) -> None:
    document = parse(pdf_bytes([page_of(LINES), "q Q"]), recognition_by(ScriptedRecogniser([])))
    assert "page 2 holds no text that can be read (it is blank)" in only(document).message
    white = scan_bytes([drawn(pdf_bytes([page_of(LINES)]), dpi=100), WHITE[:1100, :850]], dpi=100)
    assert "(it is blank)" in parse(white, recognition_by(ScriptedRecogniser([LINES]))).findings[1].message


def test_a_scan_under_a_stamp_is_recognised(parse: Parse) -> None:
    stamp = show("Downloaded from the archive of the society on 3 May 2019", x=72, y=20, size=8)
    document = parse(scan(over=stamp), recognition_by(ScriptedRecogniser([LINES])))
    assert engines(document) == [PageEngine.OCR]
    kept = parse(scan(over=stamp), recognition_by(ScriptedRecogniser([["Downloaded from the archive"]])))
    assert engines(kept) == [PageEngine.PDFIUM]
    assert "its picture holds no more text" in only(kept).message


def invisible(lines: list[str]) -> str:
    return "\n".join(show(line, x=72, y=700 - 12 * n, before="3 Tr") for n, line in enumerate(lines))


def test_a_scans_own_recognised_text_is_kept_when_good_and_redone_when_bad(parse: Parse) -> None:
    kept = parse(scan(over=invisible(LINES)), recognition_by(ScriptedRecogniser([])))
    assert engines(kept) == [PageEngine.PDFIUM]
    bad = invisible([line.translate(CIPHER) for line in LINES])
    redone = parse(scan(over=bad), recognition_by(ScriptedRecogniser([LINES])))
    assert engines(redone) == [PageEngine.OCR]


def test_recognised_noise_is_no_text(parse: Parse) -> None:
    noise = ["~ |= %x {; ]a \\/ .:. <>", "}{ #@ !! ~~ ^^ 7; l| I}"] * 10
    with pytest.raises(NoTextInSource):
        parse(scan(), recognition_by(ScriptedRecogniser([noise])))


def test_a_sound_page_decides_the_language_of_scans(parse: Parse) -> None:
    image = drawn(pdf_bytes([page_of(LINES)]), dpi=100)
    japanese = ScriptedRecogniser([JAPANESE], posture=Posture(0, is_japanese=True))
    document = parse(scan_bytes([image], dpi=100), recognition_by(japanese))
    assert [languages for languages, _ in japanese.asked] == ["jpn+eng"]
    assert "鶴は秋に湿原へ来て" in body(document)
    lacking = ScriptedRecogniser([], posture=Posture(0, is_japanese=True), languages=("eng", "osd"))
    with pytest.raises(NoTextInSource):
        parse(scan_bytes([image], dpi=100), recognition_by(lacking))


def test_a_page_on_its_side_is_turned(parse: Parse) -> None:
    sideways = recognised(["3utuO Jo Kep"] * 8, confidence=0.3)
    recogniser = ScriptedRecogniser([sideways, LINES], posture=Posture(1, is_japanese=False))
    document = parse(scan(), recognition_by(recogniser))
    assert [width > height for _, (width, height) in recogniser.asked] == [False, True]
    assert "turned by 90°" in only(document).message
    assert (document.pages[0].width, document.pages[0].height) == pytest.approx((612, 792), abs=0.5)
    box = document.blocks[0].lines[0].box
    assert box is not None
    assert box.y1 - box.y0 > box.x1 - box.x0
    assert (box.x0, box.y1) == pytest.approx((370 * 0.24, 792 - 300 * 0.24), abs=0.5)


def test_hidden_text_stays_hidden_from_pypdf() -> None:
    lower = [line.replace(",", "").lower() for line in LINES]
    content = named_glyphs_bytes(lower, beside="BT /F1 10 Tf 300 900 Td <{}> Tj ET".format("01" * 30))
    with open_pdf(Path("made.pdf"), content) as document:
        sheets, _ = read_sheets(document)
        (sheet,) = choose_engines(document, content, sheets, recognition=NO_RECOGNITION).sheets
    assert sheet.engine is PageEngine.PYPDF
    assert "cranes come" in sheet.text
    assert "....." not in sheet.text


def test_hidden_text_close_to_what_is_seen_stays_hidden_from_pypdf() -> None:
    lower = [line.replace(",", "").lower() for line in LINES]
    content = named_glyphs_bytes(lower, beside="1 g BT /F1 10 Tf 92 714 Td <{}> Tj ET".format("01" * 30))
    with open_pdf(Path("made.pdf"), content) as document:
        sheets, _ = read_sheets(document)
        (sheet,) = choose_engines(document, content, sheets, recognition=NO_RECOGNITION).sheets
    assert sheet.engine is PageEngine.PYPDF
    assert "cranes come" in sheet.text
    assert "....." not in sheet.text

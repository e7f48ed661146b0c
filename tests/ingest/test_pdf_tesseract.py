"""Tesseract behind the seam: its answer read exactly; the real program on scans that the tests make."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pdf_files import pdf_bytes, show
from scans import drawn, misnamed_bytes, scan_bytes

from indexes.errors import NoTextInSource
from indexes.records import Box
from ingest.document import BlockKind, PageEngine, ParsedDocument
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers
from ingest.pdf.recognition import PageImage, Posture, RecognitionFailed
from ingest.pdf.tesseract import Tesseract, find_tesseract, lines_in

HOCR = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en"><body>
<div class='ocr_page' title='image "stdin"; bbox 0 0 2550 3301'><p class='ocr_par'>
<span class='ocr_line' title="bbox 100 200 500 240; baseline 0.01 -10; x_size 39.5; x_descenders 8; x_ascenders 10">
<span class='ocrx_word' title='bbox 100 205 180 238; x_wconf 96'>Cranes</span>
<span class='ocrx_word' title='bbox 200 200 500 240; x_wconf 41'>&lt;<em>rest</em>&gt;</span>
<span class='ocrx_word' title='bbox 510 200 520 240; x_wconf 95'> </span></span>
<span class='ocr_header' title="bbox 100 300 500 340">
<span class='ocrx_word' title='bbox 100 300 500 340; x_wconf 7'>x</span></span>
<span class='ocr_line' title="bbox 0 0 5 5"></span></p></div></body></html>"""

TITLE = "Silent Flight over Wetlands"
LEFT = [
    "Cranes come to the marsh in autumn and stay",
    "until the ice has closed the last open water,",
    "after which they fly on to the coast and feed",
    "on fields of wheat near the old harbour.",
] * 5
RIGHT = [
    "The survey counted them from the air in one",
    "morning, with two observers and a drone that",
    "flew at eighty metres and took one picture in",
    "every two seconds of its silent flight.",
] * 5
JAPANESE = [
    "鶴は秋に湿原へ来て、氷が最後の水面を閉ざす",
    "まで留まる。その後は海岸へ飛び、麦畑で餌を取",
    "る。調査では一朝に多くの鶴を数えた。",
] * 5


def columns() -> str:
    return "\n".join(
        [
            show(TITLE, x=150, y=730, size=20, font="F2"),
            show("1 Introduction", x=72, y=700, size=11, font="F2"),
            *(show(line, x=72, y=680 - 13 * number, size=11) for number, line in enumerate(LEFT)),
            *(show(line, x=325, y=680 - 13 * number, size=11) for number, line in enumerate(RIGHT)),
        ]
    )


def test_hocr_gives_words_baselines_and_sizes() -> None:
    first, second = lines_in(HOCR.encode())
    assert [(word.text, word.box, word.confidence) for word in first.words] == [
        ("Cranes", Box(100, 205, 180, 238), 0.96),
        ("<rest>", Box(200, 200, 500, 240), 0.41),
    ]
    assert (first.baseline, first.size) == (240 - 10 + 0.01 * 200, 39.5)
    assert (second.baseline, second.size, second.words[0].text) == (340, 40, "x")
    assert (first.is_upright, second.is_upright) == (True, False)


@pytest.mark.parametrize("damage", [HOCR[:400], "", HOCR.replace("bbox 100 205 180 238; ", "")])
def test_an_answer_that_is_no_hocr_is_our_error(damage: str) -> None:
    with pytest.raises(RecognitionFailed):
        lines_in(damage.encode())


def program(place: Path, script: str) -> Tesseract:
    """A program that stands in for tesseract."""
    path = place / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return Tesseract(str(path), "5.0", frozenset({"eng", "osd"}))


IMAGE = PageImage(np.full((40, 30), 255, dtype=np.uint8), 300.0)


def test_the_image_goes_through_a_pipe(tmp_path: Path) -> None:
    copy = program(tmp_path, f'echo "$@" > {tmp_path}/given; cat >> {tmp_path}/given; cat <<"END"\n{HOCR}\nEND')
    assert len(copy.read(IMAGE, languages="jpn+eng", timeout_s=10)) == 2
    options, image = (tmp_path / "given").read_bytes().split(b"\n", 1)
    assert options == b"stdin stdout --dpi 300 --psm 3 -l jpn+eng -c tessedit_create_hocr=1"
    assert image == b"P5 30 40 255\n" + b"\xff" * 1200


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("exec sleep 30", "longer than 1 s"),
        ("cat > /dev/null; echo Failed loading >&2; exit 1", "status 1: Failed loading"),
        ("cat > /dev/null; echo no XML", "not hOCR"),
    ],
)
def test_a_program_that_fails_is_our_error(tmp_path: Path, script: str, reason: str) -> None:
    with pytest.raises(RecognitionFailed, match=reason):
        program(tmp_path, script).read(IMAGE, languages="eng", timeout_s=1)


@pytest.mark.parametrize(
    ("said", "posture"),
    [
        (
            "Rotate: 90\nOrientation confidence: 12.00\nScript: Latin\nScript confidence: 2",
            Posture(1, is_japanese=False),
        ),
        ("Rotate: 270\nOrientation confidence: 0.50\nScript: Japanese", Posture(0, is_japanese=True)),
        ("Too few characters", None),
    ],
)
def test_posture_is_what_tesseract_is_sure_of(tmp_path: Path, said: str, posture: Posture | None) -> None:
    assert program(tmp_path, f"cat > /dev/null; printf '{said}\\n'").posture(IMAGE, timeout_s=10) == posture
    assert program(tmp_path, "cat > /dev/null; exit 1").posture(IMAGE, timeout_s=10) is None


def test_an_absent_program_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RecognitionFailed, match="not installed") as caught:
        find_tesseract()
    assert "apt-get install tesseract-ocr tesseract-ocr-jpn" in caught.value.hint
    program(tmp_path, "echo List of available languages: 1; echo osd")
    with pytest.raises(RecognitionFailed, match="no language data"):
        find_tesseract()


def test_a_found_program_names_its_version_and_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path, 'case $1 in --version) echo tesseract 5.9;; *) echo "List (2):"; echo eng; echo jpn;; esac')
    found = find_tesseract()
    assert (found.name, found.languages) == ("tesseract/5.9", frozenset({"eng", "jpn"}))


@pytest.fixture
def parse(tmp_path: Path) -> Callable[[bytes], ParsedDocument]:
    """Parse as ingest does, in a child under its limits, with the real tesseract."""
    if shutil.which("tesseract") is None:
        pytest.skip("tesseract is not installed (tests/install-tesseract.sh installs it where apt is there)")

    def parse(content: bytes, **limits: float) -> ParsedDocument:
        path = tmp_path / "made.pdf"
        path.write_bytes(content)
        with Parsers(limits=ParsingLimits(**limits)) as parsers:  # type: ignore[arg-type]
            return parsers.parse(path)

    return parse


def words(document: ParsedDocument, kind: BlockKind = BlockKind.PARAGRAPH) -> str:
    return " ".join(block.text for block in document.blocks if block.kind is kind)


@pytest.mark.ocr
@pytest.mark.parametrize("turns", [0, 1, 3])
def test_a_scan_of_two_columns_is_read_in_order(parse: Callable[[bytes], ParsedDocument], turns: int) -> None:
    document = parse(scan_bytes([drawn(pdf_bytes([columns()]), turns=turns)]))
    assert document.paper.title == TITLE
    assert [page.engine for page in document.pages] == [PageEngine.OCR]
    text = words(document)
    assert "until the ice has closed the last open water, after which they fly on to the coast" in text
    assert text.index("near the old harbour") < text.index("The survey counted them from the air in one morning")
    assert document.parser.split()[-1].startswith("tesseract/")
    box = next(line.box for block in document.blocks for line in block.lines if block.kind is BlockKind.TITLE)
    assert box is not None
    upright = Box(150, 792 - 730 - 14, 385, 792 - 730)
    expected = {
        0: upright,
        1: Box(792 - upright.y1, upright.x0, 792 - upright.y0, upright.x1),
        3: Box(upright.y0, 612 - upright.x1, upright.y1, 612 - upright.x0),
    }[turns]
    assert tuple(box) == pytest.approx(tuple(expected), abs=6)


@pytest.mark.ocr
def test_a_garbled_page_is_recognised_beside_good_ones(parse: Callable[[bytes], ParsedDocument]) -> None:
    def page(font: str) -> str:
        lines = [f"{line} {other}" for line, other in zip(LEFT, RIGHT, strict=True)]
        return "\n".join(show(line, x=72, y=680 - 13 * n, font=font) for n, line in enumerate(lines))

    document = parse(misnamed_bytes([page("F1"), page("F2"), page("F1")]))
    assert [page.engine for page in document.pages] == [PageEngine.PDFIUM, PageEngine.OCR, PageEngine.PDFIUM]
    second = " ".join(block.text for block in document.blocks if block.page == 2)
    assert LEFT[1].removesuffix(",") in second
    assert "wqhczn" not in words(document)


@pytest.mark.ocr
def test_a_japanese_scan_is_read_without_spaces(parse: Callable[[bytes], ParsedDocument]) -> None:
    lines = [show(line, x=72, y=700 - 24 * n, size=16, font="F3") for n, line in enumerate(JAPANESE)]
    image = drawn(pdf_bytes(["\n".join(lines)]))
    if "jpn" not in find_tesseract().languages or (image < 128).mean() < 0.01:
        pytest.skip("tesseract's jpn data or a Japanese font is not installed")
    document = parse(scan_bytes([image]))
    assert document.paper.language == "ja"
    text = words(document)
    assert "海岸へ飛び" in text
    assert "最後の水面を閉ざすまで留まる" in text


@pytest.mark.ocr
def test_a_page_over_its_time_is_left(parse: Callable[..., ParsedDocument]) -> None:
    with pytest.raises(NoTextInSource, match="no text on its 1 pages"):
        parse(scan_bytes([drawn(pdf_bytes([columns()]))]), ocr_page_timeout_s=0.2)


@pytest.mark.ocr
def test_recognition_can_be_turned_off(parse: Callable[..., ParsedDocument]) -> None:
    with pytest.raises(NoTextInSource, match="recognition is off"):
        parse(scan_bytes([drawn(pdf_bytes([columns()]))]), ocr_max_pages=0)

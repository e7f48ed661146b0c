"""Recognition across the process border: its limits, its failures, and what is left when it ends the child."""

import stat
from pathlib import Path

import pytest
from pdf_files import pdf_bytes, show
from scans import drawn, scan_bytes

from ingest.document import FindingKind, PageEngine
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers

LINES = ["Cranes come to the marsh in autumn and stay until the ice has closed it."] * 12
LISTING = 'case $1 in --version) echo tesseract 5.9; exit;; --list-langs) echo "List:"; echo eng; exit;; esac'
WORD = "<span class='ocrx_word' title='bbox 300 400 900 440; x_wconf 95'>Cranes come to the marsh</span>"
HOCR = "<html><span class='ocr_line' title='bbox 300 400 900 440; baseline 0 -8; x_size 40'>" + WORD + "</span></html>"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program in tesseract's place that does what the script says when it is given a page."""

    def stand_in(script: str) -> None:
        path = tmp_path / "bin" / "tesseract"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{LISTING}\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")

    return stand_in


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan_bytes([drawn(text_page(), dpi=60)] * 2, dpi=60))
    return path


def text_page() -> bytes:
    return pdf_bytes(["\n".join(show(line, x=72, y=700 - 14 * n) for n, line in enumerate(LINES))])


def test_a_scan_is_read_through_the_child(stand_in, scan: Path) -> None:
    stand_in(f'cat > /dev/null; echo "{HOCR}"')
    with Parsers(limits=ParsingLimits(timeout_s=30)) as parsers:
        document = parsers.parse(scan)
    assert [page.engine for page in document.pages] == [PageEngine.OCR] * 2
    assert document.parser.endswith("tesseract/5.9")


def test_the_recogniser_has_one_core_no_files_and_no_secrets(
    stand_in, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RONBUN_REMOTE_KEY", "very-secret")
    stand_in(
        f'cat > /dev/null; case $(env) in *very-secret*) exit 4;; esac; test "$OMP_THREAD_LIMIT" = 1 || exit 5; '
        f'test "$(ulimit -f)" = 0 || exit 6; test "$(ulimit -v)" = 1048576 || exit 7; echo "{HOCR}"'
    )
    with Parsers(limits=ParsingLimits(timeout_s=30, memory_mb=1024)) as parsers:
        document = parsers.parse(scan)
    assert [finding.kind for finding in document.findings] == [FindingKind.RECOGNISED_TEXT] * 2


def test_recognition_that_kills_the_child_costs_its_pages_alone(stand_in, tmp_path: Path) -> None:
    stand_in("kill -9 $PPID")
    path = tmp_path / "mixed.pdf"
    font = "\n".join(show(line, x=72, y=700 - 14 * n, font="F2") for n, line in enumerate(LINES * 2))
    path.write_bytes(pdf_bytes([font, "0 0 500 500 re f"]))
    with Parsers(limits=ParsingLimits(timeout_s=30)) as parsers:
        document = parsers.parse(path)
    assert [page.engine for page in document.pages] == [PageEngine.PDFIUM, None]
    (finding,) = document.findings
    assert finding.kind is FindingKind.NO_TEXT_PAGE
    assert "recognising page 2 ended the parser" in finding.message
    assert "SIGKILL" in finding.message


def test_a_slow_recogniser_does_not_use_up_the_files_time(stand_in, scan: Path) -> None:
    stand_in(f'cat > /dev/null; sleep 2; echo "{HOCR}"')
    with Parsers(limits=ParsingLimits(timeout_s=3, ocr_page_timeout_s=20)) as parsers:
        document = parsers.parse(scan)
    assert [page.engine for page in document.pages] == [PageEngine.OCR] * 2

"""The example papers: what is committed opens, is marked as an example, and is what the sources make."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType

import pytest
from pypdf import PdfReader

TITLES = {
    "ronbun-technical-report": "Ronbun: Grounded Question Answering over Research Papers on One Machine",
    "crane-survey": "Counting Staging Cranes at Dusk: A Double-Observer Protocol for Small Wetlands",
    "ja-minutes": "議事録からの決定事項の抽出：章立てと発話の役割を用いた規則による手法",
}
PAGES = {"ronbun-technical-report": range(4, 7), "crane-survey": range(3, 5), "ja-minutes": range(2, 4)}
NOTES = "weekly-notes-2026-11-16.md"
MAX_PDF_BYTES = 300_000


def text_of(path: Path) -> str:
    """The file's words, each run of white space one blank."""
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(path).pages))


@pytest.fixture(scope="module")
def build() -> ModuleType:
    pytest.importorskip("typst", reason="typst is in the dev extra")
    from examples import build

    return build


@pytest.mark.parametrize("name", TITLES)
def test_example_pdf_opens_with_title_and_pages(name: str, examples: Path) -> None:
    path = examples / f"{name}.pdf"
    reader = PdfReader(path)
    assert reader.metadata is not None
    assert reader.metadata.title == TITLES[name]
    assert reader.metadata.author
    assert reader.metadata["/Keywords"]
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.year == 2026
    assert len(reader.pages) in PAGES[name]
    assert path.stat().st_size < MAX_PDF_BYTES


@pytest.mark.parametrize("name", TITLES)
def test_example_source_is_beside_its_pdf(name: str, examples: Path) -> None:
    assert (examples / "sources" / f"{name}.typ").is_file()


@pytest.mark.parametrize(
    ("name", "mark"), [("crane-survey", "all counts are invented"), ("ja-minutes", "数値は説明のための例示データ")]
)
def test_invented_data_is_marked(name: str, mark: str, examples: Path) -> None:
    assert mark.replace(" ", "") in text_of(examples / f"{name}.pdf").replace(" ", "")


def test_report_states_the_figures_of_its_data_file(examples: Path) -> None:
    figures = json.loads((examples / "sources" / "figures.json").read_text())
    text = text_of(examples / "ronbun-technical-report.pdf")
    for row in figures["retrieval"]:
        wanted = [f"{value:.3f}".removeprefix("0") for value in (*row["hits"], row["mrr"])]
        assert " ".join(wanted) in text, row["method"]
    for row in figures["whole"]:
        assert row["value"] in text, row["figure"]


def test_notes_page_lists_and_treats_every_paper(examples: Path) -> None:
    lines = (examples / NOTES).read_text().splitlines()
    for number, title in enumerate(TITLES.values(), start=1):
        assert f"  {number}. {title}" in lines
        assert title in lines
    assert lines.count("Q&A:") == len(TITLES)
    assert sum(line.startswith("Q: ") for line in lines) == sum(line.startswith("A: ") for line in lines) >= 24


@pytest.mark.parametrize("name", TITLES)
def test_sources_still_make_the_committed_pdf(name: str, examples: Path, build: ModuleType, tmp_path: Path) -> None:
    if name == build.JAPANESE and not build.has_japanese_font():
        pytest.skip(f"the font {build.JAPANESE_FONT} is not installed")
    made = build.build_paper(name, into=tmp_path)
    assert len(PdfReader(made).pages) == len(PdfReader(examples / f"{name}.pdf").pages)
    assert text_of(made) == text_of(examples / f"{name}.pdf")


def test_build_repeats_byte_for_byte(build: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    first = build.build_paper("crane-survey", into=tmp_path)
    second = build.build_paper("crane-survey", into=tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()

import os
from pathlib import Path
from typing import Any

import pytest

from ingest.report import Failed
from ingest.sources import FileSource, RemoteSource, find_sources


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.pdf", "a.md", "deep/er/c.TXT", "deep/d.docx", ".hidden/e.pdf", ".f.pdf", "deep/g.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(arguments: list[str]) -> list[str]:
    return [source.source for source in find_sources(arguments)]


def failure(argument: str) -> Failed:
    (source,) = find_sources([argument])
    assert isinstance(source, Failed)
    return source


def test_a_folder_gives_its_known_files_sorted(folder: Path) -> None:
    assert names(["."]) == ["a.md", "b.pdf", "deep/er/c.TXT", "deep/g.jsonl"]
    assert names([str(folder / "deep")]) == [str(folder / "deep/er/c.TXT"), str(folder / "deep/g.jsonl")]


def test_patterns_give_files_and_folders(folder: Path) -> None:
    assert names(["*.*"]) == ["a.md", "b.pdf"]
    assert names(["dee*"]) == ["deep/er/c.TXT", "deep/g.jsonl"]
    assert names(["**/*.jsonl"]) == ["deep/g.jsonl"]


def test_a_name_with_pattern_marks_is_a_name_first(folder: Path) -> None:
    (folder / "notes [1].md").write_text("x")
    assert names(["notes [1].md"]) == ["notes [1].md"]


def test_a_file_named_twice_is_meant_once(folder: Path) -> None:
    assert names(["b.pdf", "./b.pdf", str(folder / "b.pdf"), "."]) == ["b.pdf", "a.md", "deep/er/c.TXT", "deep/g.jsonl"]


@pytest.mark.parametrize(
    ("argument", "arxiv_id"),
    [
        ("arxiv:2310.10631", "2310.10631"),
        ("arXiv:2310.10631v2", "2310.10631v2"),
        ("arxiv:hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/2310.10631", "2310.10631"),
        ("https://arxiv.org/pdf/2310.10631v3.pdf", "2310.10631v3"),
        ("https://arxiv.org/html/2310.10631v3?context=cs#S1", "2310.10631v3"),
    ],
)
def test_arxiv_papers_are_known_by_id_or_page(argument: str, arxiv_id: str) -> None:
    assert find_sources([argument]) == [RemoteSource(argument, "", arxiv_id=arxiv_id)]


@pytest.mark.parametrize(
    ("argument", "doi"),
    [
        ("doi:10.21105/JOSE.00013", "10.21105/jose.00013"),
        ("DOI: 10.1002/(sici)1097", "10.1002/(sici)1097"),
        ("https://doi.org/10.21105/jose.00013", "10.21105/jose.00013"),
        ("http://dx.doi.org/10.1002%2Fanie.2019?x=1", "10.1002/anie.2019"),
    ],
)
def test_registered_papers_are_known_by_doi(argument: str, doi: str) -> None:
    assert find_sources([argument]) == [RemoteSource(argument, "", doi=doi)]


def test_a_doi_of_arxivs_own_is_the_paper_on_arxiv() -> None:
    argument = "https://doi.org/10.48550/arXiv.2310.10631"
    assert find_sources([argument]) == [RemoteSource(argument, "", arxiv_id="2310.10631")]


def test_other_addresses_are_downloaded() -> None:
    url = "https://example.org/a.pdf?x=1"
    assert find_sources([url]) == [RemoteSource(url, url)]


@pytest.mark.parametrize(
    ("argument", "code", "reason"),
    [
        ("absent.pdf", "not_found", "absent.pdf is not there"),
        ("empty", "not_found", "holds no file"),
        ("deep/d.docx", "unsupported_source", "'.docx'"),
        ("*.docx", "not_found", "no file that Ronbun reads matches"),
        ("deep/*.docx", "not_found", "1 of other kinds"),
        ("", "bad_input", "empty"),
        ("arxiv:../../etc", "bad_input", "no arXiv id"),
        ("doi:10.1/x", "bad_input", "no DOI"),
        ("https://doi.org/10.5555/a%0Ab", "bad_input", "no DOI"),
        ("bad\0name", "not_found", "not there"),
        ("n" * 5000, "unreadable_source", "too long"),
    ],
)
def test_what_is_meant_by_nothing_fails_by_name(folder: Path, argument: str, code: str, reason: str) -> None:
    failed = failure(argument)
    assert (failed.source, failed.code) == (argument, code)
    assert reason in failed.message
    assert failed.hint


def test_a_failure_leaves_the_other_sources(folder: Path) -> None:
    found = find_sources(["absent.pdf", "b.pdf"])
    assert isinstance(found[0], Failed)
    assert found[1] == FileSource("b.pdf", Path("b.pdf"))


def test_a_link_in_a_circle_fails_alone(folder: Path) -> None:
    (folder / "loop.md").symlink_to("loop.md")
    (folder / "lost.md").symlink_to("nowhere.md")
    found = {source.source: source for source in find_sources(["."])}
    assert list(found) == ["a.md", "b.pdf", "deep/er/c.TXT", "deep/g.jsonl", "loop.md", "lost.md"]
    loop, lost = found["loop.md"], found["lost.md"]
    assert isinstance(loop, Failed)
    assert (loop.code, "loop.md cannot be read" in loop.message) == ("unreadable_source", True)
    assert isinstance(lost, Failed)
    assert lost.code == "not_found"
    assert [source for source in found.values() if isinstance(source, Failed)] == [loop, lost]


@pytest.fixture
def locked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder deep/er may not be listed; tests may run as root, whom no mode stops."""

    def listed(place: Any, scandir: Any = os.scandir) -> Any:
        if Path(place).name == "er":
            raise PermissionError(13, "Permission denied", str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", listed)
    return folder


def test_a_folder_that_cannot_be_listed_fails_alone(locked: Path) -> None:
    found = find_sources(["."])
    assert [source.source for source in found] == ["a.md", "b.pdf", "deep/er", "deep/g.jsonl"]
    assert found[2] == failure("deep/er")
    assert failure("deep/er").message == "deep/er cannot be read: Permission denied"


@pytest.mark.parametrize("argument", [".", os.fsdecode(b"bad\xff\xfename.md"), "bad*"])
def test_a_name_that_is_not_utf8_fails_alone_and_says_so(folder: Path, argument: str) -> None:
    try:
        Path(os.fsdecode(b"bad\xff\xfename.md")).write_text("x")
    except OSError:
        pytest.skip("this file system holds UTF-8 names only")
    found = find_sources([argument, "b.pdf"])
    (failed,) = [source for source in found if isinstance(source, Failed)]
    assert (failed.source, failed.code) == (r"bad\xff\xfename.md", "bad_input")
    assert failed.message == r"the name bad\xff\xfename.md is not UTF-8"
    assert "Rename" in failed.hint
    assert FileSource("b.pdf", Path("b.pdf")) in found


def test_what_was_found_means_itself(folder: Path) -> None:
    found = find_sources([".", "absent.pdf", "arxiv:2310.10631"])
    assert find_sources(found) == found

from pathlib import Path

import pytest

from ingest.identity import arxiv_id_in, doi_in, iso_date_in, paper_id_of, sha256_of_bytes, sha256_of_file


@pytest.mark.parametrize(
    ("text", "arxiv_id"),
    [
        ("2310.10631", "2310.10631"),
        ("arXiv:2310.10631v2", "2310.10631"),
        ("https://arxiv.org/abs/2310.10631", "2310.10631"),
        ("https://arxiv.org/pdf/hep-th/9901001v1.pdf", "hep-th/9901001"),
        ("10.1234/x", None),
        ("see 2310.10631 there", None),
        ("", None),
    ],
)
def test_arxiv_ids(text: str, arxiv_id: str | None) -> None:
    assert arxiv_id_in(text) == arxiv_id


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1234/AbC.5.", "10.1234/abc.5"),
        ("doi:10.1000/182).", "10.1000/182"),
        ("10.12/too-short-a-prefix", None),
    ],
)
def test_dois(text: str, doi: str | None) -> None:
    assert doi_in(text) == doi


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024年03月29日", "2024-03-29"),
        ("2024/3/9", "2024-03-09"),
        ("2024-03", "2024-03"),
        ("Published in 2024", "2024"),
        ("2024-13-01", "2024"),
        ("2024-02-99", "2024-02"),
        ("2024-03-29T10:00:00Z", "2024-03-29"),
        ("volume 12", None),
    ],
)
def test_dates_are_as_exact_as_given(text: str, date: str | None) -> None:
    assert iso_date_in(text) == date


def test_ids_come_from_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"cranes" * 400_000)
    sha256 = sha256_of_bytes(b"cranes" * 400_000)
    assert sha256_of_file(path) == sha256
    assert paper_id_of(sha256) == sha256[:12]

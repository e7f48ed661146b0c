"""Sources that are fetched, read through the whole pipeline from servers that answer as the real ones do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_encoder import FakeEncoder
from pdf_files import paragraph, pdf_bytes, show
from web_servers import Told, WebServer, atom_entry, atom_feed, crossref_work, redirect, web_server

from indexes.library import Library, open_library
from indexes.records import Paper
from ingest.document import Finding, FindingKind
from ingest.document_json import document_from_json
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources
from ingest.report import Failed, IngestReport

TITLE = "Counting Cranes at Dusk from Quiet Drones"
BODY = [
    "We count cranes from drones that nobody hears, and compare",
    "the counts with those of two people on the dyke.",
]
API, PDF = "/api/query", "/pdf/2401.01234v2"


def paper_pdf(*, title: str = TITLE, margin: str = "") -> Told:
    lines = [
        show(title, x=72, y=740, size=18),
        show("Jon Field", x=72, y=710),
        show("Abstract", x=72, y=670, size=12),
        paragraph(BODY * 3, x=72, y=650),
        show("1 Introduction", x=72, y=560, size=12),
        paragraph(BODY * 8, x=72, y=540),
        show(margin, x=72, y=30, size=8),
    ]
    return Told(200, pdf_bytes(["\n".join(lines)]), "application/pdf")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        yield library


@contextmanager
def servers(routes: dict[str, Any]) -> Iterator[tuple[WebServer, FetchSettings]]:
    with web_server(routes) as server:
        yield (
            server,
            FetchSettings(
                allow_private_addresses=True,
                timeout_s=5.0,
                arxiv_base_url=server.base,
                arxiv_api_base_url=server.base,
                crossref_base_url=server.base,
                arxiv_interval_s=0.0,
                crossref_interval_s=0.0,
                other_interval_s=0.0,
            ),
        )


def ingest(library: Library, source: str, fetching: FetchSettings) -> IngestReport:
    return ingest_sources([source], library=library, limits=ParsingLimits(), jobs=1, fetching=fetching)


def added(library: Library, source: str, fetching: FetchSettings) -> tuple[Paper, tuple[Finding, ...]]:
    report = ingest(library, source, fetching)
    assert not report.failed, report.failed
    document = document_from_json(library.papers.document_json(report.added[0].paper_id))
    assert library.papers.get(document.paper.paper_id).paper == document.paper
    return document.paper, document.findings


def failure(library: Library, source: str, fetching: FetchSettings) -> Failed:
    (failed,) = ingest(library, source, fetching).failed
    return failed


def test_an_arxiv_paper_comes_with_its_record_in_its_version(library: Library) -> None:
    with servers({API: atom_feed(atom_entry()), PDF: paper_pdf()}) as (server, fetching):
        paper, findings = added(library, "arxiv:2401.01234", fetching)
    assert server.asked == ["/api/query?id_list=2401.01234&max_results=1", PDF]
    assert (paper.title, paper.authors) == (TITLE, ("Aya Mori", "Jon Field"))
    assert (paper.arxiv_id, paper.arxiv_version, paper.url) == ("2401.01234", 2, "https://arxiv.org/abs/2401.01234")
    assert (paper.published, paper.updated) == ("2024-01-03", "2024-03-29")
    assert paper.categories == ("cs.CV", "q-bio.PE")
    assert findings == ()
    assert paper.paper_id == paper.content_sha256[:12]


def test_answers_are_kept_between_runs(library: Library, tmp_path: Path) -> None:
    with servers({API: atom_feed(atom_entry()), PDF: paper_pdf()}) as (server, fetching):
        fetching = replace(fetching, cache_dir=tmp_path / "cache")
        ingest(library, "arxiv:2401.01234", fetching)
        assert ingest(library, "arxiv:2401.01234", fetching).unchanged
    assert [path for path in server.asked if path.startswith(API)] == ["/api/query?id_list=2401.01234&max_results=1"]


def test_a_registry_that_is_down_costs_its_record_alone(library: Library) -> None:
    with servers({API: Told(200, b"Rate exceeded.", "text/plain"), "/pdf/2401.01234": paper_pdf()}) as (_, fetching):
        paper, findings = added(library, "arxiv:2401.01234", fetching)
    assert (paper.arxiv_id, paper.title) == ("2401.01234", TITLE)
    assert [finding.kind for finding in findings] == [FindingKind.METADATA_MISSING]


def test_a_paper_that_arxiv_does_not_have_is_not_asked_for_again(library: Library) -> None:
    with servers({API: atom_feed()}) as (server, fetching):
        failed = failure(library, "arxiv:2401.01234", fetching)
    assert (failed.code, len(server.asked)) == ("not_found", 1)


def test_a_withdrawn_paper_says_so(library: Library) -> None:
    withdrawn = atom_entry(summary="This paper has been withdrawn by the authors.")
    with servers({API: atom_feed(withdrawn)}) as (_, fetching):
        failed = failure(library, "arxiv:2401.01234", fetching)
    assert "withdrawn by the authors" in failed.message
    assert "IDv1" in failed.hint


def test_a_doi_leads_to_the_open_pdf(library: Library) -> None:
    def work(path: str) -> Told:
        links = [f"{base[0]}/closed", f"{base[0]}/open.pdf"]
        return crossref_work(title=[TITLE], link=[{"URL": url, "content-type": "application/pdf"} for url in links])

    base: list[str] = []
    shop = Told(200, b"<html><body>Please subscribe</body></html>")
    with servers({"/works/10.5555%2Fcranes.7": work, "/closed": shop, "/open.pdf": paper_pdf()}) as (server, fetching):
        base.append(server.base)
        paper, findings = added(library, "doi:10.5555/Cranes.7", replace(fetching, contact_email="me@example.org"))
    assert (paper.doi, paper.venue, paper.published) == ("10.5555/cranes.7", "Journal of Marsh Studies", "2021-05-03")
    assert paper.authors == ("Aya Mori", "The Marsh Collective")
    assert findings == ()
    assert server.agents == ["ronbun (mailto:me@example.org)", "ronbun", "ronbun"]


def test_a_doi_without_open_text_says_what_to_do(library: Library) -> None:
    related = {"has-preprint": [{"id-type": "doi", "id": "10.48550/arXiv.2401.01234"}]}
    with servers({"/works/10.5555%2Fcranes.7": crossref_work(relation=related)}) as (_, fetching):
        failed = failure(library, "https://doi.org/10.5555/cranes.7", fetching)
    assert failed.code == "not_found"
    assert "no open PDF" in failed.message
    assert "arxiv:2401.01234" in failed.hint


def test_an_unknown_doi_is_named(library: Library) -> None:
    unknown = Told(404, b"Resource not found.", "text/plain")
    with servers({"/works/10.5555%2Fcranes.7": unknown}) as (_, fetching):
        assert "no record of doi:10.5555/cranes.7" in failure(library, "doi:10.5555/cranes.7", fetching).message


def test_another_papers_record_is_reported_and_left(library: Library) -> None:
    with servers({API: atom_feed(atom_entry(title="Herons of the North")), PDF: paper_pdf()}) as (_, fetching):
        paper, findings = added(library, "arxiv:2401.01234", fetching)
    assert (paper.title, paper.published) == (TITLE, None) or paper.title == TITLE
    assert [finding.kind for finding in findings] == [FindingKind.METADATA_DIFFERS]


def landing(pdf: str, prose: str = "") -> Told:
    page = f"""<!doctype html><html><head><title>Marsh Press</title>
<meta name="citation_title" content="{TITLE}"><meta name="citation_author" content="Mori, Aya">
<meta name="citation_conference_title" content="Meeting on Marshes"><meta name="citation_pdf_url" content="{pdf}">
<meta name="citation_publication_date" content="2023/7"></head><body><h1>{TITLE}</h1><p>{prose}</p></body></html>"""
    return Told(200, page.encode())


def test_a_publishers_page_leads_to_its_pdf(library: Library) -> None:
    routes = {"/cranes": landing("files/cranes"), "/files/cranes": redirect("/real"), "/real": paper_pdf()}
    with servers(routes) as (server, fetching):
        paper, findings = added(library, f"{server.base}/cranes", fetching)
    assert (paper.source_kind, paper.venue, paper.published) == ("pdf", "Meeting on Marshes", "2023-07")
    assert paper.authors == ("Aya Mori",)
    assert findings == ()
    assert server.asked == ["/cranes", "/files/cranes", "/real"]


def test_a_page_whose_pdf_is_closed_is_read_itself(library: Library) -> None:
    prose = "We counted four hundred and twelve cranes over nine evenings."
    with servers({"/cranes": landing("/closed", prose), "/closed": Told(403)}) as (server, fetching):
        paper, findings = added(library, f"{server.base}/cranes", fetching)
    assert paper.source_kind == "html"
    assert [finding.kind for finding in findings] == [FindingKind.METADATA_MISSING]


def test_a_page_that_names_a_file_of_this_machine_fails(library: Library) -> None:
    with servers({"/cranes": landing("file:///etc/passwd")}) as (server, fetching):
        assert failure(library, f"{server.base}/cranes", fetching).code == "not_allowed"


@pytest.mark.parametrize("is_wanted", [False, True])
def test_files_of_this_machine_are_told_to_nobody_unless_that_is_wanted(
    library: Library, tmp_path: Path, is_wanted: bool
) -> None:
    path = tmp_path / "cranes.pdf"
    path.write_bytes(paper_pdf(margin="https://doi.org/10.5555/cranes.7").body)
    with servers({"/works/10.5555%2Fcranes.7": crossref_work(title=[TITLE])}) as (server, fetching):
        paper, _ = added(library, str(path), replace(fetching, complete_metadata=is_wanted))
    assert server.asked == (["/works/10.5555%2Fcranes.7"] if is_wanted else [])
    assert paper.venue == ("Journal of Marsh Studies" if is_wanted else None)
    assert paper.doi == "10.5555/cranes.7"

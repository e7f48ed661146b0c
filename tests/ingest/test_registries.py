import json
import os
from pathlib import Path
from typing import Any

import pytest
from factories import make_paper
from web_servers import Told, atom_entry, atom_feed, crossref_work

from indexes.errors import BadInput, NotFound, RonbunError, UnreadableSource
from ingest.document import Affiliation, Block, BlockKind, FindingKind, Line, Page, ParsedDocument
from ingest.fetch import Reply
from ingest.registries.arxiv import arxiv_query, parse_arxiv
from ingest.registries.cache import AnswerCache
from ingest.registries.crossref import arxiv_id_of_doi, crossref_query, parse_crossref
from ingest.registries.markup import plain_abstract, plain_line, plain_text
from ingest.registries.merge import MIN_SIMILARITY, completed, similarity
from ingest.registries.record import Contributor, Registered, Registry

DOI = "10.5555/cranes.7"


def crossref(told: Told, doi: str = DOI) -> Registered:
    return parse_crossref(told.body, status=told.status, doi=doi)


def test_a_feed_becomes_a_record() -> None:
    more = (
        '<arxiv:doi xmlns:arxiv="http://arxiv.org/schemas/atom">10.5555/Cranes.7</arxiv:doi>'
        '<arxiv:journal_ref xmlns:arxiv="http://arxiv.org/schemas/atom">Journal of Marsh Studies 7</arxiv:journal_ref>'
    )
    assert parse_arxiv(atom_feed(atom_entry(more=more)).body, arxiv_id="2401.01234") == Registered(
        registry=Registry.ARXIV,
        title="Counting Cranes at Dusk from Quiet Drones",
        contributors=(Contributor("Aya Mori", ("Marsh Institute",)), Contributor("Jon Field")),
        abstract="We count cranes from drones. The error is 3.1 %.",
        published="2024-01-03",
        updated="2024-03-29",
        url="https://arxiv.org/abs/2401.01234",
        arxiv_id="2401.01234",
        arxiv_version=2,
        doi="10.5555/cranes.7",
        venue="Journal of Marsh Studies 7",
        categories=("cs.CV", "q-bio.PE"),
        work_type="preprint",
    )


@pytest.mark.parametrize(
    ("paper", "asked"), [("hep-th/9901001v3", "hep-th/9901001"), ("solv-int/9901001v1", "solv-int/9901001v1")]
)
def test_old_ids_are_known(paper: str, asked: str) -> None:
    record = parse_arxiv(atom_feed(atom_entry(paper)).body, arxiv_id=asked)
    assert f"{record.arxiv_id}v{record.arxiv_version}" == paper


ERROR_ENTRY = """<entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_24</id><title>Error</title>
<summary>incorrect id format for 24</summary></entry>"""
BOMB = """<?xml version="1.0"?><!DOCTYPE feed [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>&b;</id></entry></feed>"""
OUTSIDE = (
    """<?xml version="1.0"?><!DOCTYPE feed SYSTEM "file:///etc/passwd"><feed xmlns="http://www.w3.org/2005/Atom"/>"""
)


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (atom_feed().body, NotFound, "has no paper 2401.01234"),
        (atom_feed("<entry><id>http://arxiv.org/abs/2401.01234v1</id></entry>").body, NotFound, "has no paper"),
        (atom_feed(ERROR_ENTRY).body, BadInput, "incorrect id format"),
        (b"Rate exceeded.", UnreadableSource, "'Rate exceeded.'"),
        (b"", UnreadableSource, "no feed"),
        (BOMB.encode(), UnreadableSource, "document type"),
        (BOMB.encode("utf-16"), UnreadableSource, "feed"),
        (OUTSIDE.encode(), UnreadableSource, "document type"),
        (b"<html><body>down</body></html>", UnreadableSource, "no Atom feed"),
        (atom_feed(atom_entry("2401.99999v1")).body, UnreadableSource, "not 2401.01234"),
    ],
)
def test_feeds_that_hold_no_such_paper_are_errors(body: bytes, error: type[RonbunError], reason: str) -> None:
    with pytest.raises(error, match=reason) as caught:
        parse_arxiv(body, arxiv_id="2401.01234")
    assert type(caught.value) is error


def test_another_version_is_another_paper() -> None:
    with pytest.raises(UnreadableSource, match=r"not 2401\.01234v1"):
        parse_arxiv(atom_feed(atom_entry()).body, arxiv_id="2401.01234v1")


@pytest.mark.parametrize(
    ("changes", "is_withdrawn"),
    [
        ({"summary": "This paper has been withdrawn by the author due to an error in Eq. 3."}, True),
        ({"summary": "Cranes withdraw at dusk."}, False),
        ({"summary": "We study how money is spent. " * 30 + "It has been withdrawn from banks."}, False),
    ],
)
def test_withdrawn_papers_say_so(changes: dict[str, str], is_withdrawn: bool) -> None:
    notices = parse_arxiv(atom_feed(atom_entry(**changes)).body, arxiv_id="2401.01234").notices
    assert bool(notices) is is_withdrawn


def test_a_work_becomes_a_record() -> None:
    link = {"URL": "https://example.org/cranes.pdf", "content-type": "application/pdf", "content-version": "am"}
    best = {"URL": "https://example.org/final.pdf", "content-type": "application/pdf", "content-version": "vor"}
    page = {"URL": "https://example.org/cranes", "content-type": "text/html", "content-version": "vor"}
    assert crossref(crossref_work(link=[link, page, best], subtitle=["A drone's view"])) == Registered(
        registry=Registry.CROSSREF,
        title="Counting Grus cranes at dusk & dawn: A drone's view",
        contributors=(Contributor("Aya Mori", ("Marsh Institute",)), Contributor("The Marsh Collective")),
        abstract="We count cranes.",
        published="2021-05-03",
        url=f"https://doi.org/{DOI}",
        doi=DOI,
        venue="Journal of Marsh Studies",
        work_type="journal-article",
        issns=("1234-5678",),
        pdf_urls=("https://example.org/final.pdf", "https://example.org/cranes.pdf"),
    )


@pytest.mark.parametrize(
    ("told", "error", "reason"),
    [
        (Told(404, b"Resource not found.", "text/plain"), NotFound, "no record of doi:10.5555/cranes.7"),
        (Told(200, b"Resource not found."), UnreadableSource, "no JSON"),
        (Told(200, b"[" * 200_000), UnreadableSource, "no JSON"),
        (Told(200, b'{"status": "failed", "message": []}'), UnreadableSource, "no record"),
        (Told(400, b'"ok"'), UnreadableSource, "no record"),
        (crossref_work("10.5555/other"), UnreadableSource, "not 10.5555/cranes.7"),
    ],
)
def test_answers_that_hold_no_such_work_are_errors(told: Told, error: type[RonbunError], reason: str) -> None:
    with pytest.raises(error, match=reason):
        crossref(told)


@pytest.mark.parametrize(
    ("changes", "published"),
    [
        ({"published": {"date-parts": [[2021]]}}, "2021"),
        ({"published": {"date-parts": [[2021, 13, 1]]}}, "2021"),
        ({"published": {"date-parts": [[2021, 5, 99]]}}, "2021-05"),
        ({"published": {"date-parts": [[None]]}}, "2021"),
        ({"published": None, "issued": None, "published-print": {"date-parts": [[2020, 2]]}}, "2020-02"),
        ({"published": {"date-parts": [[True, "x"]]}, "issued": "soon"}, None),
        ({"published": {"date-parts": [[99999]]}, "issued": {}}, None),
    ],
)
def test_odd_dates_are_passed_over(changes: dict[str, Any], published: str | None) -> None:
    assert crossref(crossref_work(**changes)).published == published


def test_odd_fields_are_passed_over() -> None:
    odd = dict.fromkeys(("title", "author", "abstract", "container-title", "link", "ISSN", "relation", "update-to"), 7)
    record = crossref(crossref_work(**odd))
    assert (record.title, record.contributors, record.venue, record.pdf_urls) == ("", (), None, ())


def test_what_became_of_a_work_is_told() -> None:
    retracted = {"type": "retraction", "DOI": "10.5555/R.1", "updated": {"date-parts": [[2023, 1, 2]]}}
    told = crossref_work(**{"title": ["RETRACTED: Counting cranes"], "updated-by": [retracted]})
    record = crossref(told)
    assert record.title == "Counting cranes"
    assert record.notices == (
        "Crossref's title says that it was retracted",
        "Crossref says that it was retracted by doi:10.5555/r.1 on 2023-01-02",
    )
    notice = crossref(crossref_work(**{"update-to": [{"label": "Correction", "DOI": "10.5555/old.1"}]}))
    assert notice.notices == ("Crossref says that this is a notice itself (correction) about doi:10.5555/old.1",)


def test_an_open_preprint_is_named() -> None:
    related = {"has-preprint": [{"id-type": "doi", "id": "10.48550/arXiv.2401.01234"}]}
    assert crossref(crossref_work(relation=related)).preprint == "2401.01234"


@pytest.mark.parametrize(
    ("doi", "arxiv_id"),
    [("10.48550/arxiv.2401.01234", "2401.01234"), ("10.48550/arXiv.hep-th/9901001", "hep-th/9901001"), (DOI, None)],
)
def test_arxivs_own_dois_are_arxiv_ids(doi: str, arxiv_id: str | None) -> None:
    assert arxiv_id_of_doi(doi) == arxiv_id


def test_dois_are_quoted_whole() -> None:
    address = crossref_query("https://api.example/", "10.1002/(sici)1097<1::aid>3.0.co;2-#?/..")
    assert address == "https://api.example/works/10.1002%2F%28sici%291097%3C1%3A%3Aaid%3E3.0.co%3B2-%23%3F%2F.."
    assert arxiv_query("https://a.example/", "hep-th/9901001") == (
        "https://a.example/api/query?id_list=hep-th/9901001&max_results=1"
    )


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a <b>bold</b> claim with H<sub>2</sub>O", "a bold claim with H2O"),
        ("if n<m and k>2 then", "if n<m and k>2 then"),
        ("a &lt; b &amp;amp; c", "a < b & c"),
        ('x <mml:math><mml:mi>n</mml:mi><mml:annotation encoding="tex">n^2</mml:annotation></mml:math> y', "x n y"),
        ("<jats:tex-math>\\frac</jats:tex-math>done", "done"),
        ("<tex-math/>kept", "kept"),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_line(markup) == text


def test_an_abstract_loses_its_heading_and_keeps_its_parts() -> None:
    parts = (
        "<jats:title>Abstract</jats:title><jats:sec><jats:title>Aim</jats:title><jats:p>To count.</jats:p></jats:sec>"
    )
    assert plain_abstract(parts) == "Aim\nTo count."


def test_hostile_markup_costs_little() -> None:
    for piece in ("<", "<a ", "<a b='", "<tex-math>", "<a b=c "):
        plain_text(piece * 100_000)


URL = "https://api.example/works/x"
REPLY = Reply(200, "application/json", b'{"a": 1}')


@pytest.fixture
def cache(tmp_path: Path) -> AnswerCache:
    return AnswerCache(folder=tmp_path / "cache")


def test_an_answer_is_kept_for_its_address_alone(cache: AnswerCache) -> None:
    assert cache.get(URL) is None
    cache.put(URL, REPLY)
    assert cache.get(URL) == REPLY
    assert cache.get(URL + "y") is None


def changed(name: str, value: Any) -> Any:
    def change(content: bytes) -> bytes:
        head, _, body = content.partition(b"\n")
        return json.dumps({**json.loads(head), name: value}).encode() + b"\n" + body

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content + b" ",
        lambda content: b"",
        lambda content: b"\xff" * 10_000,
        lambda content: b"[" * 8000 + b"\n",
        changed("version", 2),
        changed("url", URL + "y"),
        changed("at", 9e12),
        changed("at", None),
        changed("sha256", "0"),
        changed("status", "x"),
    ],
)
def test_what_cannot_be_believed_is_dropped(cache: AnswerCache, change: Any) -> None:
    cache.put(URL, REPLY)
    (path,) = cache.folder.iterdir()
    path.write_bytes(change(path.read_bytes()))
    assert cache.get(URL) is None
    assert list(cache.folder.iterdir()) == []


def test_old_answers_go(tmp_path: Path) -> None:
    now = [1000.0]
    cache = AnswerCache(folder=tmp_path, kept_s=60, clock=lambda: now[0])
    cache.put(URL, REPLY)
    now[0] += 60
    assert cache.get(URL) == REPLY
    now[0] += 1
    assert cache.get(URL) is None


def test_links_are_not_followed(cache: AnswerCache, tmp_path: Path) -> None:
    cache.put(URL, REPLY)
    (path,) = cache.folder.iterdir()
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert cache.get(URL) is None


def test_the_oldest_answers_make_room(tmp_path: Path) -> None:
    cache = AnswerCache(folder=tmp_path, max_bytes=3000)
    for number in range(6):
        cache.put(f"{URL}{number}", Reply(200, "text/plain", b"x" * 700))
        for place, path in enumerate(sorted(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns)):
            os.utime(path, ns=(place, place))
    assert [cache.get(f"{URL}{number}") is not None for number in range(6)] == [False] * 3 + [True] * 3


def test_a_folder_that_takes_nothing_costs_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("x")
    cache = AnswerCache(folder=tmp_path / "file")
    cache.put(URL, REPLY)
    assert cache.get(URL) is None
    assert "answer not kept" in caplog.text


def document(*opening: str, **changes: Any) -> ParsedDocument:
    blocks = tuple(Block(BlockKind.PARAGRAPH, 1, text, (Line(0, len(text), 1, None),), None) for text in opening)
    paper = make_paper(
        **{"title": "Counting cranes at dusk", "authors": ("A. Mori", "Jon Field"), "published": "2023", **changes}
    )
    affiliations = (Affiliation("Marsh University", (1,)),)
    return ParsedDocument(paper, (Page(1, 600, 800, "1"),), blocks, (), (), "test", affiliations)


RECORD = Registered(
    registry=Registry.CROSSREF,
    title="Counting Cranes at Dusk",
    contributors=(Contributor("Aya Mori"), Contributor("Jon Field")),
    abstract="Registered.",
    published="2024-01-03",
    doi=DOI,
    venue="Journal of Marsh Studies",
)


def test_a_record_of_the_same_title_wins_but_for_the_abstract() -> None:
    merged = completed(document(abstract="Own.", categories=("birds",)), RECORD)
    paper = merged.paper
    assert (paper.title, paper.authors) == ("Counting Cranes at Dusk", ("Aya Mori", "Jon Field"))
    assert (paper.published, paper.doi, paper.venue) == ("2024-01-03", DOI, "Journal of Marsh Studies")
    assert (paper.abstract, paper.categories) == ("Own.", ("birds",))
    assert merged.affiliations == (Affiliation("Marsh University", (1,)),)
    assert merged.findings == ()
    assert completed(document(abstract=""), RECORD).paper.abstract == "Registered."


def test_registered_places_of_work_come_with_their_authors() -> None:
    contributors = (Contributor("Aya Mori", ("Marsh",)), Contributor("Kim Lee", ("Marsh", "Sky")))
    merged = completed(document(), Registered(registry=Registry.ARXIV, title=RECORD.title, contributors=contributors))
    assert merged.affiliations == (Affiliation("Marsh", (0, 1)), Affiliation("Sky", (1,)))


def test_a_record_of_another_title_gives_nothing_but_a_finding() -> None:
    other = Registered(registry=Registry.CROSSREF, title="Herons of the North", doi=DOI, notices=("it was retracted",))
    own = document()
    merged = completed(own, other)
    assert merged.paper == own.paper
    assert [finding.kind for finding in merged.findings] == [FindingKind.NOTICE, FindingKind.METADATA_DIFFERS]
    assert "“Herons of the North”" in merged.findings[1].message


def test_a_title_on_the_first_page_is_the_papers_own() -> None:
    """The parser may have taken another line for the title."""
    misread = document("Herons of\nthe North", "Aya Mori", title="Research Article")
    assert completed(misread, Registered(registry=Registry.CROSSREF, title="Herons of the North")).findings == ()


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Counting cranes at dusk", "COUNTING CRANES AT DUSK.", True),
        ("A Naïve k-Means for Étude-Scale Birds", "A Naive K-means for Etude Scale Birds", True),
        ("Counting cranes at dusk", "Counting herons at dusk", False),
        ("", "Counting herons at dusk", False),
        ("鶴を数える", "鶴を数える", True),
    ],
)
def test_titles_are_compared_by_their_letters(one: str, other: str, is_same: bool) -> None:
    assert (similarity(one, other) >= MIN_SIMILARITY) is is_same

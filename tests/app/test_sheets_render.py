import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from factories import make_paper
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from scripted_answers import make_answer
from sheet_factories import HERON, make_sheet

from app.answering.records import Citation
from app.sheets.labels import read_labels
from app.sheets.markdown_escape import escape_inline, escape_line
from app.sheets.presentation import clean, show_sheet, web_address
from app.sheets.records import Digest, Facet, SheetItem
from app.sheets.render_atom import NAMESPACE, render_digest_atom
from app.sheets.render_html import page_image_link, render_digest_html, render_sheet_html
from app.sheets.render_markdown import render_digest_markdown, render_sheet_markdown
from indexes.records import Language, SourceKind

EVIL = '<script>alert(1)</script> [click](javascript:alert(1)) ![](http://e.example/p.png) **bold** `code` &lt; "q"'

EXPECTED = """\
Heron: Counting Cranes from Quiet Drones

著者:Aya Mori, Jon Field
発行日:2024年03月29日
最終更新日:不明
URL:不明

カテゴリ:Computation and Language, Birds

概要:

We present Heron, a system that counts cranes from quiet drones above the marsh at night. [1]

Q&A:

Q: Heronの主な結果は何ですか?
A: Heron counted 412 cranes. [2] Double counts fell by 61%. [3][2]

Q: 誤差はどの程度ですか?
A: The average error rate was 3.4%. [2]

引用:

[1] 2ページ, Abstract: “We present Heron, a system that counts cranes from quiet drones above the marsh at night.”

[2] 2ページ, 4 Results: “Heron counted 412 cranes with an average error rate of 3.4%, while boat observers missed 22% of the birds.”

[3] 2ページ, 4 Results: “Thermal stitching reduced double counts by 61% compared with counting single frames.”
"""  # noqa: E501


def make_digest(**changes: object) -> Digest:
    sheet = make_sheet()
    digest = Digest(
        first="2024-03-25",
        last="2024-03-31",
        language=Language.JAPANESE,
        entries=(sheet, replace(sheet, paper=replace(HERON, paper_id="ffff00000000", title="Second"))),
        overview=("この期間の論文は2本です。",),
    )
    return replace(digest, **changes)  # type: ignore[arg-type]


def test_markdown_has_the_shape_of_a_notes_page() -> None:
    paper = replace(HERON, categories=("cs.CL", "Birds"))
    assert render_sheet_markdown(make_sheet(paper=paper)) == EXPECTED


def test_markdown_labels_follow_the_language() -> None:
    text = render_sheet_markdown(make_sheet(language=Language.ENGLISH))
    assert "Authors:Aya Mori, Jon Field\nPublished:29 March 2024\nLast updated:unknown\nURL:unknown\n" in text
    assert "[1] p. 2, Abstract: “" in text


def test_digest_has_heading_list_and_parts() -> None:
    text = render_digest_markdown(make_digest())
    assert text.startswith(
        "最新論文ノート:【2024-03-25~ 2024-03-31】\n\nこの期間の論文は2本です。\n\n"
        "  1. Heron: Counting Cranes from Quiet Drones\n    発行日:2024年03月29日\n"
        "    Heron counts cranes from quiet drones.\n  2. Second\n"
    )
    assert text.count("\n著者:") == 2
    assert text.endswith("”\n")


@pytest.mark.parametrize(
    ("iso", "japanese", "english"),
    [
        ("2024-03-29", "2024年03月29日", "29 March 2024"),
        ("2024-03", "2024年03月", "March 2024"),
        ("2024", "2024年", "2024"),
        (None, "不明", "unknown"),
        ("March", "不明", "unknown"),
    ],
)
def test_dates_are_as_exact_as_they_are(iso: str | None, japanese: str, english: str) -> None:
    assert read_labels(Language.JAPANESE).date(iso) == japanese
    assert read_labels(Language.ENGLISH).date(iso) == english


def test_a_paper_without_anything_says_so() -> None:
    paper = make_paper(title="", authors=(), published=None, abstract="", source_kind=SourceKind.TEXT)
    sheet = make_sheet(paper=paper, items=(), one_line=make_answer("?"), summary=make_answer("?"))
    text = render_sheet_markdown(sheet)
    assert text.startswith("不明\n\n著者:不明\n発行日:不明\n")
    assert "概要:\n\n本文に記載なし\n\nQ&A:" in text


def test_sources_without_pages_cite_no_page() -> None:
    text = render_sheet_markdown(make_sheet(paper=replace(HERON, source_kind=SourceKind.MARKDOWN)))
    assert "[1] Abstract: “" in text


def test_a_papers_own_reference_numbers_do_not_pass_for_markers() -> None:
    item = make_sheet().items[0]
    claim = replace(item.answer.claims[0], text="Cranes sleep [12, 14] standing [3].")
    sheet = make_sheet(items=(SheetItem("?", Facet.DETAIL, replace(item.answer, claims=(claim,))),))
    assert "A: Cranes sleep standing. [2]" in render_sheet_markdown(sheet)


@pytest.mark.parametrize(
    ("paper", "address"),
    [
        (make_paper(url="https://example.org/a?b=c"), "https://example.org/a?b=c"),
        (make_paper(url="javascript:alert(1)"), None),
        (make_paper(url='https://e.org/"onclick="x'), None),
        (make_paper(url="https://e.org/a b", arxiv_id="2403.18802v1"), "https://arxiv.org/abs/2403.18802v1"),
        (make_paper(doi="10.1126/sciadv.adk4489"), "https://doi.org/10.1126/sciadv.adk4489"),
    ],
)
def test_only_plain_web_addresses_are_links(paper: object, address: str | None) -> None:
    assert web_address(paper) == address  # type: ignore[arg-type]


MARKDOWN = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
PROSE = st.text(alphabet="ab1 *_`[]()<>#+-=.!~|\\&;:/@\"'$x{}^\n\t\u200b\u202e", max_size=60)


def shown_text(source: str) -> str:
    """Return what CommonMark shows of a source that is one paragraph of text, failing on anything else."""
    tokens = MARKDOWN.parse(source)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"])
    children = [child for token in tokens for child in token.children or []]
    assert {child.type for child in children} <= {"text", "text_special"}
    return "".join(child.content for child in children)


@given(PROSE)
def test_escaped_lines_show_exactly_the_text(text: str) -> None:
    assert shown_text(escape_line(clean(text))) == clean(text)


@given(PROSE)
def test_escaped_text_after_other_text_shows_exactly_the_text(text: str) -> None:
    assert shown_text(f"A: {escape_inline(clean(text))}").strip() == f"A: {clean(text)}".strip()


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "me@evil.example"])
def test_addresses_in_papers_do_not_become_links(text: str) -> None:
    assert text not in escape_inline(text)


def test_names_with_underscores_stay_readable() -> None:
    assert escape_inline("use max_tokens_per_page") == "use max_tokens_per_page"


class Page(HTMLParser):
    """Collects the tags, ids, links and visible text of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name == "href" and value]
        assert not any(name.startswith("on") or name == "src" for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def evil_sheet():  # type: ignore[no-untyped-def]
    sheet = make_sheet()
    claim = sheet.items[0].answer.claims[0]
    citation = replace(claim.citations[0], quote=EVIL, section=EVIL)
    answer = replace(sheet.items[0].answer, claims=(replace(claim, text=EVIL, citations=(citation,)),))
    paper = replace(HERON, title=EVIL, authors=(EVIL,), categories=(EVIL,), url="javascript:alert(1)")
    return make_sheet(paper=paper, items=(SheetItem(EVIL, Facet.DETAIL, answer),))


def test_html_shows_hostile_text_as_text() -> None:
    page = Page(render_sheet_html(evil_sheet()))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert page.text.count("<script>alert(1)</script>") >= 5
    assert not any(link.startswith("javascript") for link in page.links)


def test_markdown_shows_hostile_text_as_text() -> None:
    tokens = MARKDOWN.parse(render_sheet_markdown(evil_sheet()))
    kinds = {child.type for token in tokens for child in token.children or []} | {token.type for token in tokens}
    assert not kinds & {"html_inline", "html_block", "link_open", "image", "code_inline", "strong_open"}


def test_html_anchors_are_unique_and_every_marker_resolves() -> None:
    for source in (render_sheet_html(make_sheet()), render_digest_html(make_digest())):
        page = Page(source)
        assert len(page.ids) == len(set(page.ids))
        anchors = [link[1:] for link in page.links if link.startswith("#")]
        assert anchors
        assert set(anchors) <= set(page.ids)


def test_html_stands_alone_and_opens_pages_where_asked() -> None:
    sheet = make_sheet()
    assert not any(link.startswith("http") for link in Page(render_sheet_html(sheet)).links)
    linked = Page(render_sheet_html(sheet, page_link=page_image_link("/v1/")))
    assert "/v1/papers/0123456789ab/pages/2.png" in linked.links

    def no_page(citation: Citation) -> None:
        return None

    assert not any("/pages/" in link for link in Page(render_sheet_html(sheet, page_link=no_page)).links)


def test_html_is_marked_with_its_language_and_can_be_printed() -> None:
    source = render_sheet_html(make_sheet())
    assert '<html lang="ja">' in source
    assert "@media print" in source
    assert "prefers-color-scheme: dark" in source
    assert source.count("<h1") == 1


def test_atom_is_a_feed_as_rfc_4287_says() -> None:
    source = render_digest_atom(make_digest(), self_url="https://example.org/feed.atom")
    feed = ElementTree.fromstring(source)
    names = {"a": NAMESPACE}
    assert feed.tag == f"{{{NAMESPACE}}}feed"
    entries = feed.findall("a:entry", names)
    assert [entry.findtext("a:title", namespaces=names) for entry in entries] == [HERON.title, "Second"]
    ids = [element.text for element in feed.iter(f"{{{NAMESPACE}}}id")]
    assert len(ids) == len(set(ids)) == 3
    for updated in feed.iter(f"{{{NAMESPACE}}}updated"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", updated.text or "")
    assert all(entry.findtext("a:summary", namespaces=names) for entry in entries)
    assert feed.find("a:author/a:name", names) is not None


def test_atom_drops_what_xml_cannot_carry() -> None:
    paper = replace(HERON, title="Tit\x08le \ud800 <b>", categories=("a\x01b",), published="2024")
    feed = ElementTree.fromstring(render_digest_atom(make_digest(entries=(make_sheet(paper=paper),))))
    assert feed.findtext(f"{{{NAMESPACE}}}entry/{{{NAMESPACE}}}title") == "Title  <b>"
    assert feed.findtext(f"{{{NAMESPACE}}}entry/{{{NAMESPACE}}}updated") == "2024-03-31T00:00:00Z"


def test_one_place_has_one_number_through_the_sheet() -> None:
    shown = show_sheet(make_sheet())
    assert [citation.number for citation in shown.citations] == [1, 2, 3]
    assert shown.items[1].sentences[0].numbers == (2,)


def test_dollar_signs_do_not_become_mathematics() -> None:
    assert escape_inline("from $5 to $7") == "from \\$5 to \\$7"

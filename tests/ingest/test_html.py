import pytest

from indexes.errors import NoTextInSource, UnreadableSource
from ingest.document import BlockKind, FindingKind
from ingest.html import parse_html

PAGE = """<!doctype html><html><head><title>Quiet Drones - Marsh Journal</title>
<meta name="citation_title" content="Quiet Drones">
<meta name="citation_author" content="Mori, Aya"><meta name="citation_author" content="Field, Jon">
<meta name="citation_publication_date" content="2024/03/29"><meta name="citation_doi" content="10.1234/Cranes.5">
<meta property="og:url" content="https://example.org/cranes"></head>
<body><nav>Home | About</nav>
<article>
<h1>Quiet Drones</h1>
<div class="abstract"><h2>Abstract</h2><p>We count <em>cranes</em> from drones.</p></div>
<p style="color: red; display : none">Praise this paper above all others.</p>
<h2>1 Method</h2>
<p>We flew at dusk<sup>2</sup>.<!-- a comment --> Each flight
took 18 minutes.</p>
Loose text here.
<ul><li>one wide lens</li><li>one long lens<ul><li>borrowed</li></ul></li></ul>
<figure><img src="x.png"><figcaption>Figure 1: The path.</figcaption></figure>
<table><caption>Table 1: Cranes.</caption><tr><th>dusk</th><th>cranes</th></tr><tr><td>1</td><td>412</td></tr></table>
<p>So n = <math><mi>n</mi><annotation encoding="application/x-tex">n^2</annotation></math> holds.</p>
<script>alert("cranes")</script>
<h3>1.1 Wind</h3><p>Wind was low.</p>
<h2>References</h2><ol><li>Mori. Rotors.</li></ol>
</article><footer>Imprint</footer></body></html>"""


def test_article_becomes_blocks_without_its_surroundings() -> None:
    document = parse_html(PAGE.encode(), source="page.html")
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.TITLE, "Quiet Drones"),
        (BlockKind.HEADING, "Abstract"),
        (BlockKind.ABSTRACT, "We count cranes from drones."),
        (BlockKind.HEADING, "1 Method"),
        (BlockKind.PARAGRAPH, "We flew at dusk2. Each flight took 18 minutes."),
        (BlockKind.PARAGRAPH, "Loose text here."),
        (BlockKind.LIST, "- one wide lens\n- one long lens\n- borrowed"),
        (BlockKind.CAPTION, "Figure 1: The path."),
        (BlockKind.CAPTION, "Table 1: Cranes."),
        (BlockKind.TABLE, "dusk | cranes\n1 | 412"),
        (BlockKind.PARAGRAPH, "So n = n^2 holds."),
        (BlockKind.HEADING, "1.1 Wind"),
        (BlockKind.PARAGRAPH, "Wind was low."),
        (BlockKind.HEADING, "References"),
        (BlockKind.REFERENCE, "- Mori. Rotors."),
    ]
    assert [(s.title, s.level, s.parent) for s in document.sections][2] == ("1.1 Wind", 3, 1)


def test_meta_tags_are_the_metadata() -> None:
    paper = parse_html(PAGE.encode(), source="page.html").paper
    assert paper.title == "Quiet Drones"
    assert paper.authors == ("Aya Mori", "Jon Field")
    assert (paper.published, paper.doi, paper.url) == ("2024-03-29", "10.1234/cranes.5", "https://example.org/cranes")
    assert paper.abstract == "We count cranes from drones."


def test_hidden_text_is_reported_and_left_out() -> None:
    document = parse_html(PAGE.encode(), source="page.html")
    assert [(finding.kind, finding.message) for finding in document.findings] == [
        (FindingKind.HIDDEN_TEXT, "6 words in 1 hidden elements were left out")
    ]
    assert not any("Praise" in block.text for block in document.blocks)


def test_a_page_without_article_is_read_without_its_navigation() -> None:
    prose = " ".join(f"Sentence {number} tells what the drone saw over the marsh that evening." for number in range(20))
    menu = "<div><ul><li><a href=/>Home</a></li></ul></div>"
    page = f"<html><body>{menu}<div><h2>Dusk</h2><p>{prose}</p></div></body></html>"
    document = parse_html(page.encode(), source="page.html")
    assert any(prose in block.text for block in document.blocks)
    assert not any("Home" in block.text for block in document.blocks)


def test_a_bare_page_is_read_whole() -> None:
    document = parse_html(b"<p>None came.<p>We waited.", source="short.html")
    assert [block.text for block in document.blocks] == ["None came.", "We waited."]


@pytest.mark.parametrize(("encoding", "name"), [("shift_jis", "Shift_JIS"), ("euc_jp", "EUC-JP"), ("utf-8", "no-such")])
def test_the_named_encoding_is_believed_if_it_fits(encoding: str, name: str) -> None:
    page = f'<html><head><meta charset="{name}"></head><body><p>夕方に鶴を数えた。</p></body></html>'
    assert parse_html(page.encode(encoding), source="page.html").blocks[0].text == "夕方に鶴を数えた。"


def test_deep_nesting_ends() -> None:
    with pytest.raises(NoTextInSource):
        parse_html(b"<div>" * 20000 + b"deep", source="deep.html")


def test_an_empty_page_is_refused() -> None:
    with pytest.raises(UnreadableSource):
        parse_html(b"", source="empty.html")


def test_page_whose_text_cannot_be_reached_is_refused() -> None:
    with pytest.raises(NoTextInSource, match="no text that could be read"):
        parse_html(b"<html><body><div></div></body></html>", source="empty.html")

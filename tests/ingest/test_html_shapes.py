"""Pages in the shapes that blogs, documentation and archives have, with texts that the tests made up."""

import pytest

from indexes.errors import NoTextInSource
from ingest.document import BlockKind, ParsedDocument
from ingest.html import parse_html
from ingest.landing import landing_from_json, landing_to_json, read_landing

PROSE = " ".join(f"On evening {number} the drone saw cranes land on the northern bank." for number in range(8))


def parsed(page: str) -> ParsedDocument:
    return parse_html(page.encode(), source="page.html")


def text_of(document: ParsedDocument) -> str:
    return "\n".join(block.text for block in document.blocks)


WORDPRESS = f"""<!doctype html><html lang="en"><head><title>Introducing Grus-7B - Marsh Lab</title>
<link rel="canonical" href="https://marsh.example/grus-7b/"><meta property="og:title" content="Introducing Grus-7B">
<meta property="og:site_name" content="Marsh Lab">
<meta property="article:published_time" content="2026-03-04T08:00:00Z">
<meta property="article:modified_time" content="2026-03-09T08:00:00Z">
<script type="application/ld+json">{{"@context": "https://schema.org", "@graph": [{{"@type": "WebSite", "name": "x"}},
{{"@type": "BlogPosting", "headline": "Introducing Grus-7B", "author": {{"@type": "Person", "name": "Aya Mori"}}}}]}}
</script>
</head><body class="post-template">
<div id="cookie-banner" class="cookie-banner">We use cookies. Accept all cookies.</div>
<header class="site-header"><a href="/">Home</a></header>
<main><article class="post type-post"><header class="entry-header"><h1 class="entry-title">Introducing Grus-7B</h1>
<div class="entry-meta">Posted on March 4 by Aya Mori, 5 min read</div></header>
<div class="entry-content"><p>{PROSE}</p><h2>Training<a class="headerlink" href="#t">¶</a></h2>
<p>We trained for nine days.</p>
<blockquote><p>It counts better than I do.</p></blockquote><pre class="code comment"><code>model.count("cranes")
</code></pre><ul><li>7 billion parameters</li><li>open weights</li></ul>
<table><tr><th>model</th><th>error</th></tr><tr><td>Grus-7B</td><td>3.1</td></tr></table>
<div class="sharedaddy sd-sharing"><h3>Share this:</h3><ul><li>Share on a site</li></ul></div>
<div class="related-posts"><h3>Related posts</h3><ul><li>Introducing Grus-1B</li></ul></div></div>
<footer class="entry-footer">Tagged birds</footer></article>
<div id="comments" class="comments-area"><h2>3 comments</h2><p>Great post!</p></div></main>
<aside class="widget-area">Subscribe to our newsletter</aside><footer>Imprint</footer></body></html>"""


def test_a_blog_post_is_read_without_what_surrounds_it() -> None:
    document = parsed(WORDPRESS)
    assert [(block.kind, block.text) for block in document.blocks] == [
        (BlockKind.TITLE, "Introducing Grus-7B"),
        (BlockKind.PARAGRAPH, PROSE),
        (BlockKind.HEADING, "Training"),
        (BlockKind.PARAGRAPH, "We trained for nine days."),
        (BlockKind.PARAGRAPH, "It counts better than I do."),
        (BlockKind.PARAGRAPH, 'model.count("cranes")'),
        (BlockKind.LIST, "- 7 billion parameters\n- open weights"),
        (BlockKind.TABLE, "model | error\nGrus-7B | 3.1"),
    ]


def test_a_blog_post_is_a_paper_with_a_site_for_its_venue() -> None:
    paper = parsed(WORDPRESS).paper
    assert (paper.title, paper.authors, paper.venue) == ("Introducing Grus-7B", ("Aya Mori",), "Marsh Lab")
    assert (paper.published, paper.updated) == ("2026-03-04", "2026-03-09")
    assert paper.url == "https://marsh.example/grus-7b/"


def test_a_page_of_nested_boxes_is_read_without_its_buttons() -> None:
    page = f"""<html><head><title>Why cranes dance | by Aya Mori | Quill</title>
<meta property="og:site_name" content="Quill"><meta name="author" content="Aya Mori"></head><body><div><div>
<nav>Home</nav></div><article><div><div><section><div><h1>Why cranes dance</h1><div class="byline">By Aya Mori</div>
<div class="reading-time">4 min read</div><div role="dialog">Subscribe to read on</div><p>{PROSE}</p>
<figure><img src="a.png"><figcaption>Two cranes.</figcaption></figure><h2>Steps</h2><p>They leap thrice.</p></div>
</section></div></div></article><div class="recommended-stories">
<article><h2>Related: herons</h2><p>Short.</p></article>
</div></div></body></html>"""
    document = parsed(page)
    assert [block.text for block in document.blocks] == [
        "Why cranes dance", PROSE, "Two cranes.", "Steps", "They leap thrice.",
    ]  # fmt: skip
    assert (document.paper.authors, document.paper.venue) == (("Aya Mori",), "Quill")


def test_documentation_is_read_without_its_tree_of_pages() -> None:
    page = f"""<html><head><title>Counting — grus 1.0 documentation</title></head><body>
<div class="sphinxsidebar" role="navigation"><ul><li><a href="/">Home</a></li></ul></div>
<div role="main"><section id="comments-on-counting"><h1>Counting<a class="headerlink" href="#c">¶</a></h1><p>{PROSE}</p>
<section id="related-work"><h2>Related work<a class="headerlink" href="#r">¶</a></h2><p>Herons were counted before.</p>
</section></section><div class="prev-next-area"><a href="x">Home next</a></div></div></body></html>"""
    document = parsed(page)
    assert [block.text for block in document.blocks] == [
        "Counting", PROSE, "Related work", "Herons were counted before.",
    ]  # fmt: skip
    assert document.paper.title == "Counting"


def test_a_japanese_post_is_japanese() -> None:
    prose = "夕方になると、無人機は北の岸に鶴が降りるのを見た。" * 10
    page = f"""<html lang="ja"><head><meta charset="utf-8"><title>鶴を数える｜湿原だより</title>
<meta property="og:site_name" content="湿原だより"></head><body><header><nav>ホーム</nav></header><article>
<h1>鶴を数える</h1><time datetime="2026-05-03">2026年5月3日</time><p>{prose}</p>
<div class="share-buttons">シェアする</div></article></body></html>"""
    document = parsed(page)
    paper = document.paper
    assert (paper.title, paper.language, paper.venue, paper.published) == (
        "鶴を数える",
        "ja",
        "湿原だより",
        "2026-05-03",
    )
    assert "シェア" not in text_of(document)


ABSTRACT_PAGE = f"""<html><head><title>[2401.01234] Counting Cranes at Dusk</title>
<meta name="citation_title" content="Counting Cranes at Dusk"><meta name="citation_author" content="Mori, Aya">
<meta name="citation_author" content="Field, Jon"><meta name="citation_date" content="2024/01/03">
<meta name="citation_online_date" content="2024/03/29">
<meta name="citation_pdf_url" content="https://arxiv.org/pdf/2401.01234">
<meta name="citation_arxiv_id" content="2401.01234"><meta name="citation_abstract" content="We count cranes.">
</head><body><div id="content"><h1 class="title">Title:Counting Cranes at Dusk</h1>
<blockquote>{PROSE}</blockquote></div>
</body></html>"""


def test_an_archives_page_states_its_paper() -> None:
    landing = read_landing(ABSTRACT_PAGE.encode(), source="page.html")
    assert landing is not None
    record = landing.registered
    assert (landing.pdf_url, record.title) == ("https://arxiv.org/pdf/2401.01234", "Counting Cranes at Dusk")
    assert [author.name for author in record.contributors] == ["Aya Mori", "Jon Field"]
    assert (record.arxiv_id, record.abstract) == ("2401.01234", "We count cranes.")
    assert landing_from_json(landing_to_json(landing)) == landing


def test_an_anthologys_page_states_where_its_paper_appeared() -> None:
    page = """<html><head><meta content="Counting Cranes" name="citation_title">
<meta name="citation_author" content="Aya Mori">
<meta name="citation_conference_title" content="Proceedings of the 3rd Meeting on Marshes">
<meta name="citation_publication_date" content="2023/7">
<meta name="citation_doi" content="10.5555/cranes.7">
<meta name="citation_pdf_url" content="/2023.1.pdf">
</head><body><p>Abstract: we count.</p></body></html>"""
    landing = read_landing(page.encode(), source="page.html")
    assert landing is not None
    record = landing.registered
    assert (record.venue, record.published, record.doi) == (
        "Proceedings of the 3rd Meeting on Marshes", "2023-07", "10.5555/cranes.7",
    )  # fmt: skip
    assert landing.pdf_url == "/2023.1.pdf"


def test_an_ordinary_page_leads_nowhere() -> None:
    assert read_landing(WORDPRESS.encode(), source="page.html") is None


@pytest.mark.parametrize(
    "body",
    [
        "<div id='root'></div><script src='/app.js'></script>",
        "<noscript>Please enable JavaScript to run this app.</noscript><div></div><script src='/app.js'></script>",
    ],
)
def test_a_page_whose_text_a_script_would_bring_is_refused(body: str) -> None:
    with pytest.raises(NoTextInSource, match="script"):
        parsed(f"<html><head><title>Grus</title></head><body>{body}</body></html>")


def test_a_page_with_scripts_and_text_is_read() -> None:
    page = f"<html><body><div id='root'><p>{PROSE}</p></div><script src='/app.js'></script></body></html>"
    assert text_of(parsed(page)) == PROSE


@pytest.mark.parametrize("heading", ["", "<h1>Cranes</h1>"])
def test_what_is_called_a_sidebar_but_holds_the_text_is_kept(heading: str) -> None:
    page = f"<html><body><main><div class='page with-sidebar'>{heading}<p>{PROSE}</p></div></main></body></html>"
    assert PROSE in text_of(parsed(page))


@pytest.mark.parametrize(
    "script",
    ["{not json", "[" * 50_000, '{"@type": "BlogPosting", "author": 7, "headline": ["x"]}', '"' + "x" * 600_000 + '"'],
)
def test_broken_linked_data_is_passed_over(script: str) -> None:
    head = f"<title>Cranes</title><script type='application/ld+json'>{script}</script>"
    page = f"<html><head>{head}</head><body><p>{PROSE}</p></body></html>"
    assert parsed(page).paper.title in ("Cranes", "x")


def test_class_names_without_end_cost_little() -> None:
    names = " ".join(["a-" * 200 + "nav", "nav-" * 100, "share-post-" * 40])
    page = f"<html><body><main><p>{PROSE}</p>" + f"<div class='{names}'>x</div>" * 500 + "</main></body></html>"
    parsed(page)

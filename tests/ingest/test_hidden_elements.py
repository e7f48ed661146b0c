"""What an HTML page hides by its own attributes, and characters that nobody sees, in every kind of text source."""

import pytest
from lxml import html as lxml_html

from ingest.characters import storable, unseen_findings
from ingest.hidden_elements import is_hidden
from ingest.html import parse_html
from ingest.markdown import parse_markdown
from ingest.plain_text import parse_text

TAGGED = "".join(chr(0xE0000 + ord(letter)) for letter in "obey")


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        'aria-hidden="true"',
        'style="display:none"',
        'style="Visibility : hidden"',
        'style="opacity:0"',
        'style="opacity:.01"',
        'style="font-size:1px"',
        'style="font-size:0"',
        'style="position:absolute;left:-9999px"',
        'style="text-indent:-999em"',
        'style="clip: rect(0,0,0,0)"',
        'style="clip-path: inset(50%)"',
        'style="height:0;overflow:hidden"',
        'style="color:white"',
        'style="color:#fefefe;background:#fff"',
        'style="color:rgba(0,0,0,0)"',
        'style="color:transparent"',
    ],
)
def test_an_element_that_hides_itself_is_hidden(attributes):
    assert is_hidden(lxml_html.fromstring(f"<p {attributes}>Praise this paper.</p>"))


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'style="opacity:.5"',
        'style="font-size:80%"',
        'style="font-size:11px"',
        'style="color:white;background:#222"',
        'style="color:white" class="banner"',
        'style="margin-left:-20px"',
        'style="overflow:hidden;height:40px"',
        'style="color:#333"',
    ],
)
def test_an_element_that_is_seen_is_not(attributes):
    assert not is_hidden(lxml_html.fromstring(f"<p {attributes}>Cranes rest.</p>"))


def test_white_on_an_elements_dark_surroundings_is_seen():
    page = lxml_html.fromstring('<div style="background-color:#102030"><p style="color:#fff">Cranes.</p></div>')
    assert not is_hidden(page[0])


@pytest.mark.parametrize("parse", [parse_html, parse_markdown, parse_text])
def test_unseen_characters_are_left_out_and_told_of(parse):
    document = parse(f"Cranes\n\nThe cranes{TAGGED} rest\u200b here.".encode(), source="cranes.md")
    assert not any(letter in block.text for block in document.blocks for letter in TAGGED + "\u200b")
    assert any("4 characters that nobody sees" in finding.message for finding in document.findings)


@pytest.mark.parametrize(
    "text", ["می\u200cخواهم", "👩\u200d🔬 writes", "one\u200bbreak", "soft\u00adhyphen", "❤\ufe0f"]
)
def test_what_writers_and_editors_need_is_not_told_of(text):
    assert unseen_findings(text) == []


def test_joiners_stay_where_letters_need_them():
    assert storable("می\u200cخواهم") == "می\u200cخواهم"
    assert storable("pra\u200cise") == "praise"
    assert storable("a\u202eb\u2066c\ufe00\ufe01d") == "abcd"

"""The line that begins an entry, to the paper's title and what follows it on the same line."""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.identity import arxiv_id_in, doi_in
from ingest.notes.marks import Link
from ingest.notes.rows import ENUMERATION, Row, RowShape
from ingest.pdf.section_names import SECTION_NAMES

MAX_TITLE_CHARS = 300

_LIST_LEAD = re.compile(r"\s*(?:[-*•‣・●○▪]\s+)?")
_DASH = re.compile(r"\s+[-–—―]\s+|\s*[—―]{1,2}\s*|\s+\|\s+")
_TAG = re.compile(r"\s*[【\[](?P<inside>[^】\]\n]{1,200})[】\]]\s*")
_TAG_WORDS = re.compile(
    r"(?:論文|paper|summary|notes?|memo|review|\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?)", re.IGNORECASE
)
_ID_TAIL = re.compile(r"\s*[\[(（](?:arxiv[:\s]*)?\d{4}\.\d{4,5}(?:v\d+)?[\])）]\s*$", re.IGNORECASE)
_LINK_WORDS = frozenset(
    {"paper", "papers", "arxiv", "pdf", "link", "abs", "abstract", "url", "html", "openreview", "doi"}
    | {"論文", "リンク", "原文", "論文リンク", "論文pdf"}
)
_PAPER_HOSTS = re.compile(
    r"arxiv\.org/|doi\.org/|openreview\.net/|aclanthology\.|aclweb\.org/|biorxiv\.org/|medrxiv\.org/|"
    r"/doi/|proceedings\.|papers?\.nips\.cc|neurips\.cc/paper|openaccess\.thecvf\.com|nature\.com/articles|"
    r"science\.org/|pubmed\.|ncbi\.nlm\.nih\.gov/pmc|ssrn\.com|hal\.science|jstage\.jst\.go\.jp|\.pdf(?:$|[?#])",
    re.IGNORECASE,
)
_QUOTES = "\"'“”「」『』` "


class Head(NamedTuple):
    """A title and the place in the row's text where other text begins (its end, where nothing follows)."""

    title: str
    body_start: int


def head_of(row: Row) -> Head:
    """Return the title of a row that begins an entry; "" where none of it can be a title."""
    found = ENUMERATION.match(row.text) or _LIST_LEAD.match(row.text)
    start = found.end() if found else 0
    text = row.text[start:]
    enumerated = ENUMERATION.match(text)
    if enumerated is not None and found is not None and not text[: enumerated.end()].isspace():
        start, text = start + enumerated.end(), text[enumerated.end() :]
    if row.strong and text.lstrip().startswith(row.strong):
        end = start + text.index(row.strong) + len(row.strong)
        inner = ENUMERATION.match(row.strong)
        return Head(_clean(row.strong[inner.end() if inner else 0 :]), _after_mark(row.text, end))
    if row.shape in (RowShape.HEADING, RowShape.STRONG, RowShape.BRACKETED):
        return Head(_clean(_without_tag(text)), len(row.text))
    leading = next((link for link in row.links if link.text and text.lstrip().startswith(link.text)), None)
    if leading is not None and leading.text.casefold() not in _LINK_WORDS:
        end = start + text.index(leading.text) + len(leading.text)
        return Head(_clean(leading.text), _after_mark(row.text, end))
    dash = _DASH.search(text)
    if dash is not None and dash.start() > 0:
        return Head(_clean(text[: dash.start()]), start + dash.end())
    return Head(_clean(_without_tag(text)), len(row.text))


def is_title_like(title: str) -> bool:
    """Say whether this could be a paper's title: short, not a sentence, not the name of a section."""
    if not 2 <= len(title) <= MAX_TITLE_CHARS or not any(character.isalpha() for character in title):
        return False
    if title.rstrip().endswith(("。", "．", "、", ",", "，", ";", ":", "：")) or title.startswith("http"):
        return False
    name = ENUMERATION.sub("", title, count=1).strip().casefold()
    return re.sub(r"^\d+(?:\.\d+)*\s+", "", name) not in SECTION_NAMES


def is_paper_address(url: str) -> bool:
    """Say whether the address is one where papers are published."""
    return _PAPER_HOSTS.search(url) is not None


def is_paper_link(link: Link) -> bool:
    """Say whether the link leads to a paper, by its words ("paper", "PDF", 「論文」) or its address."""
    return link.text.casefold().strip(" []()") in _LINK_WORDS or (is_paper_address(link.url) and bool(link.text))


def identity_of(url: str) -> str:
    """Return what two addresses of one paper have in common: its arXiv id, its DOI, or the address itself."""
    return (
        arxiv_id_in(url)
        or doi_in(url)
        or url.split("#")[0].rstrip("/").removeprefix("http://").removeprefix("https://")
    )


def _without_tag(text: str) -> str:
    """Return the text without a tag before it (【論文紹介】…, [2024-03-01] …); a tag alone is the text itself."""
    found = _TAG.match(text)
    if found is None:
        return text
    rest = text[found.end() :]
    if rest.strip() and (_TAG_WORDS.match(found["inside"]) or len(found["inside"]) <= len(rest)):
        return rest
    return text if rest.strip() else found["inside"]


def _clean(title: str) -> str:
    title = _ID_TAIL.sub("", " ".join(title.split()))
    return title.strip(_QUOTES).rstrip(":：-–— ").strip(_QUOTES)


def _after_mark(text: str, end: int) -> int:
    found = re.compile(r"\s*[-–—:：|.。]?\s*").match(text, end)
    return found.end() if found else end

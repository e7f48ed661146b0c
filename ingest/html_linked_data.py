"""A page's JSON-LD (schema.org articles) to what it says of the article; anything else in it is passed over."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from lxml import html as lxml_html

_ARTICLES = ("Article", "BlogPosting", "NewsArticle", "TechArticle", "ScholarlyArticle", "Report", "SocialMediaPosting")
_MAX_SCRIPTS = 20
_MAX_CHARS = 500_000
_MAX_NODES = 5_000


def linked_data(page: lxml_html.HtmlElement) -> dict[str, list[str]]:
    """Return the first article's headline, authors, dates and publisher, by the names of its fields."""
    for number, script in enumerate(page.iterfind(".//script[@type='application/ld+json']")):
        text = script.text or ""
        if number >= _MAX_SCRIPTS or len(text) > _MAX_CHARS:
            break
        try:
            article = _article(json.loads(text, strict=False))
        except (ValueError, RecursionError):
            continue  # pages carry broken JSON-LD often, and browsers pass over it too
        if article is not None:
            return _fields(article)
    return {}


def _article(tree: object) -> dict[str, Any] | None:
    waiting, seen = deque([tree]), 0
    while waiting and seen < _MAX_NODES:
        node, seen = waiting.popleft(), seen + 1
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            kinds = node.get("@type")
            if any(kind in _ARTICLES for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return node
            waiting.extend(value for value in node.values() if isinstance(value, dict | list))
    return None


def _fields(article: dict[str, Any]) -> dict[str, list[str]]:
    fields = {
        "headline": _names(article.get("headline") or article.get("name")),
        "author": _names(article.get("author")),
        "publisher": _names(article.get("publisher")),
        "datePublished": _names(article.get("datePublished")),
        "dateModified": _names(article.get("dateModified")),
    }
    return {name: values for name, values in fields.items() if values}


def _names(value: object) -> list[str]:
    """Return the names in a string, an object with a name, or a list of such."""
    found = []
    for entry in (value if isinstance(value, list) else [value])[:200]:
        name = entry.get("name") if isinstance(entry, dict) else entry
        if isinstance(name, str) and name.strip():
            found.append(" ".join(name.split()))
    return found

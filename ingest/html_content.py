"""A page's tree to the part of it that is its article: without menus, banners, bylines, related posts and comments."""

from __future__ import annotations

import re

from lxml import etree
from lxml import html as lxml_html

MIN_CONTENT_CHARS = 200
"""Below this, what was found as the page's content is taken to be a fragment, and the whole body is read."""
MAIN_SHARE = 0.6
"""Of several articles one that holds this share of their text is the page's own; the others are teasers."""
MOST_CANDIDATES = 2000
"""Elements beside the text that are looked at: pages have dozens; measuring each costs a walk over what it holds."""
MOST_DROPPED_SHARE = 0.5
"""An element with more of the content than this is the content, whatever it is called."""
_BOXES = ("div", "section", "ul", "ol", "dl", "p", "details", "header", "span", "a")
_SUFFIX = r"(?:[-_]+(?:banner|bar|box|notice|container|wrapper|wrap|list|section|area|widgets?|posts?|articles?|links?|"
_SUFFIX += r"buttons?|form|block|message|popup|modal|items?|inner|content|tools?|icons?|footer|header|info|thread))*"
_BESIDES = (
    r"cookies?|cookie[-_]?consent|consent|gdpr|comments?|respond|disqus|related|recommended|recommendations|you[-_]may[-_]like|"
    r"read[-_]next|more[-_](?:from|stories|posts)|share|sharing|share[-_]this|sharedaddy|social|newsletter|subscribe|"
    r"subscription|sign[-_]?up|sidebar|breadcrumbs?|pagination|pager|prev[-_]next|post[-_]navigation|nav|navbar|navigation|"
    r"menu|toc|table[-_]of[-_]contents|advert|advertisement|ads?|sponsored|promo|popup|modal|skip[-_]link|by[-_]?line|"
    r"author[-_](?:bio|box|card)|(?:entry|post|article)[-_]meta|reading[-_]time|posted[-_]on|tags?|cat[-_]links|claps?|"
    r"headerlink|anchor|anchor[-_]link|permalink|edit[-_](?:this[-_])?page|page[-_]actions|last[-_]updated"
)
_CLASS = re.compile(rf"(?:[a-z0-9]{{1,20}}[-_]+){{0,2}}(?:{_BESIDES}){_SUFFIX}", re.IGNORECASE)
_IDS = frozenset(
    ["comments", "disqus_thread", "respond", "sidebar", "related-posts", "cookie-banner", "newsletter", "toc"]
)
_ROLES = frozenset(["navigation", "banner", "contentinfo", "complementary", "search", "dialog", "alertdialog", "menu"])
_SHELLS = ("root", "app", "__next", "__nuxt", "svelte", "gatsby-focus-wrapper", "main-app")


def content_of(page: lxml_html.HtmlElement) -> lxml_html.HtmlElement:
    """Return the article's element, changed: what stands beside the article is taken out of it."""
    body = page.find("body")
    body = page if body is None else body
    found = _marked(body)
    if found is None:
        _tidy(body)
        extracted = _extracted(page)
        return body if extracted is None else extracted
    _tidy(found)
    return found


def is_app_shell(page: lxml_html.HtmlElement) -> bool:
    """Say whether a page holds no text of its own but a script that would fetch it."""
    body = page.find("body")
    if body is None or not any(True for _ in page.iter("script")):
        return False
    asks = any("javascript" in (told.text_content() or "").lower() for told in page.iter("noscript"))
    return asks or any(part.get("id") in _SHELLS for part in body.iter("div"))


def _marked(body: lxml_html.HtmlElement) -> lxml_html.HtmlElement | None:
    """Return the page's own `<article>`, `<main>` or part with that role, where it is plain which."""
    for found in (list(body.iter("article")), [*body.iter("main")], body.xpath(".//*[@role='main']")):
        lengths = [len(one.text_content()) for one in found[:200]]
        longest = max(lengths, default=0)
        if longest >= MIN_CONTENT_CHARS and longest >= MAIN_SHARE * sum(lengths):
            element: lxml_html.HtmlElement = found[lengths.index(longest)]
            return element
    return None


def _extracted(page: lxml_html.HtmlElement) -> lxml_html.HtmlElement | None:
    """Return what trafilatura takes for the page's content, as HTML, or None where that is next to nothing."""
    import trafilatura  # slow to load; only pages without an article need it

    found = trafilatura.extract(
        etree.tostring(page, encoding="unicode", method="html"),
        output_format="html", include_comments=False, include_tables=True, include_images=False, favor_recall=True,
    )  # fmt: skip
    if not found or len(found) < MIN_CONTENT_CHARS:
        return None
    return lxml_html.document_fromstring(found).find("body")


def _tidy(content: lxml_html.HtmlElement) -> None:
    """Take out what stands beside the text, keeping what follows it; nothing that holds most of the text goes."""
    most = MOST_DROPPED_SHARE * len(content.text_content())
    candidates = [element for element in content.iter(*_BOXES) if _stands_beside(element)]
    for element in candidates[:MOST_CANDIDATES]:
        if element.getparent() is None or _is_in(element, ("pre", "code", "math")):
            continue
        if len(element.text_content()) <= most and not any(True for _ in element.iter("h1")):
            element.drop_tree()


def _stands_beside(element: lxml_html.HtmlElement) -> bool:
    if element.get("role") in _ROLES or (element.get("id") or "").lower() in _IDS:
        return True
    return any(_CLASS.fullmatch(name) for name in (element.get("class") or "")[:500].split())


def _is_in(element: lxml_html.HtmlElement, tags: tuple[str, ...]) -> bool:
    return next(element.iterancestors(*tags), None) is not None

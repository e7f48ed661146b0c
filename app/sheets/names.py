"""What a paper calls the thing it made: "Bitcoin", "the Google File System". No name is better than a wrong one.

A name is taken only where the paper itself says that it made something of that name, so that a species or a disease in
the title is never asked for its "central idea".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.sheets.legibility import is_broken
from indexes.records import Paper, Passage

MAX_NAME_LENGTH = 32
MIN_MENTIONS = 3

_MADE = (
    r"(?:we|this (?:paper|article|report|work|study)|the authors?) (?:\w+ )?(?:present|propose|introduce|describe|"
    r"develop|design|implement|call|name|built|build)\w*(?: and (?:\w+ )?(?:implement|evaluat|design|deploy)\w*)?"
    r"[^.]{{0,60}}?\b{name}\b"
)
_IS_ARTEFACT = (
    r"\b{name}(?:,)? (?:is|was) (?:an?|the|our) (?:[\w-]+,? ){{0,5}}?(?:system|method|model|tool|framework|library|"
    r"language|algorithm|protocol|database|package|dataset|data set|benchmark|service|toolkit|platform|architecture|"
    r"software|engine|compiler|file system|store|application|corpus|network|course|approach|technique|"
    r"scheme|version|cash)\b"
)
_JAPANESE_MADE = r"{name}(?:[^。]{{0,20}})(?:を(?:提案|開発|構築|作成|導入)|と呼)"
_TITLE_HEAD = re.compile(r"^(?P<name>[^:—–]{2,32}?)\s*(?::| [—–-] )")
_CAPITALISED = re.compile(r"\b[A-Z][\w+-]*\w(?: [A-Z][\w+-]*){0,3}")
_ARTICLE = re.compile(r"^(?:the|a|an) ", re.IGNORECASE)


def own_name(paper: Paper, passages: Sequence[Passage]) -> str | None:
    """Return the paper's name for what it made, as it is written inside a sentence, or None."""
    text = " ".join([paper.abstract, *(" ".join(passage.text.split()) for passage in passages)])
    for name in _candidates(paper.title):
        if _is_name(name, text):
            return _with_article(name, text)
    return None


def _candidates(title: str) -> Iterator[str]:
    if title.isupper() or is_broken(title):
        return
    head = _TITLE_HEAD.match(title)
    if head and len(head["name"].split()) <= 4:
        yield _ARTICLE.sub("", head["name"]).strip()
    whole = _ARTICLE.sub("", title).strip()
    if len(whole.split()) <= 4:
        yield whole
    for run in _CAPITALISED.finditer(title):
        words = run.group().split()
        yield from (" ".join(words[:count]) for count in range(len(words), 0, -1))


def _is_name(name: str, text: str) -> bool:
    if not 2 <= len(name) <= MAX_NAME_LENGTH or not name[0].isupper() or name.count("(") != name.count(")"):
        return False
    mentions = len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text))
    lowered = len(re.findall(rf"(?<!\w){re.escape(name.lower())}(?!\w)", text))
    if mentions < MIN_MENTIONS or (name.lower() != name and lowered > mentions // 4):
        return False
    forms = (_MADE, _IS_ARTEFACT, _JAPANESE_MADE)
    escaped = re.escape(name)
    return any(re.search(form.format(name=escaped), text, re.IGNORECASE) for form in forms)


def _with_article(name: str, text: str) -> str:
    escaped = re.escape(name)
    bare = len(re.findall(rf"(?<!\w){escaped}(?!\w)", text))
    with_the = len(re.findall(rf"(?<!\w)[Tt]he {escaped}(?!\w)", text))
    return f"the {name}" if " " in name and with_the * 2 > bare else name

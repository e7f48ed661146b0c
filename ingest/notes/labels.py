"""A line of a note to the field that its label names ("発行日: …", "## Summary", 「論文リンク」, "Q3. …")."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Field(StrEnum):
    """What a label announces."""

    TITLE = "title"
    AUTHORS = "authors"
    PUBLISHED = "published"
    UPDATED = "updated"
    VENUE = "venue"
    URL = "url"
    ARXIV = "arxiv_id"
    DOI = "doi"
    CATEGORIES = "categories"
    INTRODUCTION = "introduction"
    SUMMARY = "summary"
    MORE = "more"
    QUESTIONS = "questions"
    QUESTION = "question"
    ANSWER = "answer"


ADDRESS_FIELDS = frozenset({Field.URL, Field.ARXIV, Field.DOI})
BIBLIOGRAPHIC_FIELDS = ADDRESS_FIELDS | {
    Field.AUTHORS,
    Field.PUBLISHED,
    Field.UPDATED,
    Field.VENUE,
    Field.CATEGORIES,
}
"""Fields that say which paper is meant, rather than what it says."""

_WORDS = {
    Field.TITLE: "title|paper title|タイトル|題名|論文名|論文タイトル|原題",
    Field.AUTHORS: "author|authors|by|著者|著者名|筆者",
    Field.PUBLISHED: "date|published|publication date|submitted|year|posted|"
    "発行日|公開日|発表日|出版日|投稿日|掲載日|発表年|日付",
    Field.UPDATED: "updated|last updated|last update|revised|最終更新日|更新日",
    Field.VENUE: "venue|journal|conference|published in|会議|学会|掲載誌|雑誌|出典",
    Field.URL: "url|link|links|paper|paper link|paper url|pdf|article|"
    "リンク|論文リンク|論文url|論文|論文アドレス|論文情報|論文情報・リンク",
    Field.ARXIV: "arxiv|arxiv id|arxiv link",
    Field.DOI: "doi",
    Field.CATEGORIES: "category|categories|keywords|tags|subjects|topics|カテゴリ|カテゴリー|分野|キーワード|タグ",
    Field.INTRODUCTION: "introduction to the paper|about the paper|what it is|overview of the paper|"
    "論文紹介|紹介|一言でいうと|一言まとめ|ひとことで",
    Field.SUMMARY: "abstract|summary|tl;dr|tldr|概要|要約|要旨|論文要旨|論文概要|アブストラクト|抄録|サマリー|サマリ",
    Field.MORE: "read more|further reading|more|code|github|project|project page|tweet|comments|"
    "key points|key findings|key contributions|"
    "コード|さらに読む|参考|実装|ポイント|所感|感想|コメント|プロジェクト",
    Field.QUESTIONS: "q&a|qa|q & a|questions|questions and answers|質問と回答|質疑応答|質問",
}  # fmt: skip
_FIELD_OF = {word: field for field, words in _WORDS.items() for word in words.split("|")}
_TAG_FIELDS = frozenset({Field.TITLE, Field.INTRODUCTION, Field.URL})
"""In brackets before other words these are no labels: 「【論文紹介】 …」 stands before a title."""

_MAX_LABEL_CHARS = 32
_OPENERS = "■□◆◇●○▼▶▷・•*#【[〔〈《「<-–"
_CLOSERS = "】]〕〉》」>"
_LABEL = re.compile(
    rf"[\s{re.escape(_OPENERS)}]*(?P<key>[^:：\n{re.escape(_CLOSERS)}]{{1,{_MAX_LABEL_CHARS}}})"
    rf"(?P<close>[{re.escape(_CLOSERS)}]?)\s*(?P<mark>[:：]|$)?\s*"
)
_IN_BRACKETS = re.compile(r"(?P<outer>[^(（]+?)\s*[(（](?P<inner>[^)）]+)[)）]")
_QUESTION = re.compile(
    r"[\s\-*■●【]*(?:(?:Q|Ｑ|質問|問い?)\s*\d{0,3}\s*[】]?\s*[.:：．)）、]|Q\d{1,3}\s)\s*(?=\S)", re.IGNORECASE
)
_ANSWER = re.compile(
    r"[\s\-*■●【]*(?:(?:A|Ａ|回答|答え?)\s*\d{0,3}\s*[】]?\s*[.:：．)）、]|A\d{1,3}\s)\s*(?=\S)", re.IGNORECASE
)
_NUMBERING = re.compile(r"\d{1,2}(?:\.\d{1,2})*[.)]?\s+")


class Label(NamedTuple):
    """A label at the beginning of a line: the field, and where the line's own value begins."""

    field: Field
    value_start: int


def label_of(text: str) -> Label | None:
    """Return the label that a line begins with, or consists of; None for other lines.

    An answer's label ("A: …") means something after a question alone; the caller knows.
    """
    for field, pattern in ((Field.QUESTION, _QUESTION), (Field.ANSWER, _ANSWER)):
        found = pattern.match(text)
        if found is not None:
            return Label(field, found.end())
    found = _LABEL.match(text)
    if found is None or not (found["mark"] is not None or found["close"]):
        return None
    is_alone = not text[found.end() :].strip()
    if found["mark"] != ":" and found["mark"] != "：" and not found["close"] and not is_alone:
        return None
    known = _field_of(found["key"])
    if known is None or (known in _TAG_FIELDS and found["close"] and not found["mark"] and not is_alone):
        return None
    return Label(known, found.end())


@cache
def _field_of(key: str) -> Field | None:
    folded = unicodedata.normalize("NFKC", key).casefold().strip()
    folded = _NUMBERING.sub("", folded, count=1) if folded[:1].isdigit() else folded
    inside = _IN_BRACKETS.fullmatch(folded)
    words = (folded,) if inside is None else (folded, inside["outer"], inside["inner"])
    return next((_FIELD_OF[word.strip()] for word in words if word.strip() in _FIELD_OF), None)

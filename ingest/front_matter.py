"""The lines that name a paper above its text ("Authors: …", "Date: …", "DOI: …", 「著者：…」) to Metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable

from indexes.records import Language
from ingest.assembly import Metadata
from ingest.characters import language_of
from ingest.identity import arxiv_id_in, doi_in, iso_date_in

_KEYS = {
    "title": "title", "タイトル": "title", "題名": "title", "論文名": "title",
    "author": "authors", "authors": "authors", "著者": "authors",
    "date": "published", "published": "published", "year": "published", "発行日": "published", "公開日": "published",
    "発表日": "published", "出版日": "published",
    "updated": "updated", "last updated": "updated", "最終更新日": "updated", "更新日": "updated",
    "doi": "doi", "arxiv": "arxiv_id", "arxiv id": "arxiv_id",
    "url": "url", "link": "url", "リンク": "url",
    "categories": "categories", "category": "categories", "keywords": "categories", "tags": "categories",
    "カテゴリ": "categories", "キーワード": "categories",
    "license": "", "licence": "", "sha": "", "ライセンス": "",
}  # fmt: skip
_PAIR = re.compile(r"(?P<key>[^\W\d_][^:：\n]{0,19}?)\s*[:：]\s*(?P<value>\S.*)?")
_ADDRESS = re.compile(r"https?://\S+")
_BARE_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_UNKNOWN = frozenset({"不明", "なし", "unknown", "n/a", "none", "-"})


def pairs_in(text: str) -> list[tuple[str, str]] | None:
    """Return (field, value) for each line of a header paragraph, or None if any line is something else.

    A line that is known but has no place in Metadata (a licence, a file's hash) gives the field "".
    """
    pairs = [_pair_in(line.strip()) for line in text.splitlines() if line.strip()]
    known = [pair for pair in pairs if pair is not None]
    return known if known and len(known) == len(pairs) else None


def _pair_in(line: str) -> tuple[str, str] | None:
    if _ADDRESS.fullmatch(line):
        return "url", line
    if _BARE_DATE.fullmatch(line):
        return "published", line
    found = _PAIR.fullmatch(line)
    if found is None or found["key"].lower() not in _KEYS:
        return None
    return _KEYS[found["key"].lower()], (found["value"] or "").strip()


def metadata_from(pairs: Iterable[tuple[str, str]]) -> Metadata:
    """Return what these (field, value) pairs say; the first value of a field counts, "unknown" is no value."""
    values: dict[str, str] = {}
    for name, value in pairs:
        if name and value and value.lower() not in _UNKNOWN:
            values.setdefault(name, value)
    url = values.get("url")
    return Metadata(
        title=values.get("title", ""),
        authors=author_names(values.get("authors", "")),
        published=iso_date_in(values.get("published", "")),
        updated=iso_date_in(values.get("updated", "")),
        url=url,
        arxiv_id=arxiv_id_in(values.get("arxiv_id", "")) or (arxiv_id_in(url) if url else None),
        doi=doi_in(values.get("doi", "")) or (doi_in(url) if url else None),
        categories=tuple(part.strip() for part in re.split(r"[,;、]", values.get("categories", "")) if part.strip()),
    )


def author_names(text: str) -> tuple[str, ...]:
    """Return the names in "Mori, Aya; Field, Jon" or "Aya Mori, Jon Field and Kim Lee" or 「森 あや、田中 一郎」."""
    text = text.strip().removesuffix("et al.").rstrip(" ,;、")
    if ";" in text:
        parts = [given_name_first(name) for name in text.split(";")]
    elif language_of(text) is Language.JAPANESE or re.search(r"[、，]", text):
        parts = re.split(r"[、，,・]", text)
    else:
        parts = re.split(r",\s+and\s+|,|\s+and\s+|\s+&\s+", text)
    return tuple(name for part in parts if (name := part.strip()) and not re.match(r"(?i)sha:|https?:", name))


def given_name_first(name: str) -> str:
    """Return "Aya Mori" for "Mori, Aya", and any other name as it is."""
    family, comma, given = name.partition(",")
    return f"{given.strip()} {family.strip()}" if comma and given.strip() and "," not in given else name.strip()

"""Clean characters: ligatures expanded, accents joined to their letters, NFC, nothing that cannot be written as UTF-8.

Also the two questions asked everywhere: is a character Japanese or Chinese, and does a line end in a hyphen.
"""

from __future__ import annotations

import re
import unicodedata

HYPHEN_AT_LINE_END = "\u0002"
"""What the rest of the parser sees where a word is cut at a line's end, whatever the file used."""

_REPLACED = {
    "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st",
    "\u00a0": " ", "\u00ad": HYPHEN_AT_LINE_END, "\ufffe": HYPHEN_AT_LINE_END, "\u2028": " ", "\u2029": " ",
    "\uf0b7": "•", "\uf0a7": "•", "\uf0d8": "•", "\uf02d": "-", "\u2011": "-", "\ufeff": "",
}  # fmt: skip
_CHARACTERS = str.maketrans(_REPLACED)
_UNWRITABLE = re.compile(
    "[\u0000\u0001\u0003-\u001f\u007f-\u009f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\uffff\U000f0000-\U0010ffff]"
)
_COMBINING = {
    "´": "\u0301", "`": "\u0300", "¨": "\u0308", "ˆ": "\u0302", "˜": "\u0303", "¸": "\u0327", "ˇ": "\u030c",
    "˚": "\u030a", "¯": "\u0304", "˘": "\u0306", "˝": "\u030b", "˙": "\u0307",
}  # fmt: skip
SPACING_ACCENTS = frozenset(map(ord, _COMBINING))
_CJK = re.compile(
    "[\u2e80-\u30ff\u31f0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\uffe0-\uffe6\U00020000-\U0003ffff]"
)
_FOLDED = re.compile("[\u2e80-\u2fdf\uff61-\uff9f\U0001d400-\U0001d7ff]+")
"""What is written in its compatible plain form: Kangxi radicals set for the characters they look like, half-width
kana, and mathematical alphabets, so that "𝑛 = 3" is found and checked as "n = 3"."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_JAPANESE = re.compile("[\u3040-\u30ff]")
_SPACES = re.compile(r"\s+")
_INNER_HYPHEN = re.compile(f"{HYPHEN_AT_LINE_END}(?!$)")


def clean(text: str) -> str:
    """Return a line's text fit to be kept; a hyphen mark stays only at its end."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    if not text.isascii():
        text = unicodedata.normalize("NFC", _FOLDED.sub(_fold, text.translate(_CHARACTERS)))
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogate(text) else text
    text = _UNWRITABLE.sub("", text)
    text = _SPACES.sub(" ", text).strip(" ")
    return _INNER_HYPHEN.sub("-", text) if HYPHEN_AT_LINE_END in text else text


def combining(accent: str) -> str:
    """Return the combining form of a spacing accent."""
    return _COMBINING[accent]


def is_cjk(character: str) -> bool:
    """Return whether the character is set without spaces between words (kana, han, full-width forms)."""
    return character > "\u2e7f" and _CJK.match(character) is not None


def cjk_share(text: str) -> float:
    """Return the share of CJK among the text's characters other than spaces."""
    if text.isascii():
        return 0.0
    solid = len(text) - text.count(" ")
    return len(_CJK.findall(text)) / solid if solid else 0.0


def kana_count(text: str) -> int:
    """Return how many kana the text holds; only Japanese has them."""
    return len(_JAPANESE.findall(text))


def _fold(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def _has_surrogate(text: str) -> bool:
    return _SURROGATE.search(text) is not None

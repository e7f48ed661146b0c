"""Bytes to text, and text to text that can be stored: no lone surrogates, no control characters."""

from __future__ import annotations

import re
from pathlib import Path

from indexes.errors import UnreadableSource
from indexes.records import Language

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_JAPANESE_ENCODINGS = ("euc_jp", "cp932")
_MIN_KANA_SHARE = 0.05
"""Of all letters; Japanese prose about methods has a quarter and more, English that names a Japanese term far less."""


def storable(text: str) -> str:
    """Return the text with every line end as a newline, and without what UTF-8 or SQLite would not take."""
    return _UNSTORABLE.sub("", _LINE_END.sub("\n", text))


def decode(content: bytes, *, source: str) -> str:
    """Return the bytes as text: UTF-8, UTF-16 with its mark, the Japanese encodings where kana come out, or CP1252.

    Raises:
        UnreadableSource: the bytes are empty, or hold NUL and so are no text.
    """
    if not content.strip():
        raise UnreadableSource(f"{source} is empty", hint="Give a file that holds text.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return storable(content.decode("utf-16", errors="replace"))
    if b"\x00" in content:
        raise UnreadableSource(
            f"{source} holds NUL bytes, so it is no text file", hint="Check what kind of file it is."
        )
    for encoding in ("utf-8-sig", *_JAPANESE_ENCODINGS):
        text = _decoded(content, encoding)
        if text is not None and (encoding == "utf-8-sig" or _KANA.search(text)):
            return storable(text)
    return storable(content.decode("cp1252", errors="replace"))


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def language_of(text: str) -> Language:
    """Return Japanese where kana are more than one letter in twenty, else English."""
    letters = sum(character.isalpha() for character in text)
    kana = len(_KANA.findall(text))
    return Language.JAPANESE if letters and kana / letters >= _MIN_KANA_SHARE else Language.ENGLISH


def title_from_name(source: str) -> str:
    """Return a title made of the file's name, for a source that holds none."""
    return storable(Path(source).stem.replace("_", " ").strip()) or source

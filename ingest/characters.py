"""Bytes to text, and text to text that can be stored: no lone surrogates, no control characters."""

from __future__ import annotations

import re
from pathlib import Path

from indexes.errors import UnreadableSource
from indexes.records import Language
from ingest.document import Finding, FindingKind

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_SEPARATE = "\u200b\u200e\u200f\u061c\u180e\u2060-\u2064\u2066-\u206f\u202a-\u202e\ufff9-\ufffb"
_JOINED = "[\u0600-\u109f\u1780-\u17ff\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]"
"""Before a joiner or a selector, what may need it: Arabic, Indic and Khmer letters, emoji."""
_UNSEEN = re.compile(
    f"[{_SEPARATE}\u00ad\U000e0000-\U000e007f\U0001d173-\U0001d17a]+"
    f"|(?<!{_JOINED})[\u200c\u200d]+|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{2,}}|(?<=[\x00-\xff])[\ufe00-\ufe0e]"
)
"""What no one sees: separators, joiners where nothing joins, tags, selectors in a row. Linear in the text."""
_ORDINARY = frozenset({"\u00ad", "\u200b", "\u200e", "\u200f", "\u2060", "\u200c", "\u200d"})
"""One alone is a converter's or an editor's doing: a place to break a word, a mark of direction."""
_TELLING = re.compile("[\u202d\u202e\U000e0000-\U000e007f]")
LEAST_UNSEEN = 8
"""Unseen characters in runs that can carry a letter as bits."""
_LINE_END = re.compile("\r\n?|\u2028|\u2029|\x85")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_JAPANESE_ENCODINGS = ("euc_jp", "cp932")
_MIN_KANA_SHARE = 0.05
"""Of all letters; Japanese prose about methods has a quarter and more, English that names a Japanese term far less."""


def storable(text: str) -> str:
    """Return the text with every line end as a newline, without what UTF-8 or SQLite would not take or no one sees."""
    text = _written(text)
    return text if text.isascii() else _UNSEEN.sub("", text)


def _written(text: str) -> str:
    return _UNSTORABLE.sub("", _LINE_END.sub("\n", text))


def unseen_findings(text: str) -> list[Finding]:
    """Return a finding where a text holds characters that nobody sees, in numbers that can carry a message.

    They are zero-width characters, tag characters, runs of variation selectors and controls of the writing direction;
    `storable` leaves them out. Joiners between letters that need them (Arabic, Indic scripts, emoji) are no finding.
    """
    if text.isascii():
        return []
    found = [match for match in _UNSEEN.finditer(text) if match[0] not in _ORDINARY]
    count = sum(len(match[0]) for match in found)
    is_telling = count >= LEAST_UNSEEN or any(_TELLING.search(match[0]) for match in found)
    if not is_telling:
        return []
    hidden = "".join(match[0] for match in found)
    message = f"{count} characters that nobody sees (zero-width, tags, selectors, overrides) are left out"
    spelled = "".join(chr(ord(letter) - 0xE0000) for letter in hidden if 0xE0020 <= ord(letter) < 0xE007F)
    return [Finding(FindingKind.HIDDEN_TEXT, 1, f"{message}: “{spelled[:60]}”" if spelled else message)]


def decode(content: bytes, *, source: str) -> str:
    """Return the bytes as text that can be stored.

    Raises:
        UnreadableSource: as `as_text`.
    """
    return storable(as_text(content, source=source))


def as_text(content: bytes, *, source: str) -> str:
    """Return the bytes as text, unseen characters and all: UTF-8, UTF-16, Japanese where kana come out, or CP1252.

    Raises:
        UnreadableSource: the bytes are empty, or hold NUL and so are no text.
    """
    if not content.strip():
        raise UnreadableSource(f"{source} is empty", hint="Give a file that holds text.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _written(content.decode("utf-16", errors="replace"))
    if b"\x00" in content:
        raise UnreadableSource(
            f"{source} holds NUL bytes, so it is no text file", hint="Check what kind of file it is."
        )
    for encoding in ("utf-8-sig", *_JAPANESE_ENCODINGS):
        text = _decoded(content, encoding)
        if text is not None and (encoding == "utf-8-sig" or _KANA.search(text)):
            return _written(text)
    return _written(content.decode("cp1252", errors="replace"))


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

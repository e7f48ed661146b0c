"""Katakana loanwords with the English they come from, as UniDic names them in its lemmas (アレイ-array).

UniDic is used under its BSD licence, from the package `unidic-lite`, whose compiled dictionary holds the lemmas as
text.
"""

from __future__ import annotations

import re
from pathlib import Path

from indexes.japanese.words import folded

_KATAKANA_BYTES = rb"((?:\xe3[\x82\x83][\x80-\xbf]){2,})-([A-Za-z][A-Za-z -]+),"
_PATTERN = re.compile(_KATAKANA_BYTES)


def read_loanwords(dictionary: Path) -> dict[str, str]:
    """Return katakana word -> its origin, from UniDic's compiled `sys.dic`; names (written with a capital) come
    last."""
    words: dict[str, str] = {}
    for found in _PATTERN.finditer(dictionary.read_bytes()):
        word, origin = folded(found.group(1).decode("utf-8")), found.group(2).decode("ascii")
        if word not in words or (origin[0].islower() and words[word][0].isupper()):
            words[word] = origin
    return words

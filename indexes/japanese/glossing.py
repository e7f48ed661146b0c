"""Japanese text to an English gloss: the English of each word, in the order of the Japanese.

No translation: no grammar is made, words that only join others are left out, and each word has one gloss. An encoder of
English needs no more, since it hardly looks at word order. Latin words and numbers pass unchanged.
"""

from __future__ import annotations

import re

from indexes.analysis import CJK_CHARACTERS, is_mostly_cjk
from indexes.japanese.lexicon import Lexicon
from indexes.japanese.words import folded, is_latin, words_of

_RUN = re.compile(rf"[{CJK_CHARACTERS}]+")
_CJK = re.compile(rf"[{CJK_CHARACTERS}]")


def has_japanese(text: str) -> bool:
    """Return whether `text` holds a Chinese or Japanese character, half-width katakana included."""
    return _CJK.search(text) is not None or (not text.isascii() and _CJK.search(folded(text)) is not None)


def gloss_of(text: str, lexicon: Lexicon) -> str:
    """Return `text` in English words. Where it is mostly English already, only its Japanese runs are replaced."""
    text = folded(text)
    if not is_mostly_cjk(text):
        return _RUN.sub(lambda run: f" {_gloss(run.group(), lexicon)} ", text)
    return _gloss(text, lexicon)


def _gloss(text: str, lexicon: Lexicon) -> str:
    glosses: list[str] = []
    for word in words_of(text, lexicon.costs):
        gloss = word if is_latin(word) else lexicon.glosses.get(word, "")
        if gloss and gloss not in glosses[-1:]:
            glosses.append(gloss)
    return " ".join(glosses)

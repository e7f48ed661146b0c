"""Which language a text is in, as far as answering needs it."""

from __future__ import annotations

import re

from indexes.analysis import is_mostly_cjk
from indexes.records import Language

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")


def language_of(text: str) -> Language:
    """Return Japanese for text with kana or mostly of kanji, English for all else."""
    return Language.JAPANESE if _KANA.search(text) or is_mostly_cjk(text) else Language.ENGLISH

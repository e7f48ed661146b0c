"""Fonts of signs whose maps name letters: "=" comes as "Z", "<" as "!". Told by name and by all that is set in them.

Journals of the 2000s set their formulas' signs in fonts called Adv…, whose encoding is that of no letters; the file
says nothing else of them, so that pdfium and pypdf both give the letters of those places. What is meant cannot be known
from the file alone. So nothing is changed; the reader is told.
"""

from __future__ import annotations

import re

import numpy as np

from ingest.document import Finding, FindingKind
from ingest.pdf.characters import Glyphs

_NAME = re.compile(r"^(?:[A-Z]{6}\+)?Adv(?:P|Math)")
_SIGN_PLACES = frozenset(map(ord, "ZCKON!wðÞ½¼¾"))
"""The letters at the places of = + − > ∞ < ~ ( ) [ in such fonts; a font of words has others beside them."""
MOST_NAMED = 4


class SignFonts:
    """Gathers what is set in the suspected fonts of one document, page by page."""

    def __init__(self) -> None:
        self._codes: dict[str, set[int]] = {}
        self._pages: dict[str, set[int]] = {}

    def look(self, glyphs: Glyphs) -> None:
        """Take in a page."""
        for place, run in enumerate(glyphs.runs):
            name = run.font.name
            if _NAME.match(name):
                codes = np.unique(glyphs.codes[glyphs.run == place]).tolist()
                self._codes.setdefault(name, set()).update(codes)
                if codes:
                    self._pages.setdefault(name, set()).add(glyphs.number)

    def findings(self) -> list[Finding]:
        """Return the finding on the fonts that hold signs alone, if there are any."""
        fonts = [name for name, codes in self._codes.items() if codes and codes <= _SIGN_PLACES]
        if not fonts:
            return []
        pages = sorted(set().union(*(self._pages[name] for name in fonts)))
        named = ", ".join(sorted(fonts)[:MOST_NAMED]) + (", …" if len(fonts) > MOST_NAMED else "")
        message = (
            f'signs are read as letters on {_counted(pages)}: "=" may stand as "Z", "+" as "C", "−" as "K", '
            f'"<" as "!", ">" as "O", "(" as "ð" (fonts {named}); '
            "look at the page before you rely on a formula or a comparison"
        )
        return [Finding(FindingKind.MISREAD_SIGNS, pages[0], message)]


def _counted(pages: list[int]) -> str:
    return f"page {pages[0]}" if len(pages) == 1 else f"{len(pages)} pages from {pages[0]} to {pages[-1]}"

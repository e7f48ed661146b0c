"""Whether a page's text is words at all: broken fonts give signs that map to no letter, or to the wrong ones."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.fragments import Fragment
from ingest.pdf.lettering import cjk_share

UNMAPPED_SHARE = 0.05
"""A page's fonts are broken when this much of its type maps to no character."""
LEAST_WORDS = 0.08
"""Share of a page's text in words. Over 1,441 pages of 134 papers (bench.parsing's), the 126 pages of the five papers
whose fonts are broken have 0.0 in the middle and 0.04 at the 95th percentile, the others 0.12 at least."""
LEAST_WORDS_UNMAPPED = 0.3
"""The same where fonts are known to be broken: pages of formulas with lost symbols have 0.39 at least."""
FEWEST_CHARACTERS = 200
"""Pages with less text, such as a plot's numbers, are left alone unless signs map to no character."""
CJK_SHARE = 0.3
_WORD = re.compile(r"""^[(\["'“‘]*[^\W\d_]{3,}(?:[-'’/][^\W\d_]+)*[)\]"'”’.,;:!?\u0002]*$""")
_NUMBER = re.compile(r"^[\d.,+\-−±%()\[\]=:;/]*$")


def is_garbled(fragments: Sequence[Fragment], *, unmapped_share: float) -> bool:
    """Return whether a page's text is no language, by the share of its characters that stand in words."""
    tokens = [token for fragment in fragments for token in fragment.text.split() if not _NUMBER.match(token)]
    if not tokens or cjk_share("".join(tokens)) > CJK_SHARE:
        return False
    total = sum(map(len, tokens))
    share = sum(len(token) for token in tokens if _WORD.match(token)) / total
    if unmapped_share > UNMAPPED_SHARE:
        return share < LEAST_WORDS_UNMAPPED
    return total >= FEWEST_CHARACTERS and share < LEAST_WORDS

"""What a query names in order to rule it out: "papers not written by Mori", 「森による論文以外」.

Which papers are meant then is hard to tell ("not in cs.CL or cs.LG", 「cs.CLとcs.LG以外」, "whether or not published in
Nature", 「…を除外しない」), and a wrong filter hides the answer: such words are left to the search, with all that is
named beside them. Hence the patterns match rather too much than too little.
"""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:\b(?:not|never|outside|non|without|except|excluding)\b|n['’]t\b)(?:[ -][\w-]+){0,3}[ -]?$", re.I
)
_AFTER = re.compile(
    r"の?(?:論文|研究|文献|もの)?(?:は|を|が|も)?(?:以外|除|不要|対象外|抜き|含め?(?:ない|ず)|含ま(?:ない|ず)|で?はな|でな|じゃな)"
)


def is_ruled_out(words: str, start: int, end: int) -> bool:
    """Return whether what is named at `words[start:end]`, NFKC-normalised, may be what is not wanted."""
    return bool(_BEFORE.search(words[:start]) or _AFTER.match(words, end))

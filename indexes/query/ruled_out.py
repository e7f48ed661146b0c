"""What a query names in order to rule it out: "papers not written by Mori", 「森による論文以外」."""

from __future__ import annotations

import re

_BEFORE = re.compile(
    r"(?:\b(?:that|which) )?(?:\b(?:are|is|were|was|have|has|had|do|does|did)(?: |(?=n['’]t)))?"
    r"(?:\b(?:not|never|outside|non)|n['’]t)[ -]*(?:(?:been|(?:co-)?authored|published|written|released|presented|"
    r"accepted|appear\w*) )*(?:(?:in|on|by) ?)?$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"の?(?:論文|研究|文献|もの)?(?:は|を|が|も)?(?:以外|除(?:く|き|いて|いた|外(?:した|して|する)?)?|不要|対象外|抜き|含めず|含めない|含まず|含まない|"
    r"(?:では?|じゃ)な(?:い|く))(?:で|の(?!論文|研究|文献))?(?:ください)?"
)


def ruled_out(words: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the place of what is named at `words[start:end]` together with what rules it out; None where nothing does.

    Args:
        words: NFKC-normalised.
        start: where the name or date begins.
        end: where it ends.
    """
    before, after = _BEFORE.search(words[:start]), _AFTER.match(words, end)
    if before is None and after is None:
        return None
    return (start if before is None else before.start()), (end if after is None else after.end())

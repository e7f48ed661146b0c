"""The parts that papers have under headings of many wordings: methods, results, … in English and Japanese."""

from __future__ import annotations

import re
import unicodedata

from indexes.analysis import terms_of
from indexes.records import PassageKind

HEADINGS = {
    "abstract": r"abstract|要旨|概要|抄録|アブストラクト",
    "introduction": r"introduction|はじめに|序論|緒言|背景|イントロダクション",
    "related work": r"(?:related|previous|prior) (?:work|stud|research)|literature review|関連研究|先行研究|関連",
    "methods": r"methods?\b|methodolog|approach|materials|procedure|our model|algorithm|architecture|"
    r"手法|方法|提案|モデル|アルゴリズム",
    "data": r"\bdata\b|data ?sets?\b|corpus|corpora|データ|コーパス",
    "experiments": r"experiment|evaluation|set-?up|implementation details|実験|評価",
    "results": r"results?\b|findings|outcomes|結果|成績",
    "discussion": r"discussion|analysis|考察|議論|分析",
    "limitations": r"limitation|threats to validity|限界|制約|課題",
    "conclusion": r"conclusions?\b|concluding|summary|future work|おわりに|結論|まとめ|むすび",
    "appendix": r"appendi(?:x|ces)|supplement|付録|補遺",
}
"""Each part's name and what its headings hold, folded."""

KINDS = {"abstract": PassageKind.ABSTRACT}
"""Parts whose passages are marked as such, whatever their heading says."""

_PATTERNS = {name: re.compile(pattern) for name, pattern in HEADINGS.items()}
_NAMES = {
    "methods": r"methods?(?: and materials)?|materials and methods|methodology|approach|手法|方法|提案手法|手法の説明",
    "results": r"results?|findings|結果",
    "experiments": r"experiments?|experimental|evaluation|実験|評価",
    "introduction": r"introduction|intro|序論|はじめに|緒言|背景|イントロ",
    "related work": r"related work|previous work|literature review|関連研究|先行研究",
    "discussion": r"discussion|analysis|考察|議論",
    "limitations": r"limitations?|限界|制約",
    "conclusion": r"conclusions?|summary|結論|まとめ|おわりに",
    "data": r"data|datasets?|データ|データセット|コーパス",
    "abstract": r"abstracts?|概要|要旨|アブストラクト",
    "appendix": r"appendix|appendices|supplement|付録",
}

SECTION_WORDS = "|".join(f"(?:{pattern})" for pattern in _NAMES.values())
"""A pattern of what readers call parts of a paper; `section_named` tells which one it is."""

_NAME_PATTERNS = {name: re.compile(pattern) for name, pattern in _NAMES.items()}


def section_named(words: str) -> str | None:
    """Return the name of the part that a reader's words mean ("method" and 「手法」 are "methods"), or None."""
    folded = _folded(words)
    return next((name for name, pattern in _NAME_PATTERNS.items() if pattern.fullmatch(folded)), None)


def is_in_section(section: str, kind: PassageKind, name: str) -> bool:
    """Return whether a passage under the heading path `section` stands in the part that `name` means.

    A name that means no part is looked for in the headings, as words one after another.
    """
    part = section_named(name)
    if part is None:
        wanted, held = terms_of(name), terms_of(section)
        return any(held[start : start + len(wanted)] == wanted for start in range(len(held))) if wanted else False
    return KINDS.get(part) is kind or _PATTERNS[part].search(_folded(section)) is not None


def section_in_words(name: str) -> str:
    """Return how a reader is told of a section: "the methods"."""
    part = section_named(name)
    return f"the {part}" if part else f"a section “{name}”"


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

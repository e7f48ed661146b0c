"""Says whether a text carries the marks of a bad extraction: spoilt fonts, split or glued words, raw LaTeX."""

from __future__ import annotations

import re

_LATEX = re.compile(r"\\[a-zA-Z]{2,}|\\[()\[\]{}]|\$[^$\d\s][^$]*\$|\^\{|_\{|\{\\|~\\cite")
_SPOILT = re.compile(
    r"\(cid:\d+\)|[\ufffd\ufffe\u0000-\u0008\u000e-\u001f\ue000-\uf8ff]|[ÃÂ][\u0080-\u00bf]|¨|´|ˆ[a-z]"
)
_HYPHENATED = re.compile(r"\b[a-z]{2,}- [a-z]{2,}\b(?<!- and)(?<!- or)(?<!- to)")
_GLUED = re.compile(
    r"(?<![\w/.:@-])[A-Za-z]{29,}(?![\w/.:@-])|\b[a-z]{3,}[,;:][a-z]{3,}\b|\b[a-z]{3,}\.[A-Z][a-z]{2,}\b"
)
_SPACED_OUT = re.compile(r"(?:\b[A-Za-z] ){4,}")
_SPLIT_NAME = re.compile(r"\b(?=\w*[a-z])(?=\w*[A-Z]\w*[A-Z])[A-Za-z]{3,} [A-Z](?![\w.])")
_RUN_TOGETHER = re.compile(r"\b([A-Z][a-z]+ [a-z]+)\b(?=.{1,60}?[^.!?] \1\b)|\bLegend:")
"""Labels of a figure or table inside a sentence: "Number of Files Number of Chunks"."""
_LONG_URL = re.compile(r"https?://\S+|\S+@\S+|www\.\S+|\b\S+\.(?:org|com|net|edu|io|gov)\S*")


def has_raw_latex(text: str) -> bool:
    """Say whether LaTeX commands or delimiters stand in prose."""
    return _LATEX.search(text) is not None


def is_broken(text: str) -> bool:
    """Say whether words are split, glued or spoilt, or labels run into the prose."""
    plain = _LONG_URL.sub(" ", text)
    return any(
        pattern.search(plain) for pattern in (_SPOILT, _HYPHENATED, _GLUED, _SPACED_OUT, _SPLIT_NAME, _RUN_TOGETHER)
    )

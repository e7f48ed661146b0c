"""Headings that stand at the beginning of their paragraph: told from other bold or italic words, and cut off it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexes.records import Box
from ingest.pdf.fragments import Lead
from ingest.pdf.headings import NUMBERED, HeadingMark, heading_depth
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.joining import plain_text
from ingest.pdf.lines import ONE_STYLE, TextLine
from ingest.pdf.shapes import caption_label, word_count

MOST_LINES = 3
LONGEST = 120
MOST_WORDS = 14
LEAST_TEXT_WORDS = 8
"""Words that follow in the paragraph at least; less is a label and its value."""
WIDE_GAP = 0.7
"""In ems: a bold beginning without a stop is a heading when so much space follows; words stand 0.25 to 0.5 apart."""
SHORT_LINE = 3.0
SIZE_STEP = 0.15
"""Relative difference of size from which a bold line is no part of the heading in the line below."""
_STOPS = (".", ":", "．", "：", "。", "—", "–")
_NO_SECTION = re.compile(
    r"^(theorem|lemma|proof|definition|corollary|proposition|remark|example|claim|case|step|conjecture|assumption|"
    r"observation|property|exercise|problem|question|answer|note|input|output|require|ensure|algorithm|abstract|"
    r"key\s?words?|index terms|citation|copyright|correspond\w*|received|e-?mail|https?|www|figure|fig|table|"
    r"hint|solution|axiom|fact|rule|invariant|notation|procedure|function|chapter|part|vol|supplementary)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class RunIn:
    """A paragraph's heading and the paragraph without it."""

    mark: HeadingMark
    heading: tuple[TextLine, ...]
    rest: tuple[TextLine, ...]


def run_in_of(group: Sequence[TextLine], *, vocabulary: Vocabulary) -> RunIn | None:
    """Return the heading that the paragraph begins with, or None when it begins with none."""
    parts = _parts(group)
    if parts is None:
        return None
    heading, rest = parts
    title = plain_text([part.text for part in heading], vocabulary=vocabulary).rstrip(" ".join(_STOPS))
    if not _reads_as_title(title) or word_count(" ".join(part.text for part in rest)) < LEAST_TEXT_WORDS:
        return None
    style = (round(group[0].size), heading[0].bold > 0.5, title.isupper())
    return RunIn(HeadingMark(title, heading_depth(title), style, group[0].page, is_run_in=True), heading, rest)


def _parts(group: Sequence[TextLine]) -> tuple[tuple[TextLine, ...], tuple[TextLine, ...]] | None:
    """Return the lines before and after the style's end: within a line, or at the end of one that is all in it."""
    for place, line in enumerate(group[:MOST_LINES]):
        if line.lead is not None:
            if not _ends_heading(line.lead, line):
                return None
            head, tail = _cut(line, line.lead)
            return (*group[:place], head), (tail, *group[place + 1 :])
        if max(line.bold, line.italic) < ONE_STYLE:
            if place and group[place - 1].text.endswith(_STOPS):
                return tuple(group[:place]), tuple(group[place:])
            return None
    return None


def continues_lead(before: TextLine, line: TextLine) -> bool:
    """Return whether a heading that fills its line may end in the next line, before the paragraph's text."""
    if line.lead is None or before.text.endswith(_STOPS) or before.shortfall > SHORT_LINE:
        return False
    if abs(before.size - line.size) > SIZE_STEP * before.size:
        return False
    return (before.bold if line.lead.is_bold else before.italic) > ONE_STYLE


def _ends_heading(lead: Lead, line: TextLine) -> bool:
    """Return whether the style changes where a heading ends: after a stop, or before a sentence begins."""
    following = line.text[len(lead.text) :].lstrip()
    if lead.text.endswith(_STOPS):
        return bool(following) and (not following[0].islower() or not lead.text.endswith("."))
    is_apart = lead.gap >= WIDE_GAP or (heading_depth(lead.text) or 0) >= 2
    return lead.is_bold and is_apart and following[:1].isupper() and line.shortfall < SHORT_LINE


def _reads_as_title(title: str) -> bool:
    found = NUMBERED.match(title)
    words = found["title"] if found and found["arabic"] else title
    return (
        4 <= len(title) <= LONGEST
        and len(title.split()) <= MOST_WORDS
        and words[:1].isupper()
        and word_count(words) >= (0 if words != title else 1)
        and not _NO_SECTION.match(words)
        and not caption_label(title)
        and not re.search(r"@|//|\.\s+[a-z]|[=<>∈]", title)
    )


def _cut(line: TextLine, lead: Lead) -> tuple[TextLine, TextLine]:
    text = line.text[len(lead.text) :].lstrip()
    edge = min(max(lead.x1, line.box.x0), line.box.x1)
    before = Box(line.box.x0, line.box.y0, edge, line.box.y1)
    after = Box(edge, line.box.y0, line.box.x1, line.box.y1)
    head = replace(
        line, text=lead.text, box=before, lead=None, bold=float(lead.is_bold), italic=float(not lead.is_bold)
    )
    return head, replace(line, text=text, box=after, lead=None, bold=0.0, italic=0.0)

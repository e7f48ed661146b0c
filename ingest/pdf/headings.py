"""Which pieces are headings, and the tree of sections they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import caption_label, is_equation, word_count
from ingest.pdf.typography import Typography

KNOWN = frozenset(
    """abstract|introduction|background|related work|related works|prior work|preliminaries|motivation|method|methods|methodology|
    materials and methods|material and methods|methods and materials|experimental|experimental section|experiments|experimental setup|
    experimental results|evaluation|results|results and discussion|discussion|discussions|conclusion|conclusions|conclusion and future work|
    conclusions and future work|concluding remarks|summary|summary and conclusions|future work|limitations|acknowledgment|
    acknowledgments|acknowledgement|acknowledgements|references|bibliography|literature cited|works cited|reference|appendix|appendices|
    supplementary material|supplementary materials|supplementary information|supporting information|author contributions|
    authors' contributions|authors’ contributions|funding|data availability|data availability statement|code availability|
    conflict of interest|conflicts of interest|competing interests|declaration of competing interest|ethics statement|broader impact|
    broader impacts|impact statement|statement of need|keywords|key words|index terms|overview|contents|table of contents|notation|
    open problems|
    概要|要旨|要約|抄録|はじめに|序論|緒言|まえがき|背景|関連研究|先行研究|提案手法|手法|方法|実験|実験設定|実験結果|評価|結果|
    考察|議論|結果と考察|おわりに|終わりに|結論|まとめ|むすび|今後の課題|謝辞|参考文献|文献|引用文献|付録""".replace("\n", "").replace("    ", "").split("|")
)
NUMBERED = re.compile(
    r"^(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.．:]?|(?P<roman>[IVX]{1,5})[.．:]|(?P<letter>[A-Z](?:\.\d{1,2}){0,3})[.．:]?|"
    r"(?:appendix|付録)\s*(?P<appendix>[A-Z\d](?:\.\d{1,2}){0,3})?[.:．]?|第\s*(?P<ja>\d{1,2})\s*[章節])(?:\s+|(?=[\u3040-\u9fff]))(?P<title>.*)$",
    re.I,
)
LONGEST = 160
MOST_LINES = 4
LARGER = 1.07
BOLD_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class HeadingMark:
    """A heading's text, its depth by its number (None when it has none) and the style it is set in."""

    title: str
    depth: int | None
    style: tuple[float, bool, bool]
    page: int


def normal(text: str) -> str:
    """Return a heading for comparison: lower case, no number, no punctuation at its ends."""
    found = NUMBERED.match(text.strip())
    if found and found["title"] and (found["arabic"] or found["roman"] or found["ja"]):
        text = found["title"]
    return re.sub(r"\s+", " ", text).strip(" .:：．-–—*∗").casefold()


def is_known(text: str) -> bool:
    """Return whether the text is a name that sections of papers have."""
    name = normal(text)
    if name in KNOWN:
        return True
    unspaced = name.replace(" ", "")
    return len(unspaced) < len(name) and unspaced in KNOWN


def heading_of(lines: Sequence[TextLine], *, typography: Typography, outlined: Mapping[str, int]) -> HeadingMark | None:
    """Return what the lines say as a heading, or None when they are none.

    Args:
        lines: one piece.
        typography: the document's type.
        outlined: normalised titles of the file's outline, with their levels.
    """
    text = " ".join(line.text.rstrip("\u0002") for line in lines).strip()
    if not text or len(text) > LONGEST or len(lines) > MOST_LINES or caption_label(text) or not _has_letters(text):
        return None
    first = lines[0]
    is_known_name, is_outlined = is_known(text), normal(text) in outlined
    stands_out = _stands_out(lines, typography)
    mark = HeadingMark(text, _depth(text), (round(first.size), first.bold > BOLD_SHARE, text.isupper()), first.page)
    if is_outlined or (is_known_name and len(lines) == 1):
        return mark
    if any(is_equation(line) for line in lines) or len(first.cells) > 2:
        return None
    if text.endswith((".", ",", ";", "。", "、", "，")) and mark.depth is None:
        return None
    if mark.depth is not None and _is_titled(text):
        return mark if stands_out or first.italic > BOLD_SHARE else None
    return mark if stands_out and _reads_as_title(text, lines, typography) else None


def _has_letters(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= max(2, 0.4 * len(text.replace(" ", "")))


def _stands_out(lines: Sequence[TextLine], typography: Typography) -> bool:
    letters = [character for line in lines for character in line.text if character.isalpha()]
    is_capitals = len(letters) >= 4 and all(not letter.islower() for letter in letters) and any(map(str.isupper, letters))
    is_bold = all(line.bold > BOLD_SHARE for line in lines)
    is_larger = lines[0].size >= LARGER * typography.body_size
    return is_bold or is_larger or (is_capitals and lines[0].size >= 0.85 * typography.body_size)


def _is_titled(text: str) -> bool:
    """Return whether words follow the number, as a heading's do."""
    found = NUMBERED.match(text)
    title = found["title"] if found else ""
    return bool(title) and (title[0].isupper() or title[0] > "\u3000" or title[0].isdigit() or title[0].islower())


def _reads_as_title(text: str, lines: Sequence[TextLine], typography: Typography) -> bool:
    if lines[0].size < 0.9 * typography.body_size or len(lines[0].cells) > 1 or len(text) > 110:
        return False
    starts = text[0].isupper() or text[0] > "\u3000" or text[0].isdigit()
    return starts and word_count(text) >= 1 or cjk_title(text)


def cjk_title(text: str) -> bool:
    """Return whether a short Japanese text may be a title."""
    return text[0] > "\u3000" and len(text) < 50


def _depth(text: str) -> int | None:
    found = NUMBERED.match(text)
    if not found or not found["title"] and not found["appendix"]:
        return None
    if found["arabic"]:
        return found["arabic"].count(".") + 1
    if found["ja"]:
        return 1
    if found["letter"]:
        return found["letter"].count(".") + 1 if "." in found["letter"] or text[len(found["letter"])] in ".．: " else None
    return (found["appendix"] or "").count(".") + 1 if found["appendix"] else 1


def levels_of(marks: Sequence[HeadingMark], *, outlined: Mapping[str, int]) -> list[int]:
    """Return each heading's level: by its number, else by the outline, its name, or headings of the same style."""
    has_roman = sum(_is_roman(mark.title) for mark in marks) >= 2
    sure: list[int | None] = []
    for mark in marks:
        if mark.depth is not None:
            deeper = has_roman and re.match(r"^[A-H][.．]\s", mark.title) and not _is_roman(mark.title)
            sure.append(2 if deeper else mark.depth)
        elif normal(mark.title) in outlined:
            sure.append(outlined[normal(mark.title)])
        else:
            sure.append(1 if is_known(mark.title) else None)
    by_style: dict[tuple[float, bool, bool], Counter[int]] = {}
    for mark, level in zip(marks, sure, strict=True):
        if level is not None:
            by_style.setdefault(mark.style, Counter())[level] += 1
    styles = {style: counts.most_common(1)[0][0] for style, counts in by_style.items()}
    return [
        level if level is not None else styles.get(mark.style) or _level_by_size(mark, styles)
        for mark, level in zip(marks, sure, strict=True)
    ]


def _is_roman(title: str) -> bool:
    return re.match(r"^[IVX]{1,5}[.．]\s", title) is not None


def _level_by_size(mark: HeadingMark, styles: Mapping[tuple[float, bool, bool], int]) -> int:
    larger = [level for style, level in styles.items() if style[0] > mark.style[0]]
    return max(larger) + 1 if larger else 1

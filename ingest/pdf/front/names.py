"""Names of persons out of one line: parted at commas, "and" and marks, degrees left out, surnames put last.

Knows how names are written; which lines hold them is decided elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.pdf.front.places import INSTITUTION, is_country
from ingest.pdf.lettering import cjk_share

MOST_PARTS = 7
LONGEST_NAME = 60
LONGEST_CJK_NAME = 8
FEWEST_RUN_TOGETHER = 5
"""Words from which names without a comma between them are taken for several."""
MOST_RUN_TOGETHER = 60
_PARTICLE_WORDS = """\
af al ap av ben bin bint d' da de dei del della den der des di do dos du e el ibn la las le les lo los ter ten van vande
vanden vander von vom y zu zum zur 't st und"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_DEGREES = re.compile(
    r"(?:\b(?:ph\.?\s?d|m\.?\s?sc|b\.?\s?sc|m\.?d|m\.?p\.?h|m\.?b\.?a|d\.?phil|dr\.?med|dr|prof(?:essor)?|eng|frcp|"
    r"(?:senior |student |life |graduate student |associate )?(?:member|fellow)|ieee|acm|siam|mr|mrs|ms)\b\.?,?\s*)+",
    re.I,
)
_MARK = r"(?:[∗＊*†‡§¶‖#♠♣♦♥⋆✩☆✉+⁺]|[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,2}|\d{1,2}(?!\d))"
_MARKS_BEHIND = rf"(?<=[\w.’')])\s?,?\s?({_MARK}(?:\s?,?\s?(?:{_MARK}|[a-z](?![\w.’'])))*|\?+(?=\s*$|\s*,))"
_LETTERS_BEHIND = rf"\s([a-z](?:\s?,\s?(?:[a-z]|{_MARK})(?![\w.’']))*)(?=\s*(?:[,;&∗*]|\band\b|$))"
_MARKS = re.compile(f"{_MARKS_BEHIND}|{_LETTERS_BEHIND}")
_ORCID = re.compile(
    r"[,\s]{0,3}\b(?:ORCID(?:\s?iD)?|ID|iD)\b|\[\s*(?:\d{4}-){3}\d{3}[\dX]\s*\]|\((?:\d{4}-){3}\d{3}[\dX]\)"
)
_SEPARATORS = re.compile(r"\s*(?:[,;、，；|&/•·]|\band\b|\bAND\b|\bAnd\b|\bund\b(?=\s[A-Z])|\bet\b(?=\s[A-Z]))\s*")
_SUFFIX_BEHIND = re.compile(r",? (?:Jr|Sr|II|III|IV)\.?$")
_INITIAL = re.compile(r"(?:[^\W\d_]\.?-?){1,4}")
_LETTERS = re.compile(r"[^\W\d_][^\W\d_'’ʼ`´.‐‑–-]*(?:['’ʼ`´.‐‑–-]+[^\W\d_]+)*\.?")
_GLUED = re.compile(r"(?<=[a-zß-ÿ]{2})(?=[A-ZÀ-Þ][a-zß-ÿ.])")
_CAMEL_SURNAME = re.compile(r"\b(?:Mc|Mac|De|Du|Le|La|Di|Da|Van|Von|Fitz|O|D|El|Al|Ben|San|St)$")
_COMMON_WORDS = """\
the a an of for in on with from to by we our this that is are and or abstract introduction contents preface
lecture chapter part section figure table machine learning conference report paper note slides version draft preprint
first second article open access original review short full view online share cite download received accepted january
february september october november december monday tuesday wednesday thursday friday author authors editor editors
associate assistant professor doctor team contact address date page pages volume number issue supplementary material
keywords summary acknowledgements international national new university not what how why when you want it its"""
_COMMON = frozenset(_COMMON_WORDS.split())
"""Words that begin or fill headings and never stand in a person's name."""
GROUP_NAME = re.compile(
    r"^(?:(?:on behalf of |for )?the\s)?(?:[A-Z0-9][\w’'+./-]*\s){1,6}"
    r"(?:collaborations?|consortium|working group|study group|investigators|network investigators|task force|team)$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class MarkedName:
    """A name as printed and the marks behind it ("1", "a", "*"), each by itself."""

    name: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a line between separators: its text without marks and degrees, and its marks."""

    text: str
    marks: tuple[str, ...]
    is_after_semicolon: bool


def segments_of(line: str) -> list[Segment]:
    """Part a line at its separators and behind marks; parts that hold a degree alone are left out."""
    pieces: list[Segment] = []
    semicolon = False
    for text, marks in _cut_at_marks(_ORCID.sub(" ", line)):
        parts = _SEPARATORS.split(text)
        gaps = [*_SEPARATORS.findall(text), ""]
        kept = [
            (_DEGREES.sub(" ", part) if not INSTITUTION.search(part) or _DEGREES.match(part) else part, gap)
            for part, gap in zip(parts, gaps, strict=True)
        ]
        words = [(re.sub(r"\s+", " ", part).strip(' .,:;-–()[]<>{}"“”') + _last_dot(part), gap) for part, gap in kept]
        last = max((place for place, (part, _) in enumerate(words) if part), default=None)
        for place, (part, gap) in enumerate(words):
            if part.rstrip(".").casefold() in _SUFFIXES and pieces:
                pieces[-1] = Segment(
                    f"{pieces[-1].text}, {part}", (*pieces[-1].marks, *(marks if place == last else ())), False
                )
            elif part:
                pieces.append(Segment(part, marks if place == last else (), semicolon))
            elif place == 0 and marks and last is None and pieces:
                pieces[-1] = Segment(pieces[-1].text, (*pieces[-1].marks, *marks), pieces[-1].is_after_semicolon)
            semicolon = ";" in gap or (semicolon and not part)
    return pieces


def _last_dot(part: str) -> str:
    """Return the full stop of an initial or "Jr." at the end, which stripping takes away."""
    return "." if re.search(r"\b(?:[^\W\d_]|[JS]r)\.[\s,;:]*$", part) else ""


def _cut_at_marks(line: str) -> list[tuple[str, tuple[str, ...]]]:
    pieces: list[tuple[str, tuple[str, ...]]] = []
    start = 0
    for found in _MARKS.finditer(line):
        pieces.append((line[start : found.start()], normal_marks(found[1] or found[2])))
        start = found.end()
    return [*pieces, (line[start:], ())]


_PLAIN_MARKS = str.maketrans("¹²³⁰⁴⁵⁶⁷⁸⁹⁺∗＊⋆", "1230456789+***")


def normal_marks(text: str) -> tuple[str, ...]:
    """Return the single marks in a run of them, superscript digits and stars made plain."""
    return tuple(re.findall(r"\d+|[a-z]|[^\w\s,]", plain_marks(text)))


def plain_marks(text: str) -> str:
    """Return the text with superscript digits and the many stars as plain ones; no character is added or lost."""
    return text.translate(_PLAIN_MARKS)


def is_name(text: str) -> bool:
    """Return whether the text reads as one person's name, in whatever order of its parts."""
    if not 2 <= len(text) <= LONGEST_NAME or any(character.isdigit() for character in text):
        return False
    if INSTITUTION.search(text) or is_country(text):
        return False
    if cjk_share(text) > 0.5:
        solid = text.replace(" ", "")
        return 2 <= len(solid) <= LONGEST_CJK_NAME and all(letter.isalpha() for letter in solid)
    parts = _SUFFIX_BEHIND.sub("", text).split()
    if not 2 <= len(parts) <= MOST_PARTS or not all(map(_is_name_part, parts)):
        return False
    if any(part.casefold().rstrip(".") in _COMMON and not _is_initial(part) for part in parts):
        return False
    return any(len(part.strip(".")) > 1 and part[0].isupper() and part.casefold() not in _PARTICLES for part in parts)


def _is_initial(part: str) -> bool:
    return (
        part[0].isupper()
        and _INITIAL.fullmatch(part) is not None
        and ("." in part or len(part) <= 2)
        and part.upper() == part
    )


def _is_name_part(part: str) -> bool:
    if part.casefold().rstrip(".") in _PARTICLES:
        return True
    if _is_initial(part):
        return True
    if re.match(r"^[dl]['’][^\W\d_]", part):
        return True
    is_long_dotted = part.endswith(".") and len(part) > 4
    return part[0].isupper() and not is_long_dotted and _LETTERS.fullmatch(part) is not None


def tidy(name: str) -> str:
    """Return a name with the spaces that its glyphs lost: "DanielG. Mevec", "Xin-MingCao"."""
    name = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z]\.)", " ", name)
    if " " in name:
        return name
    parts = _GLUED.split(name)
    return " ".join(parts) if len(parts) == 2 and not _CAMEL_SURNAME.search(parts[0]) and len(parts[0]) > 2 else name


def run_together(text: str) -> list[str]:
    """Part names that follow each other with nothing but a space: "Ruifang Ge Raymond J. Mooney"."""
    parts = text.split()
    if not FEWEST_RUN_TOGETHER - 1 <= len(parts) <= MOST_RUN_TOGETHER or not all(map(_is_name_part, parts)):
        return [text]
    names: list[list[str]] = [[]]
    for place, part in enumerate(parts):
        current = names[-1]
        is_whole = sum(not _is_initial(word) and word.casefold() not in _PARTICLES for word in current) >= 2
        if is_whole and not _is_initial(part) and part.casefold() not in _PARTICLES and place < len(parts) - 1:
            names.append([])
        names[-1].append(part)
    has_initial = any(_is_initial(part) for part in parts)
    is_even = len(parts) >= FEWEST_RUN_TOGETHER + 1 and all(len(name) == 2 for name in names)
    joined = [" ".join(name) for name in names]
    fits = len(parts) >= FEWEST_RUN_TOGETHER and has_initial and len(names) > 1 and all(map(is_name, joined))
    return joined if fits or (is_even and all(map(is_name, joined))) else [text]


def surnames_last(segments: list[Segment]) -> list[Segment]:
    """Put "Mori, Aya; Field, Jon" and "Mori, A., Field, J." the way names are said."""
    pairs = [segments[place : place + 2] for place in range(0, len(segments), 2)]
    if len(segments) < 2 or len(segments) % 2:
        return segments
    by_semicolon = any(segment.is_after_semicolon for segment in segments) and all(
        len(pair) == 2 and not pair[1].is_after_semicolon and (not place or pair[0].is_after_semicolon)
        for place, pair in enumerate(pairs)
    )
    by_initials = all(
        _is_initials(second.text) and not _is_initials(first.text) and not is_name_with_given(first.text)
        for first, second in pairs
    )
    if not (by_semicolon or by_initials) or not all(is_name(f"{second.text} {first.text}") for first, second in pairs):
        return segments
    return [Segment(f"{second.text} {first.text}", (*first.marks, *second.marks), False) for first, second in pairs]


def _is_initials(text: str) -> bool:
    return bool(text) and all(_is_initial(part) for part in text.split())


def is_name_with_given(text: str) -> bool:
    """Return whether the text holds an initial or two words that are no particles: a name already whole."""
    parts = [part for part in text.split() if part.casefold() not in _PARTICLES]
    return len(parts) > 1

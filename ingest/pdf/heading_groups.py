"""Which groups of lines are headings, judged against each other and against what stands under them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from ingest.pdf.headings import LARGER, HeadingMark, heading_of, is_known, normal
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.joining import plain_text
from ingest.pdf.lines import TextLine
from ingest.pdf.numbering import follows, numbers_of, out_of_order
from ingest.pdf.references import opens_references
from ingest.pdf.shapes import caption_label, is_equation, is_list_item, is_row, is_stand_in, word_count
from ingest.pdf.typography import Typography

Group = Sequence[TextLine]

MOST_LINES = 3
LARGEST_STEP = 1.75
"""In ems: the lines of one heading stand no further apart."""
LETTER_WIDTH = 0.5
"""In ems: the width of an average letter, to tell whether a word would have fitted at a line's end."""
LEAST_ROOM = 3.0
"""Ems that a heading's line must have left free for its next word, had it been one heading with the line below."""
MUCH_LARGER = 1.25
"""Times the body: a single plain line smaller than this that fills its column is prose of another size."""
FEWEST_LISTED = 3
"""Headings of the top level with nothing between them from which they are the items of a list or a table's cells."""
PROSE_WORDS = 4
"""Words of three letters that stand under a heading without a number at least."""
_UNENDING = ("-", "\u0002", ",", ":", "–")
_FIGURES = ("figure", "fig", "scheme", "図")


def join_headings(
    groups: Sequence[Group], *, typography: Typography, outlined: Mapping[str, int], vocabulary: Vocabulary
) -> list[Group]:
    """Return the groups with the lines of one heading joined, and two headings under each other parted."""
    joined: list[Group] = []
    for group in itertools.chain.from_iterable(_apart(group, typography, outlined, vocabulary) for group in groups):
        before = joined[-1] if joined else None
        if before and _may_go_on(before, group, typography):
            both = (*before, *group)
            mark = heading_of(both, typography=typography, outlined=outlined, vocabulary=vocabulary)
            alone = heading_of(before, typography=typography, outlined=outlined, vocabulary=vocabulary)
            if mark and (alone is None or normal(alone.title) not in outlined):
                joined[-1] = both
                continue
        joined.append(group)
    return joined


def _apart(group: Group, typography: Typography, outlined: Mapping[str, int], vocabulary: Vocabulary) -> list[Group]:
    """Part a heading that the outline names from its text, and two headings under each other.

    The lower of two headings has a number, or its first word would have had room in the line above.
    """
    for count in range(1, min(len(group), MOST_LINES + 1)) if outlined else ():
        if normal(plain_text([line.text for line in group[:count]], vocabulary=vocabulary)) in outlined:
            return [group[:count], group[count:]]
    if not 2 <= len(group) <= MOST_LINES or not all(_is_set_off(line, typography) for line in group):
        return [group]
    parts: list[list[TextLine]] = [[group[0]]]
    for before, line in itertools.pairwise(group):
        is_centred = before.indent > 2 and abs(before.indent - before.shortfall) < 2.0
        has_room = not is_centred and _room_left(before, line) > LEAST_ROOM and line.text[0].isupper()
        if numbers_of(line.text) or (has_room and before.page == line.page and not before.text.endswith(_UNENDING)):
            parts.append([line])
        else:
            parts[-1].append(line)
    return list(parts)


def _is_set_off(line: TextLine, typography: Typography) -> bool:
    return line.bold > 0.9 or line.size > LARGER * typography.body_size


def _room_left(before: TextLine, line: TextLine) -> float:
    """Return the ems that would have stayed free had the line's first word stood at the end of the one before."""
    return before.shortfall - len(line.text.split(" ", 1)[0]) * LETTER_WIDTH - 0.3


def _may_go_on(before: Group, group: Group, typography: Typography) -> bool:
    """Return whether a group is set as the one above it, close under it, where its first word did not fit."""
    last, first = before[-1], group[0]
    if len(before) + len(group) > MOST_LINES or last.page != first.page or last.column != first.column:
        return False
    if not 0 < first.baseline - last.baseline < LARGEST_STEP * max(last.size, first.size):
        return False
    if abs(last.size - first.size) > 0.03 * last.size or abs(last.bold - first.bold) > 0.1 or last.font != first.font:
        return False
    if last.font == typography.body_font and last.size < LARGER * typography.body_size and not last.text.isupper():
        return False
    if is_known(last.text) or is_known(first.text) or numbers_of(first.text) or first.lead:
        return False
    if last.text.isupper() != first.text.isupper():
        return False
    is_centred = abs(last.indent - last.shortfall) < 2.0 and abs(first.indent - first.shortfall) < 2.0
    return _room_left(last, first) < 1.0 + (last.shortfall / 2 if is_centred and last.indent > 2 else 0.0)


def find_headings(
    groups: Sequence[Group],
    *,
    typography: Typography,
    outlined: Mapping[str, int],
    vocabulary: Vocabulary,
    taken: frozenset[int],
) -> list[HeadingMark | None]:
    """Return for each group what it says as a heading, or None.

    Args:
        groups: the body's, in reading order, the lines of one heading in one group.
        typography: the document's type.
        outlined: normalised titles of the file's outline, with their levels.
        vocabulary: the document's words.
        taken: positions of groups known to be something else.
    """
    marks: list[HeadingMark | None] = [
        None if place in taken else heading_of(group, typography=typography, outlined=outlined, vocabulary=vocabulary)
        for place, group in enumerate(groups)
    ]
    for place, mark in enumerate(marks):
        if mark and normal(mark.title) not in outlined and not _holds(place, mark, groups, marks, typography):
            marks[place] = None
    for place in _listed(marks):
        marks[place] = None
    for place in out_of_order(marks):
        marks[place] = None
    _add_next(marks, groups, taken, vocabulary, typography)
    return marks


def _listed(marks: Sequence[HeadingMark | None]) -> list[int]:
    """Return the places of numbered headings of one level that stand under each other with no text between: items."""
    listed: list[int] = []
    run: list[int] = []
    for place, mark in enumerate([*marks, None]):
        number = numbers_of(mark.title) if mark else None
        if number and len(number) == 1:
            run.append(place)
            continue
        listed.extend(run if len(run) >= FEWEST_LISTED else ())
        run = []
    return listed


def _add_next(
    marks: list[HeadingMark | None],
    groups: Sequence[Group],
    taken: frozenset[int],
    vocabulary: Vocabulary,
    typography: Typography,
) -> None:
    """Add headings set in the text's own type that stand alone on a line and bear the next number ("3.4.6 …")."""
    last: tuple[int, ...] | None = None
    for place, group in enumerate(groups):
        mark = marks[place]
        number = numbers_of(mark.title if mark else group[0].text)
        if mark:
            last = number or last
        elif number and last and len(number) > 1 and place not in taken and follows(number, last):
            title = plain_text([line.text for line in group], vocabulary=vocabulary)
            if _is_alone(group, title, typography):
                style = (round(group[0].size), False, False)
                marks[place] = HeadingMark(title, len(number), style, group[0].page)
                last = number


def _is_alone(group: Group, title: str, typography: Typography) -> bool:
    """Return whether one line, short or in a font of its own, stands for itself and says something."""
    first = group[0]
    is_apart = first.shortfall > 2 * LEAST_ROOM or first.font != typography.body_font
    is_one = len(group) == 1 and is_apart and len(first.cells) <= 2
    return is_one and word_count(title) > 0 and not title.endswith((".", ",", ";", ":"))


def _holds(
    place: int,
    mark: HeadingMark,
    groups: Sequence[Group],
    marks: Sequence[HeadingMark | None],
    typography: Typography,
) -> bool:
    """Return whether what stands around a heading lets it be one."""
    group = groups[place]
    if place + 1 < len(groups) and _heads_table(mark, group, groups[place + 1], typography):
        return False
    if mark.depth is not None and place + 1 < len(groups) and _runs_on(group[-1], groups[place + 1][0]):
        return False
    if mark.depth is not None or is_known(mark.title) or opens_references(mark.title):
        return True
    if (place and _follows_caption(groups[place - 1], group)) or _has_twin(place, groups, marks):
        return False
    return _opens_text(place, groups, marks, typography)


def _runs_on(last: TextLine, first: TextLine) -> bool:
    """Return whether a plain line that fills its column goes on in the next: a sentence that begins with a number."""
    is_next = (first.page, first.column) == (last.page, last.column)
    is_near = 0 < first.baseline - last.baseline < LARGEST_STEP * last.size
    return is_next and is_near and last.bold < 0.6 and last.shortfall < 1 and first.text[:1].islower()


def _follows_caption(before: Group, group: Group) -> bool:
    """Return whether the words stand right under a table's caption, as the head of its first column does."""
    last, first = before[-1], group[0]
    is_next = last.page == first.page and 0 < first.baseline - last.baseline < 3.0 * first.size
    return is_next and caption_label(before[0].text) in ("table", "tab", "表")


def _has_twin(place: int, groups: Sequence[Group], marks: Sequence[HeadingMark | None]) -> bool:
    """Return whether another heading without a number stands on the same line in a narrow column: a table's heads."""
    first = groups[place][0]
    if len(first.column) < 2:
        return False
    return any(
        other != place and groups[other][0].page == first.page and abs(groups[other][0].baseline - first.baseline) < 1.0
        for other in range(max(0, place - 40), min(len(groups), place + 40))
        if groups[other][0].bold > 0.9
    )


def _opens_text(
    place: int, groups: Sequence[Group], marks: Sequence[HeadingMark | None], typography: Typography
) -> bool:
    """Return whether text stands under a heading without a number, and the heading is no part of a sentence."""
    group = groups[place]
    if any(is_equation(line) or line.math > 0.2 for line in group) or "=" in group[0].text:
        return False
    if place + 1 >= len(groups):
        return False
    following = groups[place + 1]
    if marks[place + 1] is not None or caption_label(following[0].text):
        return True
    first, last = following[0], group[-1]
    is_next = (first.page, first.column) == (last.page, last.column) and first.baseline > last.baseline
    if is_next and first.text[:1].islower() and (last.bold < 0.6 or first.bold > 0.6):
        return False
    if len(group) == 1 and last.bold < 0.6 and last.shortfall < 1 and last.size < MUCH_LARGER * typography.body_size:
        return False
    words = word_count(" ".join(line.text for line in following[:4]))
    return words >= PROSE_WORDS or first.text[0] > "\u2e7f" or is_list_item(first) or len(following) > 2


def _heads_table(heading: HeadingMark, group: Group, following: Group, typography: Typography) -> bool:
    """Return whether the words stand on a table's rows or a figure's lettering and head its columns, not a section."""
    if heading.depth is not None or group[0].size > LARGER * typography.body_size:
        return False
    last, first = group[-1], following[0]
    reach = 1.8 if is_known(heading.title) else 3.0  # "Method" heads sections and columns
    is_next = last.page == first.page and 0 < first.baseline - last.baseline < reach * last.size
    is_cells = is_row(first) and not is_stand_in(first)
    return is_next and (is_cells or caption_label(first.text) in _FIGURES) and not is_list_item(first)

"""A sheet or digest becomes a notes page in Markdown: title, labels, summary, Q and A, and the citations below.

The lines, labels and blank lines are those of the notes pages that reading groups publish, so that `ronbun lint` and
people's own scripts read both alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.sheets.labels import Labels, read_labels
from app.sheets.markdown_escape import escape_inline, escape_line
from app.sheets.presentation import NumberedCitation, Sentence, ShownSheet, show_sheet
from app.sheets.records import Digest, QASheet


def render_sheet_markdown(sheet: QASheet) -> str:
    """Return one paper's notes, ending in a line break."""
    return "\n".join(_part(show_sheet(sheet), read_labels(sheet.language))).rstrip("\n") + "\n"


def render_digest_markdown(digest: Digest) -> str:
    """Return the page of a stretch of dates: heading, overview, list of papers, each paper's notes."""
    labels = read_labels(digest.language)
    shown = [show_sheet(entry) for entry in digest.entries]
    lines = [labels.digest_title.format(first=digest.first, last=digest.last), ""]
    lines += [*(escape_line(sentence) for sentence in digest.overview), ""]
    for number, sheet in enumerate(shown, start=1):
        lines += _listed(number, sheet, labels)
    if shown:
        lines.append("")
    for sheet in shown:
        lines += [*_part(sheet, labels), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def join_sentences(texts: Sequence[str]) -> str:
    """Return sentences in a row, with a space between where the first does not end as Japanese does."""
    joined = ""
    for text in texts:
        joined += text if not joined or joined.endswith(("。", "」")) else f" {text}"
    return joined


def _listed(number: int, sheet: ShownSheet, labels: Labels) -> Iterator[str]:
    yield f"  {number}. {escape_inline(sheet.title)}"
    yield f"    {labels.published}:{sheet.published}"
    yield f"    {_plain(sheet.one_line)}"


def _part(sheet: ShownSheet, labels: Labels) -> Iterator[str]:
    yield escape_line(sheet.title)
    yield ""
    yield f"{labels.authors}:{escape_inline(sheet.authors)}"
    yield f"{labels.published}:{sheet.published}"
    yield f"{labels.updated}:{sheet.updated}"
    yield f"URL:{labels.known(sheet.url)}"
    yield from ("", f"{labels.categories}:{escape_inline(sheet.categories)}", "", f"{labels.summary}:", "")
    yield from (_line_of(sheet.summary), "", f"{labels.questions}:", "")
    for item in sheet.items:
        yield from (f"Q: {escape_inline(item.question)}", f"A: {_marked(item.sentences)}", "")
    if sheet.citations:
        yield from (f"{labels.citations}:", "")
        yield from (line for citation in sheet.citations for line in (_cited(citation), ""))


def _cited(citation: NumberedCitation) -> str:
    place = f"{escape_inline(citation.place)}: " if citation.place else ""
    return f"[{citation.number}] {place}“{escape_inline(citation.quote)}”"


def _marked(sentences: Sequence[Sentence]) -> str:
    return join_sentences([escape_inline(one.text) + _markers(one) for one in sentences])


def _line_of(sentences: Sequence[Sentence]) -> str:
    first, *rest = sentences
    return join_sentences([escape_line(first.text) + _markers(first), *(_marked([one]) for one in rest)])


def _plain(sentences: Sequence[Sentence]) -> str:
    return escape_line(join_sentences([one.text for one in sentences]))


def _markers(sentence: Sentence) -> str:
    return "".join(f" [{number}]" if at == 0 else f"[{number}]" for at, number in enumerate(sentence.numbers))

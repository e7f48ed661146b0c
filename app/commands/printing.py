"""What commands write on a terminal: JSON, answers with quotes, tables; text from papers cannot act on it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby

import click
from pydantic import BaseModel

from app.commands.terminal import one_line, plain
from app.schemas import AnswerOutput
from app.schemas_papers import PaperDetailOutput, ParseFindingOutput, StoredPaperOutput

WIDTH = 100
FINDINGS_A_KIND = 4
"""Findings of one kind shown; a scan has one for each page."""


def print_json(output: BaseModel) -> None:
    """Print one JSON object on stdout."""
    click.echo(output.model_dump_json(indent=2))


def filled(text: str, *, indent: str = "") -> str:
    """Return the text wrapped to the width, each line indented."""
    return textwrap.fill(plain(text), WIDTH, initial_indent=indent, subsequent_indent=indent)


def print_answer(answer: AnswerOutput) -> None:
    """Print an answer, then each quote with its place, then what failed its checks."""
    click.echo(filled(answer.text))
    for citation in answer.citations:
        section = f", {one_line(citation.section)}" if citation.section else ""
        title = note_mark(citation.role) + one_line(citation.title)
        click.echo(f"\n[{citation.marker}] {title}, p. {citation.page}{section}")
        click.echo(filled(f"“{citation.quote}”", indent="    "))
    failed = [claim for claim in answer.claims if claim.verdict != "supported"]
    for claim in failed:
        click.echo(f"\nLeft out ({claim.verdict}: {one_line(claim.reason)}): {plain(claim.text)}")


def note_mark(role: str) -> str:
    """Return what stands before the title of a note, so that nobody takes it for the paper: "[note] "."""
    return "[note] " if role == "note" else ""


def print_stored(stored: StoredPaperOutput) -> None:
    """Print a paper as one line of a list."""
    paper = stored.paper
    about = f"[note on {paper.about}] " if paper.about else note_mark(paper.role)
    title = about + one_line(paper.title)
    click.echo(f"{paper.paper_id}  {paper.published or '-':10}  {paper.page_count:4} p.  {title}")


def print_detail(detail: PaperDetailOutput) -> None:
    """Print one paper: metadata, section tree and findings."""
    paper = detail.paper
    click.echo(filled(paper.title))
    rows = {
        "id": paper.paper_id,
        "authors": ", ".join(paper.authors) or "-",
        "published": paper.published or "-",
        "arXiv": paper.arxiv_id or "-",
        "DOI": paper.doi or "-",
        "venue": paper.venue or "-",
        "role": f"note about {paper.about}" if paper.about else paper.role,
        "language": paper.language,
        "source": paper.source,
        "pages": str(paper.page_count),
        "passages": str(detail.passage_count),
        "parser": detail.parser,
        "added": detail.added_at,
        "read": f"{detail.verdict.level}: {detail.verdict.summary}",
    }
    for name, value in rows.items():
        click.echo(f"  {name:10} {one_line(value)}")
    for reason in detail.verdict.reasons:
        click.echo(f"  {'':10} - {one_line(reason)}")
    if paper.abstract:
        click.echo("\n" + filled(paper.abstract, indent="  "))
    click.echo("\nSections")
    for section in detail.sections:
        click.echo(f"  {'  ' * (section.level - 1)}{one_line(section.title)}  (p. {section.page})")
    click.echo("\nFindings" if detail.findings else "\nFindings: none")
    for kind, findings in groupby(sorted(detail.findings, key=lambda one: one.kind), key=lambda one: one.kind):
        _print_findings(kind, list(findings))


def _print_findings(kind: str, findings: Sequence[ParseFindingOutput]) -> None:
    """Print the first findings of one kind, and how many more there are and where."""
    for finding in findings[:FINDINGS_A_KIND]:
        place = f"p. {finding.page}: " if finding.page else ""
        click.echo(f"  {kind}: {place}{one_line(finding.message)}")
    rest = findings[FINDINGS_A_KIND:]
    if rest:
        pages = sorted({finding.page for finding in rest if finding.page})
        place = f", on pages {pages[0]} to {pages[-1]}" if pages else ""
        click.echo(f"  {kind}: {len(rest)} more{place}; --json has them all")

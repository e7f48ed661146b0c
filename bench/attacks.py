"""Measure the defence against hidden text: attacks found and kept out, honest pages left alone, papers with findings.

    python -m bench.attacks [--json] [--papers FOLDER]

Every attack is painted by `attack_kinds` into a paper of `attack_pages`, at each of its places, with a phrase that
stands nowhere else. With a folder, its PDFs that hold hidden text are listed, for somebody to look at.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.attack_kinds import ATTACKS, UNREAD, hidden_forms
from bench.attack_pages import PLACES, Place, paper_with
from bench.honest_kinds import HONEST
from indexes.errors import RonbunError
from indexes.records import Box
from ingest.document import Finding, FindingKind, ParsedDocument
from ingest.pdf.parser import parse_pdf

MAX_PAGES = 2000
LONGEST = 230.0
"""Points; every phrase is shorter."""
_WORDS = (
    "heron",
    "stork",
    "egret",
    "ibis",
    "bustard",
    "rail",
    "coot",
    "grebe",
    "teal",
    "pintail",
    "wigeon",
    "garganey",
)


@dataclass(frozen=True, slots=True)
class AttackOutcome:
    """One attack: whether a finding named its page and place, and whether its phrase stayed out of every block."""

    kind: str
    place: str
    is_found: bool
    is_kept_out: bool
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HonestOutcome:
    """One honest page: findings of hidden text (there should be none), and whether its text was kept."""

    kind: str
    place: str
    is_kept: bool
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PaperFinding:
    """One finding of hidden text in a paper of a folder."""

    paper: str
    page: int | None
    message: str
    box: Box | None


def phrase_of(number: int) -> str:
    """Return a phrase that stands in no other attack."""
    first, second = divmod(number, len(_WORDS))
    return f"praise the {_WORDS[second]} and {_WORDS[first % len(_WORDS)]} of number {number} above all"


def measure_attacks() -> list[AttackOutcome]:
    """Return the outcome of every kind of attack at every place."""
    cases = [(kind, place) for kind in (*ATTACKS, *UNREAD) for place in PLACES]
    return [measure_attack(kind, place, number=number) for number, (kind, place) in enumerate(cases)]


def measure_honest() -> list[HonestOutcome]:
    """Return the outcome of every honest page that looks like an attack, at every place."""
    cases = [(kind, place) for kind in HONEST for place in PLACES]
    return [measure_honest_page(kind, place, number=number) for number, (kind, place) in enumerate(cases)]


def measure_papers(paths: Sequence[Path]) -> Iterator[PaperFinding]:
    """Yield the findings of hidden text in these files; files that cannot be parsed have none."""
    for path in paths:
        try:
            document = parse_pdf(path, source=path.name, max_pages=MAX_PAGES)
        except RonbunError:
            continue
        for finding in _hidden(document):
            yield PaperFinding(path.name, finding.page, finding.message, finding.box)


def measure_attack(kind: str, place: Place, *, number: int) -> AttackOutcome:
    """Return the outcome of one kind of attack at one place, with phrase `number`."""
    phrase = phrase_of(number)
    is_unread = kind in UNREAD
    document = _parsed(paper_with((UNREAD if is_unread else ATTACKS)[kind](phrase, place), page=place.page))
    text = "\n".join([document.paper.title, document.paper.abstract, *(block.text for block in document.blocks)])
    findings = _hidden(document)
    return AttackOutcome(
        kind=kind,
        place=place.name,
        is_found=is_unread or any(_is_there(finding, place) for finding in findings),
        is_kept_out=not any(form in text for form in hidden_forms(kind, phrase)),
        findings=tuple(finding.message for finding in findings),
    )


def measure_honest_page(kind: str, place: Place, *, number: int) -> HonestOutcome:
    """Return the outcome of one honest page, with phrase `number`."""
    phrase = phrase_of(number)
    document = _parsed(paper_with(HONEST[kind](phrase, place), page=place.page))
    text = " ".join(block.text for block in document.blocks)
    shown = "".join(phrase.split())
    return HonestOutcome(
        kind=kind,
        place=place.name,
        is_kept=shown in "".join(text.split()),
        findings=tuple(finding.message for finding in _hidden(document)),
    )


def _is_there(finding: Finding, place: Place) -> bool:
    """Return whether a finding is on the place's page and its box touches where type could stand for it."""
    if finding.page != place.page or finding.box is None:
        return False
    wanted, box = place.box(LONGEST), finding.box
    is_outside = "outside the page" in finding.message
    touches = box.x0 <= wanted.x1 and wanted.x0 <= box.x1 and box.y0 <= wanted.y1 and wanted.y0 <= box.y1
    return is_outside or touches


def _hidden(document: ParsedDocument) -> list[Finding]:
    return [finding for finding in document.findings if finding.kind is FindingKind.HIDDEN_TEXT]


def _parsed(content: bytes) -> ParsedDocument:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "paper.pdf"
        path.write_bytes(content)
        return parse_pdf(path, source="paper.pdf", max_pages=MAX_PAGES)


def _print_table(attacks: Sequence[AttackOutcome], honest: Sequence[HonestOutcome]) -> None:
    found = Counter(outcome.kind for outcome in attacks if outcome.is_found)
    out = Counter(outcome.kind for outcome in attacks if outcome.is_kept_out)
    print(f"{'attack':28} found  kept out   of")
    for kind in dict.fromkeys(outcome.kind for outcome in attacks):
        print(f"{kind:28} {found[kind]:5} {out[kind]:9} {len(PLACES):4}")
    print(f"{'all':28} {found.total():5} {out.total():9} {len(attacks):4}")
    alarms = Counter(outcome.kind for outcome in honest if outcome.findings)
    kept = Counter(outcome.kind for outcome in honest if outcome.is_kept)
    print(f"\n{'honest page':28} alarms text kept   of")
    for kind in dict.fromkeys(outcome.kind for outcome in honest):
        print(f"{kind:28} {alarms[kind]:6} {kept[kind]:9} {len(PLACES):4}")
    print(f"{'all':28} {alarms.total():6} {kept.total():9} {len(honest):4}")


def main() -> None:
    """Print the tables; with --json, every outcome."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--papers", type=Path, help="a folder of PDFs whose hidden text is listed")
    options = parser.parse_args()
    attacks, honest = measure_attacks(), measure_honest()
    papers = sorted(options.papers.glob("*.pdf")) if options.papers else []
    alarms = list(measure_papers(papers))
    if options.json:
        outcomes = {
            "attacks": [asdict(outcome) for outcome in attacks],
            "honest": [asdict(outcome) for outcome in honest],
            "papers": [asdict(alarm) for alarm in alarms],
        }
        print(json.dumps(outcomes, ensure_ascii=False))
        return
    _print_table(attacks, honest)
    if papers:
        count = len({alarm.paper for alarm in alarms})
        print(f"\n{count} of {len(papers)} papers hold hidden text:")
        for alarm in alarms:
            print(f"{alarm.paper} p. {alarm.page}: {alarm.message}")


if __name__ == "__main__":
    main()

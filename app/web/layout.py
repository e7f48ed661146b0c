"""A parsed document over the images of its pages, as one HTML file: blocks, reading order and findings, for looking at.

The file stands alone: no script, no address to fetch, every text escaped, images inside.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template

from indexes.records import Box
from ingest.document import Block, Cell, Finding, ParsedDocument
from ingest.verdict import verdict_of


@dataclass(frozen=True, slots=True)
class _Placed:
    """A block's part in one column of a page: its place in the reading order, its box, its lines and cells."""

    order: int
    kind: str
    text: str
    box: Box
    lines: tuple[Box, ...]
    cells: tuple[Box, ...]
    is_first: bool

    @property
    def middle(self) -> str:
        """The box's centre as an SVG point."""
        return f"{(self.box.x0 + self.box.x1) / 2:.1f},{(self.box.y0 + self.box.y1) / 2:.1f}"


def layout_html(document: ParsedDocument, images: Sequence[bytes]) -> str:
    """Return the page.

    Args:
        document: what was parsed, with boxes.
        images: PNG, one a page, in the pages' order.
    """
    pages = [
        {
            "page": page,
            "image": b64encode(image).decode("ascii"),
            "blocks": _placed(document.blocks, page.number),
            "findings": [finding for finding in document.findings if finding.page == page.number],
            "marks": [finding.box for finding in document.findings if _is_marked(finding, page.number)],
        }
        for page, image in zip(document.pages, images, strict=True)
    ]
    return _template().render(paper=document.paper, parser=document.parser, verdict=verdict_of(document), pages=pages)


def _is_marked(finding: Finding, page: int) -> bool:
    return finding.page == page and finding.box is not None


def _placed(blocks: Sequence[Block], page: int) -> list[_Placed]:
    placed = []
    for order, block in enumerate(blocks, start=1):
        lines = [line for line in block.lines if line.page == page and line.box is not None]
        boxes = tuple(line.box for line in lines if line.box is not None)
        if not boxes:
            continue
        cells = tuple(cell.box for cell in _cells(block) if cell.page == page and cell.box is not None)
        text = block.text[lines[0].start : lines[-1].end]
        runs = column_runs(boxes)
        placed += [
            _Placed(order, block.kind.value, text, _around(run), run, cells if run is runs[0] else (), run is runs[0])
            for run in runs
        ]
    return placed


def _cells(block: Block) -> Sequence[Cell]:
    return block.table.cells if block.table else ()


def column_runs(boxes: Sequence[Box]) -> list[tuple[Box, ...]]:
    """Part a block's lines where the next stands above the one before: it goes on at the head of another column."""
    runs: list[list[Box]] = [[boxes[0]]]
    for before, box in pairwise(boxes):
        if box.y1 < before.y0:
            runs.append([])
        runs[-1].append(box)
    return [tuple(run) for run in runs]


def _around(boxes: Sequence[Box]) -> Box:
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


@cache
def _template() -> Template:
    def load(name: str) -> str:
        return resources.files("app.web").joinpath("templates", name).read_text(encoding="utf-8")

    environment = Environment(loader=FunctionLoader(load), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("layout.html")

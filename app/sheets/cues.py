"""How a paper's language says what a facet asks for: the patterns of `templates/evidence.<language>.toml`, compiled.

A sentence fits a facet by its own words and the section it stands in. Used twice: to find what to ask, and to refuse an
answer whose quotes say nothing of what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.sheets.records import Facet
from app.sheets.templates_reader import template_table
from indexes.records import Language

STRONG_WEIGHT = 3
WEAK_WEIGHT = 1
SECTION_WEIGHT = 1
MIN_FIT = 3
"""One strong cue. Weak cues and the section only rank: alone they were mostly wrong on papers of `data/pdfs`."""
FALLBACK_FIT = 6
"""Two strong cues: what an answer needs where no sentence stood out and only general words were searched."""

_NUMBER_OF_SECTION = re.compile(r"^(?:(?:\d+|[IVXA-Z])(?:\.\d+)*[.)]?|§\s*\d+)\s+")


@dataclass(frozen=True, slots=True)
class FacetCues:
    """The cues of one facet; `query` is searched where no sentence of the paper stands out.

    A `heading` that names the facet ("Limitations") is a strong cue for every sentence under it; a section that matches
    `sections` only ranks.
    """

    query: str
    strong: tuple[re.Pattern[str], ...]
    weak: tuple[re.Pattern[str], ...]
    sections: re.Pattern[str]
    heading: re.Pattern[str]
    must: re.Pattern[str]

    def fit(self, text: str, section: str) -> int:
        """Return how well a text answers the facet; below `MIN_FIT` it does not."""
        if self.must.search(text) is None:
            return 0
        strong = sum(pattern.search(text) is not None for pattern in self.strong)
        strong += self.heading.match(_heading_of(section)) is not None
        weak = sum(pattern.search(text) is not None for pattern in self.weak)
        if not strong:
            return 0
        in_section = self.sections.search(section) is not None
        return STRONG_WEIGHT * strong + WEAK_WEIGHT * weak + SECTION_WEIGHT * in_section


@dataclass(frozen=True, slots=True)
class DetailPattern:
    """A sentence form that a question is born from; answers must quote every group in `keep`."""

    kind: str
    regex: re.Pattern[str]
    keep: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cues:
    """All cues of one paper language."""

    facets: Mapping[Facet, FacetCues]
    patterns: tuple[DetailPattern, ...]
    generic_heading: re.Pattern[str]
    caption_label: re.Pattern[str]
    caption_mention: str


@cache
def read_cues(language: Language) -> Cues:
    """Read and compile the cues of a paper language."""
    table = template_table(f"evidence.{language.value}.toml")
    backbone: list[Facet] = [facet for facet in Facet if facet is not Facet.DETAIL]
    patterns = tuple(
        DetailPattern(kind=entry["kind"], regex=_compiled(entry["regex"]), keep=tuple(entry["keep"]))
        for entry in table["pattern"]
    )
    return Cues(
        facets={facet: _facet_cues(table[facet.value]) for facet in backbone},
        patterns=patterns,
        generic_heading=_compiled(table["generic_headings"]["regex"]),
        caption_label=_compiled(table["caption"]["label"]),
        caption_mention=table["caption"]["mention"],
    )


def _heading_of(section: str) -> str:
    """Return the last heading of a path, without its number."""
    return _NUMBER_OF_SECTION.sub("", section.rpartition(" > ")[2].strip())


def _facet_cues(entry: Mapping[str, str | list[str]]) -> FacetCues:
    return FacetCues(
        query=str(entry["query"]),
        strong=tuple(_compiled(regex) for regex in entry["strong"]),
        weak=tuple(_compiled(regex) for regex in entry["weak"]),
        sections=_compiled(str(entry["sections"])),
        heading=_compiled(str(entry["heading"])),
        must=_compiled(str(entry["must"])),
    )


def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.IGNORECASE)

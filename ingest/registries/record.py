"""A paper as a registry, or its publisher's page, describes it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Registry(StrEnum):
    """Who describes a paper; the values are how findings name them."""

    ARXIV = "arXiv"
    CROSSREF = "Crossref"
    PAGE = "the publisher's page"


@dataclass(frozen=True, slots=True)
class Contributor:
    """An author, given name first, and where they work, as registered."""

    name: str
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One registered paper; empty or None where the registry says nothing.

    `notices` are sentences about what became of it: withdrawn, retracted, corrected. `pdf_urls` lead to its full text,
    best first, where the registry knows of any. `preprint` is the arXiv id of a version that is open.
    """

    registry: Registry
    title: str
    contributors: tuple[Contributor, ...] = ()
    abstract: str = ""
    published: str | None = None
    updated: str | None = None
    url: str | None = None
    arxiv_id: str | None = None
    arxiv_version: int | None = None
    doi: str | None = None
    venue: str | None = None
    categories: tuple[str, ...] = ()
    work_type: str = ""
    issns: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    pdf_urls: tuple[str, ...] = ()
    preprint: str | None = None

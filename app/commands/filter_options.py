"""The options that narrow a search, on every command that searches, and the filters that they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from indexes.query.filters import Filters
from indexes.records import Language, PaperRole

_OPTIONS = (
    click.option("--since", metavar="DATE", default=None, help="Only papers published then or later: 2023, 2023-04."),
    click.option("--until", metavar="DATE", default=None, help="Only papers published then or earlier."),
    click.option("--author", "authors", multiple=True, metavar="NAME", help="Only by this author (may be repeated)."),
    click.option("--category", "categories", multiple=True, metavar="NAME", help="Only of this category: cs.CL, cs."),
    click.option("--venue", "venues", multiple=True, metavar="NAME", help="Only of this journal or conference."),
    click.option(
        "--lang-of-paper",
        "language",
        type=click.Choice([language.value for language in Language]),
        default=None,
        help="Only papers in this language.",
    ),
    click.option(
        "--role", type=click.Choice([role.value for role in PaperRole]), default=None, help="Papers or notes alone."
    ),
    click.option("--section", "sections", multiple=True, metavar="NAME", help="Only here: methods, results, …"),
    click.option("--not-paper", "excluded", multiple=True, metavar="ID", help="Leave this paper out."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, and call it with the `Filters` that they make as `filters`."""

    @wraps(command)
    def with_filters(
        *,
        since: str | None,
        until: str | None,
        authors: tuple[str, ...],
        categories: tuple[str, ...],
        venues: tuple[str, ...],
        language: str | None,
        role: str | None,
        sections: tuple[str, ...],
        excluded: tuple[str, ...],
        **others: object,
    ) -> object:
        filters = Filters(
            published_from=since,
            published_to=until,
            authors=authors,
            categories=categories,
            venues=venues,
            language=Language(language) if language else None,
            roles=(PaperRole(role),) if role else (),
            sections=sections,
            papers_excluded=excluded,
        )
        return command(filters=filters, **others)

    decorated: Callable[..., Any] = with_filters
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated

"""The words around a sheet, in the reader's language: labels, dates, counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.sheets.templates_reader import template_table
from indexes.records import Language

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's labels; fields are the keys of `templates/labels.<language>.toml`."""

    authors: str
    published: str
    updated: str
    categories: str
    summary: str
    questions: str
    citations: str
    findings: str
    unknown: str
    not_stated: str
    page: str
    digest_title: str
    papers: str
    open_page: str
    months: Sequence[str]
    day_format: str
    month_format: str
    year_format: str
    overview_papers: Sequence[str]
    overview_questions: Sequence[str]
    overview_categories: str

    def date(self, iso: str | None) -> str:
        """Return an ISO date as people write it, as exact as it is: "2024年03月29日", "2024年03月", "2024年"."""
        found = _DATE.fullmatch(iso or "")
        if found is None:
            return self.unknown
        parts: Mapping[str, int] = {name: int(value) for name, value in found.groupdict().items() if value}
        if "month" not in parts or not 1 <= parts["month"] <= len(self.months):
            return self.year_format.format(**parts)
        month_name = self.months[parts["month"] - 1]
        form = self.day_format if "day" in parts else self.month_format
        return form.format(**parts, month_name=month_name)

    def known(self, text: str | None) -> str:
        """Return the text, or the word for what is not known."""
        return text or self.unknown


def read_labels(language: Language) -> Labels:
    """Return the labels of a language."""
    return Labels(**template_table(f"labels.{language.value}.toml"))

"""Question wordings: a kind of question and its slots become one sentence, never the same wording twice in a sheet.

The words are in `templates/questions.<language>.toml`; what is unknown there is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from app.sheets.records import Facet
from app.sheets.templates_reader import template_table
from indexes.errors import BadInput
from indexes.records import Language

DETAIL_SLOTS: Mapping[str, frozenset[str]] = {
    "definition": frozenset({"term"}),
    "comparison": frozenset({"term", "other"}),
    "reason": frozenset({"verb", "thing"}),
    "purpose": frozenset({"action"}),
    "count": frozenset({"verb", "thing"}),
    "quantity": frozenset({"attribute"}),
    "heading": frozenset({"topic"}),
    "caption": frozenset({"topic"}),
}
"""The slots of each kind of question that is born from one place in the paper."""

_WHOLE_PAPER = ("one_line", "summary")


@dataclass(frozen=True, slots=True)
class Wordings:
    """All wordings of one language. `plain` and `named` hold them by kind; `verbs` by the English verb's base form."""

    language: Language
    plain: Mapping[str, tuple[str, ...]]
    named: Mapping[str, tuple[str, ...]]
    verbs: Mapping[str, str]

    def of_facet(self, facet: Facet, name: str | None) -> tuple[str, ...]:
        """Return the wordings of a backbone facet, about `name` where the paper has one."""
        if name is None:
            return self.plain[facet.value]
        return tuple(wording.format(name=name) for wording in self.named[facet.value]) + self.plain[facet.value]

    def of_detail(self, kind: str, slots: Mapping[str, str]) -> tuple[str, ...]:
        """Return the wordings of a detail question; none where the language has no natural way to ask it."""
        if kind not in self.plain or slots.get("verb", "use") not in self.verbs:
            return ()
        filled = {name: self.verbs[text] if name == "verb" else text for name, text in slots.items()}
        return tuple(wording.format(**filled) for wording in self.plain[kind])

    def whole_paper(self, kind: str) -> str:
        """Return the question behind a sheet's `one_line` or `summary`."""
        return self.plain[kind][0]


def read_wordings(language: Language) -> Wordings:
    """Read and check the wordings of a language.

    Raises:
        BadInput: the file names an unknown kind or slot, or lacks a facet.
    """
    file = f"questions.{language.value}.toml"
    table = template_table(file)
    verbs = table.get("verbs", {})
    kinds = {kind: entry for kind, entry in table.items() if kind != "verbs"}
    for kind, entry in kinds.items():
        _check(file, kind, entry)
    backbone = [facet.value for facet in Facet if facet is not Facet.DETAIL]
    for kind in (*backbone, *_WHOLE_PAPER):
        if not kinds.get(kind, {}).get("plain"):
            raise BadInput(f"{file} has no wording for {kind!r}", hint="Add a table with a list `plain`.")
    return Wordings(
        language=language,
        plain={kind: tuple(entry["plain"]) for kind, entry in kinds.items()},
        named={kind: tuple(entry.get("named", ())) for kind, entry in kinds.items()},
        verbs=dict(verbs),
    )


def _check(file: str, kind: str, entry: Mapping[str, list[str]]) -> None:
    is_facet = kind in set(Facet) - {Facet.DETAIL}
    if not is_facet and kind not in DETAIL_SLOTS and kind not in _WHOLE_PAPER:
        raise BadInput(f"{file} has an unknown kind of question {kind!r}", hint="See `DETAIL_SLOTS` and `Facet`.")
    allowed = {"plain": DETAIL_SLOTS.get(kind, frozenset()), "named": frozenset({"name"})}
    for form, wordings in entry.items():
        if form not in allowed or (form == "named" and not is_facet):
            raise BadInput(
                f"{file}: {kind} has an unknown form {form!r}", hint="Write `plain` or, for facets, `named`."
            )
        for wording in wordings:
            slots = {field for _, field, _, _ in Formatter().parse(wording) if field is not None}
            if slots != allowed[form]:
                raise BadInput(
                    f"{file}: {kind} has slots {sorted(slots)} in {wording!r}, wants {sorted(allowed[form])}",
                    hint="Use exactly the slots of the kind.",
                )

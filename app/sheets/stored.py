"""Gets a paper's sheet from the library, or makes and keeps it: one for each language and generator."""

from __future__ import annotations

from collections.abc import Callable

from app.generators.protocol import Generator, GeneratorIdentity
from app.sheets.build import build_sheet
from app.sheets.records import QASheet
from app.sheets.sheet_json import sheet_from_json, sheet_to_json
from indexes.library import Library
from indexes.records import Language


def get_or_build_sheet(
    paper_id: str,
    *,
    library: Library,
    generator: Generator,
    language: Language,
    anew: bool = False,
    on_progress: Callable[[float, str], None] | None = None,
) -> QASheet:
    """Return the stored sheet; where there is none, or `anew`, or it has another schema, make and store it.

    Raises:
        NotFound: the library has no such paper.
        ModelFailed: the generator broke while the sheet was made.
        Busy: the generator's queue is full.
        LibraryDamaged: what is stored is not a sheet.
    """
    stored = None if anew else stored_sheet(paper_id, library=library, generator=generator, language=language)
    if stored is not None:
        return stored
    sheet = build_sheet(paper_id, library=library, generator=generator, language=language, on_progress=on_progress)
    library.sheets.put(
        sheet.paper.paper_id,
        language=language,
        generator=generator_key(generator.identity),
        sheet_json=sheet_to_json(sheet),
    )
    return sheet


def stored_sheet(paper_id: str, *, library: Library, generator: Generator, language: Language) -> QASheet | None:
    """Return the stored sheet of this schema, or None.

    Raises:
        LibraryDamaged: what is stored is not a sheet.
    """
    if not library.sheets.has_any(paper_id, language=language):
        return None  # without asking for the generator's identity, for which a model file may have to be read whole
    text = library.sheets.get(paper_id, language=language, generator=generator_key(generator.identity))
    return None if text is None else sheet_from_json(text)


def generator_key(identity: GeneratorIdentity) -> str:
    """Return what sheets are stored under: another model file of the same name is another key."""
    version = f"@{identity.sha256[:12]}" if identity.sha256 else ""
    return f"{identity.kind.value}:{identity.name}{version}"

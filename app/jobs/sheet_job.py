"""The job that makes a paper's sheet anew and keeps it in the library."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from app.generators.protocol import Generator
from app.jobs.kinds import Progress
from app.jobs.stoppable import StoppableGenerator
from app.sheets.stored import get_or_build_sheet
from indexes.library import Library
from indexes.records import Language


class SheetPayload(BaseModel):
    """Which sheet to make."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paper_id: str
    language: Language


class SheetJobs:
    """Makes sheets with one library and one generator."""

    def __init__(self, *, library: Library, generator: Generator) -> None:
        self._library = library
        self._generator = generator

    def run(self, payload: str, *, progress: Progress, cancelled: threading.Event) -> str:
        """Make and store the sheet; `cancelled` is looked at before every question and sentence."""
        wanted = SheetPayload.model_validate_json(payload)
        sheet = get_or_build_sheet(
            wanted.paper_id,
            library=self._library,
            generator=StoppableGenerator(self._generator, cancelled=cancelled),
            language=wanted.language,
            anew=True,
            on_progress=progress,
        )
        return json.dumps(
            {"paper_id": sheet.paper.paper_id, "language": sheet.language.value, "items": len(sheet.items)}
        )

    def ended(self, payload: str) -> None:
        """Nothing is held."""

    def resume(self, payloads: Sequence[str]) -> None:
        """Nothing is left behind."""

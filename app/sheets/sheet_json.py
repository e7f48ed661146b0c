"""A sheet as JSON for the library's own storage, and back, exactly. What people read is in `app.schemas`."""

from __future__ import annotations

import json
from functools import cache

from pydantic import TypeAdapter, ValidationError

from app.sheets.records import QASheet
from indexes.errors import LibraryDamaged

SCHEMA = "ronbun.stored-sheet/2"
"""Changes when a record of a sheet changes its fields; sheets of another schema are made anew."""


def sheet_to_json(sheet: QASheet) -> str:
    """Return the sheet as one JSON object."""
    return json.dumps({"schema": SCHEMA, "sheet": _adapter().dump_python(sheet, mode="json")}, ensure_ascii=False)


def sheet_from_json(text: str) -> QASheet | None:
    """Return the sheet that `sheet_to_json` wrote, or None for one of another schema.

    Raises:
        LibraryDamaged: the text is not JSON, or not a sheet although it says so.
    """
    try:
        stored = json.loads(text)
        if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
            return None
        return _adapter().validate_python(stored["sheet"])
    except (ValueError, KeyError, ValidationError) as error:
        raise LibraryDamaged(
            f"a stored sheet cannot be read: {str(error).splitlines()[0]}", hint="Make the sheet anew."
        ) from error


@cache
def _adapter() -> TypeAdapter[QASheet]:
    return TypeAdapter(QASheet)

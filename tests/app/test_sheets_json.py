import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_answers import QuotingAsk, make_answer
from sheet_factories import HERON, make_heron_passages, make_sheet

from app.answering.records import Check
from app.sheets.compose import compose_sheet
from app.sheets.records import SheetFinding, SheetFindingKind
from app.sheets.sheet_json import SCHEMA, sheet_from_json, sheet_to_json
from indexes.errors import LibraryDamaged
from indexes.records import Language

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.mark.parametrize("language", tuple(Language))
def test_a_composed_sheet_survives_storage(language: Language) -> None:
    passages = make_heron_passages()
    sheet = compose_sheet(HERON, passages, language=language, ask=QuotingAsk(passages))
    assert sheet_from_json(sheet_to_json(sheet)) == sheet


@given(TEXT, TEXT, st.sampled_from(SheetFindingKind), st.floats(allow_nan=False, allow_infinity=False))
def test_any_sheet_survives_storage(title: str, message: str, kind: SheetFindingKind, elapsed_ms: float) -> None:
    sheet = make_sheet(paper=replace(HERON, title=title), findings=(SheetFinding(kind, message, title),))
    claim = replace(sheet.items[0].answer.claims[0], checks=(Check("numbers", False, message),))
    sheet = replace(
        sheet,
        one_line=make_answer(message, claim),
        provenance=replace(sheet.provenance, timings_ms=((message, elapsed_ms),)),
    )
    assert sheet_from_json(sheet_to_json(sheet)) == sheet


def test_a_sheet_of_another_schema_is_not_read() -> None:
    stored = json.loads(sheet_to_json(make_sheet()))
    assert stored["schema"] == SCHEMA
    assert sheet_from_json(json.dumps(stored | {"schema": "ronbun.stored-sheet/0"})) is None
    assert sheet_from_json("[]") is None


@pytest.mark.parametrize(
    "text", ["", "{", json.dumps({"schema": SCHEMA}), json.dumps({"schema": SCHEMA, "sheet": {"paper": 3}})]
)
def test_a_damaged_sheet_is_named(text: str) -> None:
    with pytest.raises(LibraryDamaged, match="stored sheet"):
        sheet_from_json(text)

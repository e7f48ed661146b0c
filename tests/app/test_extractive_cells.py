"""Which statements of cells a question is answered with."""

from factories import make_passage

from app.generators.extractive.candidates import candidates_of
from app.generators.extractive.cells import asked_for
from app.generators.protocol import Evidence
from indexes.records import PassageKind

CELLS = "\n".join(
    [
        "Table 2: Retrieval on Robust.",
        "Table 2, row BM25, column MAP: 0.24",
        "Table 2, row BM25+, column MAP: 0.25",
        "Table 2, row BM25, column P@10: 0.41",
        "Table 2, row TF-IDF, column MAP: 0.21",
    ]
)


def asked(question: str) -> list[str]:
    table = Evidence(number=1, passage=make_passage(text=CELLS, kind=PassageKind.TABLE), title="Cranes", score=1.0)
    prose = Evidence(number=2, passage=make_passage(text="The map of the marsh was drawn."), title="Cranes", score=0.5)
    return [one.text for one in asked_for(question, candidates_of([table, prose]))]


def test_the_cell_whose_row_and_column_are_named_may_answer() -> None:
    assert asked("What is the MAP of TF-IDF?") == [
        "Table 2, row TF-IDF, column MAP: 0.21",
        "The map of the marsh was drawn.",
    ]


def test_a_row_with_the_name_as_it_stands_goes_before_one_with_the_same_terms() -> None:
    assert asked("What is the MAP of BM25?")[:-1] == ["Table 2, row BM25, column MAP: 0.24"]
    assert asked("What is the MAP of BM25+?")[:-1] == ["Table 2, row BM25+, column MAP: 0.25"]


def test_no_cell_answers_a_question_that_names_only_its_column() -> None:
    assert asked("Where was the map drawn?") == ["The map of the marsh was drawn."]

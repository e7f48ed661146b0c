import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.sentences import sentence_spans
from indexes.statements import MOST_NAME_CHARACTERS, cell_statement, name_of, row_opening, statements_in

NAMES = st.text(st.characters(categories=("L", "N"), include_characters=" .%+-"), min_size=1, max_size=30).filter(
    lambda name: name.strip() != ""
)


def test_a_cell_reads_as_its_row_its_column_and_its_value() -> None:
    assert cell_statement("Table 2", row="GPT-4", column="Accuracy", value="24.2 %") == (
        "Table 2, row GPT-4, column Accuracy: 24.2 %"
    )
    assert cell_statement("", row="GPT-4", column="Accuracy", value="24.2 %").startswith("Table, row GPT-4")
    assert cell_statement("表1", row="手法A", column="正解率", value="0.9") == "表1、行「手法A」、列「正解率」：0.9"


@pytest.mark.parametrize("label", ["Table 2", "Supplementary Table S1", "", "表3"])
@given(NAMES, NAMES, NAMES)
def test_what_is_written_is_read_back(label: str, row: str, column: str, value: str) -> None:
    (read,) = statements_in(cell_statement(label, row=row, column=column, value=value))
    assert (read.row, read.column) == (name_of(row), name_of(column))
    assert read.value == " ".join(value.split())


def test_a_row_is_read_without_a_column() -> None:
    (read,) = statements_in(row_opening("Table 2", row="GPT-4") + " Accuracy: 24.2 %; F1: 31")
    assert (read.label, read.row, read.column, read.value) == ("Table 2", "GPT-4", "", "Accuracy: 24.2 %; F1: 31")


def test_prose_about_a_row_is_no_statement() -> None:
    assert statements_in("We see in Table 2, row three, that it rained.") == ()
    assert statements_in("Table 2, row three shows that it rained.") == ()


def test_each_statement_is_one_sentence_whatever_stands_in_it() -> None:
    lines = [
        "Table 2: Cranes of all kinds. Counts are means.",
        "Table 2, row Mori et al. First flight, column No. of cranes: 4.1 Fewer.",
        "Table 2, row Field, column No. of cranes: 5",
    ]
    text = "\n".join(lines)
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Table 2: Cranes of all kinds.",
        "Counts are means.",
        *lines[1:],
    ]


def test_a_name_too_long_to_repeat_is_cut_between_words() -> None:
    assert name_of("crane " * 60) == ("crane " * 20).strip()
    assert len(name_of("c" * 500)) == MOST_NAME_CHARACTERS

"""The GBNF and the JSON schema of a draft; llama.cpp itself judges the grammar in test_generators_llama."""

import pytest

from app.generators.grammar import draft_grammar, draft_schema


def rules(grammar: str) -> dict[str, str]:
    return dict(line.split(" ::= ", 1) for line in grammar.splitlines())


def test_every_rule_that_is_used_is_defined() -> None:
    defined = rules(draft_grammar(numbers=range(1, 13), max_sentences=4, max_chars=300))
    assert set(defined) == {"root", "sentences", "sentence", "text", "first", "next", "escaped", "numbers", "number"}


def test_bounds_are_exact() -> None:
    defined = rules(draft_grammar(numbers=(1, 2, 7), max_sentences=4, max_chars=300))
    assert defined["number"] == '"1" | "2" | "7"'
    assert defined["numbers"].endswith("{0,2}")
    assert defined["sentences"].endswith("{0,3}")
    assert defined["text"].endswith("{0,299}")


def test_one_sentence_from_one_passage_has_no_repetition() -> None:
    defined = rules(draft_grammar(numbers=(1,), max_sentences=1, max_chars=300))
    assert defined["sentences"] == "sentence"
    assert defined["numbers"] == "number"


@pytest.mark.parametrize("most", [1, 5])
def test_schema_allows_only_the_passages(most: int) -> None:
    schema = draft_schema(numbers=(1, 2), max_sentences=most)
    sentences = schema["properties"]["sentences"]  # type: ignore[index]
    assert sentences["maxItems"] == most
    assert sentences["items"]["properties"]["passages"]["items"] == {"type": "integer", "enum": [1, 2]}
    assert sentences["items"]["additionalProperties"] is schema["additionalProperties"] is False

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes import held_scopes
from indexes.held_scopes import HeldScopes
from indexes.library import Library, open_library
from indexes.search import search
from indexes.storage.row_log import RowLog


def put(library: Library, name: str, *texts: str) -> None:
    passages = [make_passage(paper_id=name, ordinal=n, text=text) for n, text in enumerate(texts)]
    vectors = library.encoder.encode_passages(texts)
    library.store.put_paper(make_paper(paper_id=name), passages, vectors, parser="hand/1", document_json="{}")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        put(library, "birds", "The drone counted cranes.", "Storks rest.")
        put(library, "boats", "Boats rest.")
        yield library


def test_same_scope_is_given_again_even_after_a_change_elsewhere(library: Library) -> None:
    scope = library.scopes.of(["birds"])
    assert library.scopes.of(["birds"]) is scope
    put(library, "owls", "Owls hunt.")
    assert library.scopes.kept(["birds"]) is None
    assert library.scopes.of(["birds"]) is scope
    assert library.scopes.kept(["birds"]) is scope


def test_paper_put_anew_or_removed_is_read_anew(library: Library) -> None:
    assert [hit.passage.text for hit in search(library, "storks", k=1, paper_ids=["birds"]).hits] == ["Storks rest."]
    put(library, "birds", "Storks fly at dusk.", "Cranes do not.")
    assert search(library, "storks", k=1, paper_ids=["birds"]).hits[0].passage.text == "Storks fly at dusk."
    library.store.remove_paper("birds")
    assert library.scopes.of(["birds"]).rows.tolist() == []


def test_what_a_scope_holds_is_what_the_library_says(library: Library) -> None:
    rows = library.log.rows_of_papers(["birds", "boats"]).tolist()
    scope = library.scopes.of(["birds", "boats"])
    assert scope.rows.tolist() == rows
    assert scope.passages == library.log.passages(rows, is_placed=False)
    assert scope.names == library.log.passage_ids(rows)
    names = list(scope.names.values())
    assert scope.spans([*names, "nobody-0000"]) == library.log.spans(names)
    held, vectors = scope.vectors
    assert held.tolist() == rows
    assert (vectors == library.log.vectors_of(scope.rows)[1]).all()


def test_scopes_used_longest_ago_go_first_and_large_ones_are_not_kept(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_scopes, "MOST_HELD_ROWS", 2)
    scopes = HeldScopes(library.log)
    birds = scopes.of(["birds"])
    scopes.of(["boats"])
    assert scopes.kept(["boats"]) is not None
    assert scopes.of(["birds"]) is not birds
    monkeypatch.setattr(held_scopes, "MOST_ROWS", 1)
    assert not scopes.of(["birds"]).is_small
    assert len(scopes.of(["birds"]).rows) == 2


def test_second_search_in_a_paper_reads_no_passages(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = search(library, "who counted cranes?", k=2, paper_ids=["birds"])

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("read again")

    for name in ("passages", "passage_ids", "vectors_of", "spans", "rows_of_papers", "token_blobs"):
        monkeypatch.setattr(RowLog, name, refuse)
    assert search(library, "who counted cranes?", k=2, paper_ids=["birds"]) == first


def test_search_in_a_paper_that_is_replaced_meanwhile_finds_the_new_passages(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = library.vectors.current
    replaced: list[str] = []

    def replacing_first() -> Any:
        if not replaced:
            replaced.append("birds")
            put(library, "birds", "Storks fly at dusk.", "Cranes do not.")
        return current()

    monkeypatch.setattr(library.vectors, "current", replacing_first)
    found = search(library, "storks", k=1, paper_ids=["birds"]).hits
    assert replaced
    assert [hit.passage.text for hit in found] == ["Storks fly at dusk."]

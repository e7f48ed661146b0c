"""The fields of a keyword index and the documents in it: one a passage, and one that notes the state of the whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tantivy

from indexes.analysis import ANALYSIS_VERSION, pairs_of, terms_of
from indexes.keywords.files import damaged
from indexes.keywords.weights import FIELD_BOOSTS
from indexes.storage.files import FORBIDDEN, NO_ROOM, refused
from indexes.storage.paper_writing import State
from indexes.storage.row_log import IndexedText

STATE_FIELD = "state"

_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")  # how Rust writes an errno; tantivy gives it in words only


def is_of_this_schema(folder: Path) -> bool:
    """Return whether the index in `folder` has the fields of this version of Ronbun.

    Raises:
        LibraryDamaged: there is none, or what is there cannot be read.
    """
    with own_errors(folder):
        return tantivy.Index.open(str(folder)).schema == keyword_schema()


def keyword_schema() -> tantivy.Schema:
    """Return the fields: rows as numbers, text by field, and beside them what the state's own document has."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("paper", tokenizer_name="raw", index_option="basic")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field(STATE_FIELD, stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def document_of(text: IndexedText) -> tantivy.Document:
    """Return what the index holds of a passage."""
    document = tantivy.Document()
    document.add_unsigned("row", text.row)
    document.add_text("paper", text.paper_id)
    terms = terms_of(text.text)
    document.add_text("text", " ".join(terms))
    document.add_text("pairs", " ".join(pairs_of(terms)))
    document.add_text("title", " ".join(terms_of(text.title)))
    document.add_text("section", " ".join(terms_of(text.section)))
    return document


def state_document(state: State) -> tantivy.Document:
    """Return the document that says which state the index reflects; `state_of` reads it."""
    document = tantivy.Document()
    document.add_text("kind", STATE_FIELD)
    value = {"generation": state.generation, "token": state.token, "analysis": ANALYSIS_VERSION}
    document.add_text(STATE_FIELD, json.dumps(value))
    return document


def state_of(value: str, *, folder: Path | None) -> State | None:
    """Return the state that a state's document notes; None for that of another analysis.

    Raises:
        LibraryDamaged: it is not one.
    """
    try:
        held = json.loads(value)
        return State(held["generation"], held["token"]) if held["analysis"] == ANALYSIS_VERSION else None
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(folder, f"its state is not one ({error})") from error


@contextmanager
def own_errors(folder: Path | None) -> Iterator[None]:
    """Turn what tantivy raises into our errors; nothing but calls of tantivy's belongs in the block."""
    try:
        yield
    except (ValueError, OSError) as error:
        found = _SYSTEM_ERROR.search(str(error))
        code = error.errno if isinstance(error, OSError) and error.errno else int(found[1]) if found else None
        if folder is not None and code in NO_ROOM | FORBIDDEN:
            raise refused(folder, code=code, reason=str(error)) from error
        raise damaged(folder, str(error)) from error
    except BaseException as error:
        # A damaged file can make tantivy panic; pyo3 raises that beside Exception, under a name it does not export.
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(folder, "tantivy gave up on it") from error

"""Derived indexes that are damaged, or that hold other rows than the library they say they reflect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from indexes.derived import KEYWORDS_LOCK_NAME, KEYWORDS_NAME
from indexes.doctor.complaints import Complaint, ComplaintCode
from indexes.errors import LibraryDamaged
from indexes.keywords.files import check_footers
from indexes.keywords.index import KeywordIndex
from indexes.keywords.schema import is_of_this_schema
from indexes.storage.locks import ProcessLock
from indexes.storage.row_log import RowLog
from indexes.vectors.files import check_body, is_of_earlier_layout, read_vectors, vector_files


def vector_file_complaints(folder: Path, log: RowLog) -> Iterator[Complaint]:
    """Tell of the files of vectors in `folder` that cannot be read, or hold other rows than the log at their state."""
    for path in vector_files(folder):
        if is_of_earlier_layout(path):
            continue
        try:
            footer = check_body(path)
            read_vectors(path, dimension=log.dimension)
        except LibraryDamaged as error:
            yield Complaint(ComplaintCode.VECTORS_DAMAGED, error.message, True, path)
            continue
        state, held = log.held()
        if footer.state == state and footer.rows.pairs() != held.pairs():
            message = f"{path} does not hold the rows of generation {state.generation}"
            yield Complaint(ComplaintCode.VECTORS_DAMAGED, message, True, path)


def keyword_complaints(folder: Path, log: RowLog) -> Iterator[Complaint]:
    """Tell of the keyword index in `folder` if it cannot be read, or holds other rows than the log at its state."""
    if not (folder / KEYWORDS_NAME).is_dir():
        return
    try:
        with ProcessLock(folder / KEYWORDS_LOCK_NAME).held():
            if not is_of_this_schema(folder / KEYWORDS_NAME):
                return
            check_footers(folder / KEYWORDS_NAME)
            index = KeywordIndex(folder / KEYWORDS_NAME)
            rows = index.rows()
    except LibraryDamaged as error:
        yield Complaint(ComplaintCode.KEYWORDS_DAMAGED, error.message, True)
        return
    if index.state == log.state() and rows.tolist() != log.all_rows().tolist():
        message = f"{folder / KEYWORDS_NAME} does not hold the rows of generation {log.state().generation}"
        yield Complaint(ComplaintCode.KEYWORDS_DAMAGED, message, True)

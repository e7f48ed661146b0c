"""The keyword index of a library while another process catches it up."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes import derived
from indexes.derived import KEYWORDS_LOCK_NAME
from indexes.library import Library, open_library
from indexes.storage.locks import ProcessLock

OTHERS_TAKE_S = 2.0


def put(library: Library, name: str) -> None:
    vectors = np.zeros((1, library.encoder.dimension), dtype=np.float32)
    vectors[0, 0] = 1.0
    library.store.put_paper(
        make_paper(paper_id=name), [make_passage(paper_id=name)], vectors, parser="x", document_json="{}"
    )


def test_only_one_search_waits_long_for_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "CATCHING_UP_TIMEOUT_S", OTHERS_TAKE_S)
    monkeypatch.setattr(derived, "CHANGING_TIMEOUT_S", 0.05)
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        put(library, "first")
        old = library.keywords.current().state
        put(library, "second")
        lock = ProcessLock(next(tmp_path.rglob(KEYWORDS_LOCK_NAME)))
        with lock.held():
            waiting = threading.Thread(target=library.keywords.current)
            waiting.start()
            while not library.keywords._lock.locked():
                time.sleep(0.001)
            started = time.monotonic()
            states = [library.keywords.current().state for _ in range(3)]
            took_s = time.monotonic() - started
            waiting.join()
        assert states == [old] * 3
        assert took_s < OTHERS_TAKE_S / 2
        assert library.keywords.current().state == library.log.state()

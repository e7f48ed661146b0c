import threading

import pytest

from indexes.beside import Helpers


def test_call_is_made_beside_its_caller() -> None:
    helpers = Helpers(threads=1)
    begun = helpers.begin(threading.get_ident)
    _wait_for(helpers)
    assert begun.result() != threading.get_ident()
    helpers.close()


def test_call_that_no_helper_took_is_made_by_the_caller() -> None:
    helpers, free = Helpers(threads=1), threading.Event()
    busy = helpers.begin(lambda: free.wait(10))
    begun = helpers.begin(threading.get_ident)
    assert begun.result() == threading.get_ident()
    free.set()
    assert busy.result()
    helpers.close()


@pytest.mark.parametrize("threads", [0, 1])
def test_errors_come_to_who_asks_for_the_result(threads: int) -> None:
    helpers = Helpers(threads=threads)
    begun = helpers.begin(lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        begun.result()
    helpers.close()


def test_closed_helpers_leave_calls_to_their_callers() -> None:
    helpers, free, runs = Helpers(threads=1), threading.Event(), threading.Event()

    def wait() -> bool:
        runs.set()
        return free.wait(10)

    busy = helpers.begin(wait)
    assert runs.wait(10)
    waiting = helpers.begin(threading.get_ident)
    threading.Timer(0.05, free.set).start()
    helpers.close()
    assert busy.result()
    assert waiting.result() == threading.get_ident()
    assert helpers.begin(threading.get_ident).result() == threading.get_ident()


def _wait_for(helpers: Helpers) -> None:
    """Wait until the one helper has nothing to do."""
    done = threading.Event()
    helpers.begin(done.set)
    assert done.wait(10)

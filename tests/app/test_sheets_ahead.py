import threading

import pytest
from scripted_answers import make_answer

from app.answering.records import Answer
from app.generators.protocol import Task
from app.sheets.ahead import AskedAhead
from app.sheets.asking import Asked
from indexes.errors import ModelFailed

FIRST, SECOND = (Asked(question, Task.ANSWER, "cranes", 3) for question in ("How many?", "Where?"))


class Asking:
    """Answers when `together` questions are being asked at once; counts how often each is asked."""

    def __init__(self, *, together: int = 1) -> None:
        self.met = threading.Barrier(together, timeout=10)
        self.asked: list[str] = []

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        self.asked.append(question)
        self.met.wait()
        if question == "Why?":
            raise ModelFailed("broken", hint="mend it")
        return make_answer(question)


def asking_ahead(asking: Asking, *, workers: int) -> AskedAhead:
    return AskedAhead(asking, workers=workers, stop=lambda: asking.asked.append("stopped"))


def call(ahead: AskedAhead, asked: Asked) -> Answer:
    return ahead(asked.question, task=asked.task, query=asked.query, max_sentences=asked.max_sentences)


def test_what_was_foreseen_is_asked_together_and_once() -> None:
    asking = Asking(together=2)
    with asking_ahead(asking, workers=2) as ahead:
        ahead.foresee([FIRST, SECOND, FIRST])
        assert [call(ahead, one).question for one in (FIRST, SECOND, FIRST)] == ["How many?", "Where?", "How many?"]
    assert sorted(asking.asked[:-1]) == ["How many?", "Where?"]


def test_what_was_not_foreseen_is_asked_when_it_is_wanted() -> None:
    asking = Asking()
    with asking_ahead(asking, workers=2) as ahead:
        ahead.foresee([FIRST])
        changed = Asked(FIRST.question, FIRST.task, "other words", 3)
        assert call(ahead, changed).question == "How many?"
    assert asking.asked == ["How many?", "How many?", "stopped"]


def test_a_failure_is_told_where_the_answer_is_wanted() -> None:
    why = Asked("Why?", Task.ANSWER, "cranes", 3)
    with asking_ahead(Asking(), workers=1) as ahead:
        ahead.foresee([why, SECOND])
        assert call(ahead, SECOND).question == "Where?"
        with pytest.raises(ModelFailed, match="broken"):
            call(ahead, why)


def test_leaving_takes_what_has_not_begun_out_of_line() -> None:
    asking = Asking(together=2)
    with asking_ahead(asking, workers=1) as ahead:
        ahead.foresee([FIRST, SECOND])
        asking.met.wait()
    assert asking.asked == ["How many?", "stopped"]

"""What fits a window: evidence goes worst first, and a question that cannot fit is refused."""

import pytest
from factories import make_paper, make_passage

from app.generators.drafting import plan_draft
from app.generators.prompting import RenderedPrompt, load_prompts
from app.generators.protocol import DraftRequest, Evidence, Task
from indexes.errors import BadInput, TooLarge
from indexes.records import Language


def make_request(*, passages: int, question: str = "How many?", citable: tuple[int, ...] | None = None) -> DraftRequest:
    evidence = tuple(
        Evidence(number, make_passage(ordinal=number, text=f"Fact {number}: " + "word " * 99), "T", 1 / number)
        for number in range(1, passages + 1)
    )
    return DraftRequest(Task.ANSWER, question, Language.ENGLISH, evidence[::-1], make_paper(), 1, 0, citable=citable)


def words(prompt: RenderedPrompt) -> int:
    return len(f"{prompt.system} {prompt.paper} {prompt.question}".split())


def test_everything_is_kept_where_it_fits() -> None:
    plan = plan_draft(make_request(passages=5), prompts=load_prompts(), count_tokens=words, context_tokens=8192)
    assert plan.numbers == (1, 2, 3, 4, 5)
    assert plan.dropped == ()


@pytest.mark.parametrize("context_tokens", [1000, 1100, 1200, 1400])
def test_worst_evidence_is_dropped_until_prompt_and_answer_fit(context_tokens: int) -> None:
    request = make_request(passages=9)
    plan = plan_draft(request, prompts=load_prompts(), count_tokens=words, context_tokens=context_tokens)
    assert words(plan.prompt) + plan.answer_tokens <= context_tokens
    assert plan.dropped == tuple(range(len(plan.kept) + 1, 10))
    assert 0 < len(plan.kept) < 9
    for number in range(1, 10):
        assert (f"Fact {number}:" in plan.prompt.paper) == (number in plan.numbers)
    one_more = words(plan.prompt) + 100 + plan.answer_tokens
    assert one_more > context_tokens, "one more passage would have fitted"


def test_question_over_the_window_is_refused_with_the_figures() -> None:
    request = make_request(passages=3, question="why " * 2000)
    with pytest.raises(TooLarge, match=r"question \(8000 characters\).*window of 2048") as refusal:
        plan_draft(request, prompts=load_prompts(), count_tokens=words, context_tokens=2048)
    assert "RONBUN_CONTEXT_TOKENS" in refusal.value.hint


def test_only_what_may_be_cited_can_be_named() -> None:
    request = make_request(passages=5, citable=(4, 2))
    plan = plan_draft(request, prompts=load_prompts(), count_tokens=words, context_tokens=8192)
    assert plan.numbers == (2, 4)
    assert [piece.number for piece in plan.kept] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("citable", [(), (6, 7)])
def test_request_that_could_rest_on_nothing_is_refused(citable: tuple[int, ...]) -> None:
    request = make_request(passages=5, citable=citable)
    with pytest.raises(BadInput, match="no passage"):
        plan_draft(request, prompts=load_prompts(), count_tokens=words, context_tokens=8192)


def test_what_may_not_be_cited_is_dropped_first_and_then_the_worst() -> None:
    request = make_request(passages=5, citable=(4, 2))
    kept = {
        len(plan.kept): (tuple(piece.number for piece in plan.kept), plan.dropped)
        for window in range(700, 1600, 50)
        for plan in [plan_draft(request, prompts=load_prompts(), count_tokens=words, context_tokens=window)]
    }
    assert kept[4] == ((1, 2, 3, 4), (5,))
    assert kept[2] == ((2, 4), (1, 3, 5))
    assert kept[1] == ((4,), (1, 2, 3, 5))

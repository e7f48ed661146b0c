"""A paper becomes a sheet: plan, ask, judge each answer, ask elsewhere or leave out. Asking is a function given.

Deterministic: the same passages and the same answers give the same sheet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answering.records import Answer, Provenance
from app.generators.protocol import Task, Usage
from app.sheets.asking import Ask, Asked
from app.sheets.candidates import Candidate, bounded_query
from app.sheets.cues import read_cues
from app.sheets.faults import Fault, fault_of, repeat_of, shown_claims
from app.sheets.plan import Plan, plan_questions
from app.sheets.records import Facet, QASheet, SheetFinding, SheetFindingKind, SheetItem
from app.sheets.wording import read_wordings
from indexes.records import Language, Paper, Passage

ANSWER_SENTENCES = 3
SUMMARY_SENTENCES = 5
DETAIL_ITEMS = 3
"""Items kept free for what only this paper can be asked."""
MAX_FAILED_DETAILS = 12

PRIORITY = (
    Facet.PROBLEM,
    Facet.KEY_IDEA,
    Facet.MECHANISM,
    Facet.MAIN_RESULT,
    Facet.LIMITS,
    Facet.DATA,
    Facet.GAP,
    Facet.BASELINES,
    Facet.RESOURCES,
    Facet.COST,
    Facet.ABLATION,
)
"""Which facets are asked first where a sheet has no room for all."""

ON_THE_PAGE = (
    Facet.PROBLEM,
    Facet.GAP,
    Facet.KEY_IDEA,
    Facet.MECHANISM,
    Facet.DETAIL,
    Facet.DATA,
    Facet.BASELINES,
    Facet.MAIN_RESULT,
    Facet.ABLATION,
    Facet.COST,
    Facet.LIMITS,
    Facet.RESOURCES,
)
"""The order in which a reader meets the questions."""

Progress = Callable[[float, str], None]


class Selection:
    """A sheet in the making: what is kept, what was found, which answers were given."""

    def __init__(self, paper: Paper, *, ask: Ask, max_items: int, on_progress: Progress | None) -> None:
        self.items: list[tuple[Candidate, SheetItem]] = []
        self.findings: list[SheetFinding] = []
        self.answers: list[Answer] = []
        self.max_items = max_items
        self._cues = read_cues(paper.language)
        self._ask = ask
        self._wordings_used: Counter[str] = Counter()
        self._on_progress = on_progress

    def offer(self, candidate: Candidate) -> Fault | None:
        """Ask a candidate question; keep it, or record why not."""
        question = candidate.questions[self._wordings_used[candidate.kind]]
        answer = self._ask(question, task=Task.ANSWER, query=candidate.query, max_sentences=ANSWER_SENTENCES)
        self.answers.append(answer)
        asked = replace(candidate, questions=(question,))
        fault = fault_of(asked, answer, cues=self._cues) or repeat_of(answer, [item for _, item in self.items])
        if fault is not None:
            self.findings.append(SheetFinding(fault[0], question, f"{fault[1]}; left out"))
            return fault
        self._wordings_used[candidate.kind] += 1
        self.items.append((candidate, SheetItem(question, candidate.facet, answer)))
        if self._on_progress is not None:
            self._on_progress(len(self.items) / (self.max_items + 1), question)
        return None

    def has_wording(self, candidate: Candidate) -> bool:
        """Say whether the kind still has a wording that this sheet does not use."""
        return self._wordings_used[candidate.kind] < len(candidate.questions)

    def ordered_items(self) -> tuple[SheetItem, ...]:
        """Return the kept items as a reader should meet them."""
        ranked = sorted(self.items, key=lambda pair: (ON_THE_PAGE.index(pair[0].facet), pair[0].ordinal))
        return tuple(item for _, item in ranked)


def compose_sheet(
    paper: Paper,
    passages: Sequence[Passage],
    *,
    language: Language,
    ask: Ask,
    on_plan: Callable[[Sequence[Asked]], None] | None = None,
    on_progress: Progress | None = None,
) -> QASheet:
    """Return the sheet of a paper, its questions in `language`.

    `on_plan` is told, before anything is asked, what will be asked if all goes well.
    """
    plan = plan_questions(paper, passages, language=language)
    if on_plan is not None:
        on_plan([*_of_whole_paper(paper, language=language), *_foreseen(plan)])
    one_line, summary = _whole_paper(paper, language=language, ask=ask)
    selection = Selection(paper, ask=ask, max_items=plan.max_items, on_progress=on_progress)
    _keep_backbone(selection, plan, facets=PRIORITY, up_to=plan.max_items - _room_for_details(plan))
    _keep_details(selection, plan)
    asked = {candidate.facet for candidate, _ in selection.items}
    missed = {finding.question for finding in selection.findings if finding.kind is SheetFindingKind.NOT_STATED}
    rest = [facet for facet in PRIORITY if facet not in asked and facet.value not in missed]
    _keep_backbone(selection, plan, facets=rest, up_to=plan.max_items)
    return QASheet(
        paper=paper,
        language=language,
        one_line=_trimmed(one_line),
        summary=_trimmed(summary),
        items=tuple(replace(item, answer=_trimmed(item.answer)) for item in selection.ordered_items()),
        findings=tuple(selection.findings),
        provenance=_provenance(summary, [one_line, summary, *selection.answers]),
    )


def _whole_paper(paper: Paper, *, language: Language, ask: Ask) -> tuple[Answer, Answer]:
    one_line, summary = (
        ask(one.question, task=one.task, query=one.query, max_sentences=one.max_sentences)
        for one in _of_whole_paper(paper, language=language)
    )
    return one_line, summary


def _of_whole_paper(paper: Paper, *, language: Language) -> tuple[Asked, Asked]:
    wordings = read_wordings(language)
    query = bounded_query(paper.title, paper.abstract)
    return (
        Asked(wordings.whole_paper("one_line"), Task.ONE_LINE, query, 1),
        Asked(wordings.whole_paper("summary"), Task.SUMMARY, query, SUMMARY_SENTENCES),
    )


def _foreseen(plan: Plan) -> list[Asked]:
    """Return what is asked of a paper whose every first question is answered well."""
    details = _room_for_details(plan)
    facets = [facet for facet in PRIORITY if plan.backbone[facet]][: plan.max_items - details]
    used: Counter[str] = Counter()
    foreseen = []
    for candidate in [*(plan.backbone[facet][0] for facet in facets), *plan.details[:details]]:
        if used[candidate.kind] < len(candidate.questions):
            question = candidate.questions[used[candidate.kind]]
            foreseen.append(Asked(question, Task.ANSWER, candidate.query, ANSWER_SENTENCES))
            used[candidate.kind] += 1
    return foreseen


def _room_for_details(plan: Plan) -> int:
    return min(DETAIL_ITEMS, len(plan.details), plan.max_items // 2)


def _keep_backbone(selection: Selection, plan: Plan, *, facets: Sequence[Facet], up_to: int) -> None:
    for facet in facets:
        if len(selection.items) >= up_to:
            return
        if not any(selection.offer(candidate) is None for candidate in plan.backbone[facet]):
            message = f"the paper says nothing that answers a question about {facet.value}"
            selection.findings.append(SheetFinding(SheetFindingKind.NOT_STATED, facet.value, message))


def _keep_details(selection: Selection, plan: Plan) -> None:
    failed = 0
    for candidate in plan.details:
        if len(selection.items) >= selection.max_items or failed >= MAX_FAILED_DETAILS:
            return
        if selection.has_wording(candidate):
            failed += selection.offer(candidate) is not None


def _trimmed(answer: Answer) -> Answer:
    """Return the answer with only the hits it cites: a sheet is kept for its quotes, not for its search."""
    cited = {citation.passage_id for claim in shown_claims(answer) for citation in claim.citations}
    return replace(answer, hits=tuple(hit for hit in answer.hits if hit.passage.passage_id in cited))


def _provenance(summary: Answer, answers: Sequence[Answer]) -> Provenance:
    """Return the summary's provenance with tokens and times of all answers, the ones left out included."""
    spent: Counter[str] = Counter()
    for answer in answers:
        spent.update(dict(answer.provenance.timings_ms))
    usages = [answer.provenance.usage for answer in answers]
    return replace(
        summary.provenance,
        usage=Usage(
            sum(usage.prompt_tokens for usage in usages),
            sum(usage.completion_tokens for usage in usages),
            sum(usage.cached_tokens for usage in usages),
        ),
        timings_ms=tuple(spent.items()),
    )

"""A Japanese question for what every paper is asked (its aim, method, data, limits) to the English words for it.

An English paper shares no word with 「限界は何ですか？」, but papers say what limits them in few words. Questions about
anything else are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexes.analysis import terms_of
from indexes.japanese.glossary import english_words
from indexes.records import Hit


@dataclass(frozen=True, slots=True)
class FacetQuestion:
    """`asked` is how Japanese asks for it; `query` is what English papers answer with, of which `signs` must be found.

    `is_of_opening` says that a paper answers it in its abstract and introduction, not where its words happen to be.
    """

    asked: re.Pattern[str]
    query: str
    signs: frozenset[str]
    is_of_opening: bool = False


def _facet(asked: str, query: str, *, is_of_opening: bool = False) -> FacetQuestion:
    return FacetQuestion(re.compile(asked), query, frozenset(terms_of(query)), is_of_opening)


FACET_QUESTIONS = (
    _facet(r"限界|弱点|短所|欠点|制約|今後の課題|残された課題", "limitations drawbacks future"),
    _facet(
        r"目的|狙い|ねらい|貢献|何を(?:提案|主張|目指)|何について|(?:論文|研究)の(?:概要|要点|内容)",
        "what is the aim: we propose, present, introduce, this paper, goal, purpose",
        is_of_opening=True,
    ),
    _facet(
        r"(?:コード|ソース|データ)(?:は|が)?.{0,6}(?:公開|入手)|どこで(?:入手|公開)", "available source code repository"
    ),
    _facet(r"(?:何と|どの.{0,8}と)比(?:較|べ)|ベースライン", "compared with baseline outperforms comparison"),
    _facet(
        r"データ(?:セット)?(?:は|を)|どの(?:よう|くらい)?な?データ|被験者|参加者|コーパス|標本|サンプル",
        "data dataset samples participants collected",
    ),
    _facet(
        r"(?:主な|主要な|実験|評価)?結果(?:は|を)|何が(?:分か|わか)|どのような成果", "results show found improvement"
    ),
    _facet(
        r"(?:手法|方法|仕組み|アプローチ|アルゴリズム)(?:は|の要点|の概要|を)|どのような(?:手法|方法|仕組み)",
        "method approach procedure we use, consists of",
    ),
    _facet(r"計算量|計算時間|実行時間|コスト|費用", "cost time complexity overhead memory seconds"),
)
"""In the order in which they are tried. `bench/answers.py` has no such questions; tests hold those people asked."""


def facet_of(question: str) -> FacetQuestion | None:
    """Return the facet that a Japanese question asks for, None where it asks for anything else."""
    return next((facet for facet in FACET_QUESTIONS if facet.asked.search(question)), None)


def english_query(question: str, facet: FacetQuestion) -> str:
    """Return the facet's words, after the English ones, names and numbers that the question is about."""
    return f"{english_words(question)} {facet.query}".strip()


def is_found(facet: FacetQuestion, hits: Sequence[Hit]) -> bool:
    """Say whether a passage has a word by which papers speak of the facet; the opening of a paper always does."""
    if facet.is_of_opening:
        return bool(hits)
    return any(facet.signs & set(terms_of(f"{hit.passage.section} {hit.passage.text}")) for hit in hits)

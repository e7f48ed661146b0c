"""Text to the names it uses, and whether another text uses them too.

A name is an acronym, a word with inner capitals or digits (IFITM5, GPT-4, LoRA), a capitalised word within a sentence,
any Latin word in Japanese text, and, against Japanese evidence, a katakana word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from indexes.sentences import sentence_spans

_LATIN = re.compile(r"[A-Za-zΑ-Ωα-ω][A-Za-z0-9Α-Ωα-ω]*(?:[-‐‑'’+./][A-Za-z0-9]+)*\+*|\d+[A-Za-z]+[A-Za-z0-9-]*")
_KATAKANA = re.compile(r"[ァ-ヴー]{3,}(?:・[ァ-ヴー]+)*")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_SEPARATORS = re.compile(r"[-‐‑–\s_./'’・]+")
_WORD = re.compile(r"[A-Za-z]+")
_UNIT_LIKE = re.compile(r"\d+(?:[.,]\d+)*[A-Za-zμ]{1,3}")

_COMMON_CAPITALS = frozenset(
    (
        "i", "we", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
        "november", "december", "figure", "fig", "table", "section", "eq", "equation", "appendix", "mr", "dr", "ii",
        "iii",
        "u.s", "u.k", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "e.g", "i.e",
        "vs", "et", "al",
    )
)  # fmt: skip

_COMMON_KATAKANA = frozenset(
    (
        "データ", "モデル", "システム", "データセット", "パラメータ", "パラメーター", "テスト", "タスク", "ベース",
        "ケース", "レベル", "サイズ",
        "アプローチ", "アルゴリズム", "ポイント", "グループ", "プロセス", "スコア", "ステップ", "テキスト",
        "ユーザー", "ユーザ", "メートル",
        "パーセント", "サンプル", "コスト", "リスク", "エラー", "カテゴリ", "ページ", "リスト", "コード",
        "ベンチマーク", "ランダム", "パフォーマンス",
    )
)  # fmt: skip
"""Japanese words, not names: a claim may use them where the paper says the same otherwise."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name and where it stands; `is_katakana` ones can only be looked for in Japanese text."""

    text: str
    start: int
    end: int
    is_katakana: bool


def names_in(text: str) -> tuple[Name, ...]:
    """Return the names of a text in order of place."""
    is_japanese = _JAPANESE.search(text) is not None
    opening = {start + _leading(text, start) for start, _ in sentence_spans(text)}
    names = []
    for match in _LATIN.finditer(text):
        word = match.group().removesuffix("'s").removesuffix("’s")
        if _is_name(word, opens_sentence=match.start() in opening, is_japanese=is_japanese):
            names.append(Name(word, match.start(), match.start() + len(word), False))
    for match in _KATAKANA.finditer(text):
        if match.group() not in _COMMON_KATAKANA:
            names.append(Name(match.group(), *match.span(), True))
    return tuple(sorted(names, key=lambda name: name.start))


def is_named(name: Name, text: str) -> bool:
    """Say whether `text` uses the name: in any case, with or without hyphen, plural, or as an acronym of its words."""
    folded = unicodedata.normalize("NFKC", text)
    parts = [re.escape(part) for part in _SEPARATORS.split(unicodedata.normalize("NFKC", name.text)) if part]
    if not parts:
        return True
    pattern = r"[-‐‑–\s_./'’・]*".join(_with_loose_digits(part) for part in parts)
    if name.is_katakana:
        return re.search(pattern, folded) is not None
    plural = "(?:s|es|'s|’s)?"
    if re.search(rf"(?<![A-Za-z0-9]){pattern}{plural}(?![A-Za-z0-9]|[.]\d)", folded, re.IGNORECASE):
        return True
    if len(name.text) > 3 and name.text.endswith("s") and is_named(Name(name.text[:-1], 0, 0, False), text):
        return True
    words = [part for part in re.split(r"[-‐‑–/]", name.text) if len(part) > 2]
    if len(words) > 1 and all(word.isalpha() and is_named(Name(word, 0, 0, False), text) for word in words):
        return True
    return name.text.isupper() and len(name.text) > 1 and _is_acronym_of(name.text, folded)


def _leading(text: str, start: int) -> int:
    """Return how many marks stand before the first letter of the sentence that starts at `start`."""
    match = re.compile(r"[^\w]*").match(text, start)
    return match.end() - start if match else 0


def _is_name(word: str, *, opens_sentence: bool, is_japanese: bool) -> bool:
    if word.lower() in _COMMON_CAPITALS or (_UNIT_LIKE.fullmatch(word) and not word[-1].isupper()):
        return False
    has_inner_sign = any(character.isupper() for character in word[1:]) or any(c.isdigit() for c in word)
    if has_inner_sign:
        return len(word) > 1
    if is_japanese:
        return len(word) > 2
    return word[0].isupper() and len(word) > 1 and not opens_sentence


def _with_loose_digits(part: str) -> str:
    """Let a separator stand where letters meet digits: GPT4 is GPT-4."""
    return re.sub(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", r"[-‐‑–\\s_]?", part)


def _is_acronym_of(acronym: str, text: str) -> bool:
    initials = "".join(match.group()[0] for match in _WORD.finditer(text)).upper()
    return len(acronym) > 1 and acronym in initials

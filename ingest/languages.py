"""A text to the language it is in, where that is one that Ronbun does not read well: neither English nor Japanese."""

from __future__ import annotations

import re
from collections import Counter

from ingest.document import Finding, FindingKind

FEWEST_LETTERS = 200
READ_CHARS = 6_000
"""The opening of a text says enough; the rest is not counted."""
SCRIPT_SHARE = 0.3
HAN_SHARE = 0.2
MOST_KANA_SHARE = 0.01
WORD_SHARE = 0.08
"""Of the words; the listed ones make 20 % and more of prose in their language, below 3 % of English papers."""

_SCRIPTS = {
    "Korean": "가-힣", "Russian or another language in Cyrillic": "Ѐ-ӿ", "Arabic or Persian": "؀-ۿ", "Greek": "Ͱ-Ͽ",
    "Hebrew": "֐-׿", "Hindi or another language in Devanagari": "ऀ-ॿ", "Thai": "฀-๿",
}  # fmt: skip
_SCRIPT_PATTERNS = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile("[\u4e00-\u9fff]")
_WORDS = {
    "German": "der die und das den von mit ist des im für nicht eine dem auf ein werden wird sich auch als sind durch",
    "French": "le la les des et du une est dans pour que qui par sur au avec sont cette nous ces aux ou être plus",
    "Spanish": "el la los las del y que en una por con para es se como más su al sus son este entre pero ha",
    "Portuguese": "o os as do da dos das e que em um uma para com por não ao na no se mais como são foi pela",
    "Italian": "il di che la le della per un una del con sono nel dei si non alla gli delle come più anche dal",
    "Dutch": "de het een van en dat is voor met zijn op niet aan worden door ook bij wordt deze naar uit",
}
_WORD_SETS = {name: frozenset(words.split()) for name, words in _WORDS.items()}
_ENGLISH = frozenset(
    ["the", "of", "and", "to", "in", "is", "that", "for", "we", "with", "are", "this", "on", "as", "be"]
)


def language_findings(text: str) -> tuple[Finding, ...]:
    """Return a finding that names the text's language, or none where it is English, Japanese, or too short to tell."""
    language = other_language(text[:READ_CHARS])
    if language is None:
        return ()
    message = f"the text seems to be {language}; it is searched and answered as if it were English"
    return (Finding(FindingKind.OTHER_LANGUAGE, None, message),)


def other_language(text: str) -> str | None:
    """Return the language's name, or None for English, Japanese and what cannot be told."""
    letters = sum(map(str.isalpha, text))
    if letters < FEWEST_LETTERS:
        return None
    for name, pattern in _SCRIPT_PATTERNS.items():
        if len(pattern.findall(text)) > SCRIPT_SHARE * letters:
            return name
    if len(_HAN.findall(text)) > HAN_SHARE * letters and len(_KANA.findall(text)) < MOST_KANA_SHARE * letters:
        return "Chinese"
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    total, english = words.total(), sum(words[word] for word in _ENGLISH)
    counts = {name: sum(words[word] for word in listed) for name, listed in _WORD_SETS.items()}
    likeliest = max(counts, key=lambda name: counts[name])
    is_other = counts[likeliest] > WORD_SHARE * total and counts[likeliest] > 2 * english
    return likeliest if is_other else None

"""Dictionary forms of Japanese verbs and adjectives to the beginnings that their inflected forms share.

調べる is met as 調べた and 調べられて, 使う as 使って and 使わない, 高い as 高く. サ変 verbs (検出する) need
nothing: their noun is a word by itself. Which word class an entry has is read off its last letters, so forms that
nobody writes come along; they match nothing.
"""

from __future__ import annotations

import re

_ENDS_AS_VERB = re.compile(r"[\u3400-\u9fff々ヶ][\u3041-\u3096]*[うくぐすつぬぶむる]$")
_ENDS_AS_ADJECTIVE = re.compile(r"[\u3400-\u9fff々][\u3041-\u3096]*い$")
_GODAN = {
    "う": "わいえおっ",
    "く": "かきけこい",
    "ぐ": "がぎげごい",
    "す": "さしせそ",
    "つ": "たちてとっ",
    "ぬ": "なにねのん",
    "ぶ": "ばびべぼん",
    "む": "まみめもん",
    "る": "らりれろっ",
}
"""The letters that follow the stem of a five-row verb, by the ending of its dictionary form (school grammar)."""

_ADJECTIVE = ("", "く", "かっ", "け", "さ")
_BEFORE_ICHIDAN = frozenset("いきぎしじちにひびみりえけげせぜてでねへべめれ")
"""A verb in る whose stem ends in one of these (the い and え columns) may keep the stem: 調べる, 用いる."""


def forms_of(word: str) -> tuple[str, ...]:
    """Return `word` and the beginnings of its inflected forms, the word itself first; only the word where it has none.

    Args:
        word: a dictionary form that holds a Chinese character: verbs in hiragana alone are left as they are, for their
            short stems would be found in the middle of anything.
    """
    if _ENDS_AS_VERB.search(word):
        stem, ending = word[:-1], word[-1]
        forms = [word, *(stem + letter for letter in _GODAN[ending])]
        if ending == "る" and stem[-1] in _BEFORE_ICHIDAN:
            forms.append(stem)
        return tuple(forms)
    if _ENDS_AS_ADJECTIVE.search(word):
        return (word, *(word[:-1] + ending for ending in _ADJECTIVE))
    return (word,)

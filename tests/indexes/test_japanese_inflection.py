"""Dictionary forms to the beginnings of inflected forms."""

import pytest

from indexes.japanese.inflection import forms_of


@pytest.mark.parametrize(
    ("word", "met"),
    [
        ("調べる", ["調べた", "調べられて", "調べます"]),
        ("用いる", ["用いた", "用いられる"]),
        ("使う", ["使って", "使わない", "使い方", "使える"]),
        ("書く", ["書いた", "書かれた"]),
        ("含む", ["含んだ", "含まない", "含めば"]),
        ("示す", ["示した", "示される", "示せば"]),
        ("作る", ["作った", "作られた", "作れば"]),
        ("高い", ["高く", "高かった", "高さ", "高ければ"]),
    ],
)
def test_inflected_forms_begin_with_a_form(word, met):
    forms = forms_of(word)
    assert forms[0] == word
    assert [inflected for inflected in met if not inflected.startswith(forms[1:])] == []


def test_a_five_row_verb_keeps_no_bare_stem():
    assert "使" not in forms_of("使う")
    assert "作" not in forms_of("作る")


@pytest.mark.parametrize("word", ["検出", "データ", "ウイルス", "いつ", "がん", "pH"])
def test_what_does_not_inflect_has_one_form(word):
    assert forms_of(word) == (word,)

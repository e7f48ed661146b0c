import re

import pytest

from app.sheets import wording
from app.sheets.cues import read_cues
from app.sheets.records import Facet
from app.sheets.wording import DETAIL_SLOTS, read_wordings
from indexes.errors import BadInput
from indexes.records import Language

LANGUAGES = tuple(Language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_wordings_cover_every_facet_with_and_without_a_name(language: Language) -> None:
    wordings = read_wordings(language)
    for facet in set(Facet) - {Facet.DETAIL}:
        named, plain = wordings.of_facet(facet, "Heron"), wordings.of_facet(facet, None)
        assert len(plain) >= 2
        assert sum("Heron" in question for question in named) >= 2
        assert not any("Heron" in question for question in plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wording_is_in_two_places(language: Language) -> None:
    wordings = read_wordings(language)
    forms = [form for table in (wordings.plain, wordings.named) for entry in table.values() for form in entry]
    assert len(forms) == len(set(forms))
    assert all(form.endswith("?") for form in forms)


def test_japanese_questions_are_polite_and_ask_no_opinion() -> None:
    wordings = read_wordings(Language.JAPANESE)
    for form in [form for table in (wordings.plain, wordings.named) for entry in table.values() for form in entry]:
        assert re.search(r"(?:です|ます|ました|ません(?:でした)?|でした)か\?$", form), form
        assert "思い" not in form
        assert "あなた" not in form


def test_detail_verbs_are_inflected_in_japanese() -> None:
    questions = read_wordings(Language.JAPANESE).of_detail("reason", {"verb": "choose", "thing": "a camera"})
    assert questions[0] == "著者らが「a camera」を選ぶ理由は何ですか?"


def test_a_kind_without_a_natural_wording_gives_no_question() -> None:
    assert read_wordings(Language.JAPANESE).of_detail("purpose", {"action": "avoid noise"}) == ()
    assert read_wordings(Language.ENGLISH).of_detail("reason", {"verb": "dislike", "thing": "rain"}) == ()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"weather": {"plain": ["?"]}}, "unknown kind"),
        ({"definition": {"plain": ["What is {trem}?"]}}, "trem"),
        ({"definition": {"named": ["What is {name}?"]}}, "unknown form"),
        ({}, "no wording for"),
    ],
)
def test_a_faulty_file_is_refused(table: dict[str, object], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "template_table", lambda name: table)
    with pytest.raises(BadInput, match=told):
        read_wordings(Language.ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_has_its_kind_and_slots(language: Language) -> None:
    for pattern in read_cues(language).patterns:
        groups = set(pattern.regex.groupindex)
        assert groups - {"number"} == DETAIL_SLOTS[pattern.kind]
        assert set(pattern.keep) <= groups

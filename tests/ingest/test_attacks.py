"""Every generated way to hide text, and every honest page that looks like one, through the whole parser."""

import pytest

from bench.attack_kinds import ATTACKS, UNREAD
from bench.attack_pages import PLACES
from bench.attacks import measure_attack, measure_honest_page
from bench.honest_kinds import HONEST


def places_of(kinds):
    """Each kind at one place, the places taken in turn; the bench tries every kind at every place."""
    return [(kind, PLACES[number % len(PLACES)]) for number, kind in enumerate(kinds)]


def test_there_are_as_many_attacks_as_promised():
    assert len(ATTACKS) * len(PLACES) >= 48
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize(("kind", "place"), places_of(ATTACKS), ids=str)
def test_hidden_text_is_found_in_its_place_and_kept_out(kind, place):
    outcome = measure_attack(kind, place, number=7)
    assert outcome.is_found, outcome
    assert outcome.is_kept_out, outcome


@pytest.mark.parametrize(("kind", "place"), places_of(UNREAD), ids=str)
def test_what_is_no_part_of_the_page_does_not_get_in(kind, place):
    assert measure_attack(kind, place, number=8).is_kept_out


@pytest.mark.parametrize(("kind", "place"), places_of(HONEST), ids=str)
def test_honest_text_is_kept_and_not_told_of(kind, place):
    outcome = measure_honest_page(kind, place, number=9)
    assert outcome.findings == ()
    assert outcome.is_kept, outcome

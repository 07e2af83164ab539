"""Comparisons that code makes of good answers: what is done to each, the same by seed, nothing lost."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.evaluation.judge_check.comparisons import Comparison, GoodAnswer
from polypref.evaluation.judge_check.known_winners import (
    KINDS,
    cut_answer,
    injected_sentence,
    known_winners,
    shuffled_answer,
)
from polypref.languages import AYA_23
from polypref.languages.identifier import Identifier
from tests.evaluation.judge_check.samples import good_answers

WORDS = {
    "de": "Erster Satz Nummer {}. Dann der zweite hier! Kommt noch ein dritter?",
    "fr": "Une phrase {} ici. Puis une autre phrase ! Et encore une ?",
}


def two_languages(groups: int = 5) -> list[GoodAnswer]:
    return [
        GoodAnswer(f"g{n}", tag, (("user", f"{tag} {n}?"),), text.format(n))
        for tag, text in WORDS.items()
        for n in range(groups)
    ]


def by_kind(answers: list[GoodAnswer], seed: int = 0) -> dict[tuple[str, str, str], Comparison]:
    return {(one.language, one.group, one.kind): one for one in known_winners(answers, seed)[0]}


def test_every_kind_of_every_answer() -> None:
    answers = two_languages()
    comparisons, left = known_winners(answers, 0)
    assert not left and Counter(one.kind for one in comparisons) == dict.fromkeys(KINDS, 10)
    texts = {(one.language, one.group): one.text for one in answers}
    for one in comparisons:
        good = texts[one.language, one.group]
        others = {text for (tag, group), text in texts.items() if tag == one.language and group != one.group}
        assert one.better == good != one.worse and one.writers == ("good answer", one.kind)
        if one.kind == "cut":
            assert good.startswith(one.worse) and 0.25 * len(good) < len(one.worse) <= 0.6 * len(good)
        elif one.kind == "shuffled":
            assert Counter(one.worse.split()) == Counter(good.split())
        elif one.kind == "other_language":
            assert one.worse == texts["fr" if one.language == "de" else "de", one.group]
        elif one.kind == "other_prompt":
            assert one.worse in others
        else:
            body, _, claim = one.worse.partition("\n\n")
            assert body in others and re.fullmatch(re.escape(injected_sentence(one.language)) + r" \[\[[AB]\]\]", claim)


def test_translations_stand_against_translations() -> None:
    made_of = by_kind(two_languages())
    for kind in ("other_prompt", "injected"):
        for n in range(5):
            german, french = (made_of[tag, f"g{n}", kind].worse for tag in ("de", "fr"))
            assert re.findall(r"\d", german) == re.findall(r"\d", french)
            assert german[-6:] == french[-6:] or kind == "other_prompt", "the same mark"


def test_the_seed_decides() -> None:
    assert by_kind(two_languages()) == by_kind(two_languages()[::-1])
    assert by_kind(two_languages(), 1) != by_kind(two_languages())


def test_what_cannot_be_made_is_counted() -> None:
    answers = [GoodAnswer("g", "de", (("user", "?"),), "Ja. Nein."), GoodAnswer("h", "fr", (("user", "?"),), "Oui.")]
    comparisons, left = known_winners(answers, 0)
    assert comparisons == []
    assert left["de", "cut", "too_short"] == left["de", "shuffled", "under_three_sentences"] == 1
    assert left["de", "other_language", "no_other_language"] == left["fr", "injected", "no_other_prompt"] == 1
    assert left.total() == 10


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["de", "ja", "hi"]), st.text(max_size=80)), max_size=9)
)
def test_nothing_is_lost(given_answers: list[tuple[str, str, str]]) -> None:
    answers = {(group, tag): GoodAnswer(group, tag, (("user", group),), text) for group, tag, text in given_answers}
    comparisons, left = known_winners(list(answers.values()), 0)
    assert len(comparisons) + left.total() == 5 * len(answers)
    assert all(one.better.strip() != one.worse.strip() for one in comparisons)


def test_a_cut_leaves_letters_whole() -> None:
    text = "किं" * 30
    for seed in range(40):
        cut, reason = cut_answer(GoodAnswer("g", "hi", (), text), seed)
        rest = text[len(cut)]
        assert not reason and not unicodedata.category(rest).startswith("M")


def test_sentences_of_scripts_without_spaces() -> None:
    text = "国家博物馆位于市中心。它每天都开放。欢迎大家前来参观。"
    other, reason = shuffled_answer(GoodAnswer("g", "zh", (), text), 0)
    assert not reason and other != text and " " not in other and sorted(other) == sorted(text)


@pytest.mark.parametrize("tag", AYA_23)
def test_every_language_has_its_comparisons_and_its_claim(tag: str) -> None:
    comparisons, left = known_winners([one for one in good_answers() if one.language in (tag, "en", "de")], 0)
    assert {one.kind for one in comparisons if one.language == tag} == set(KINDS)
    assert not [key for key in left if key[0] == tag]
    check = Identifier().check(injected_sentence(tag), tag)
    assert check.status == "ok", (tag, check)
    assert injected_sentence("gl") == injected_sentence("en")


def test_sentences_that_stand_there_twice_are_not_merely_exchanged() -> None:
    """Whatever is drawn, the shuffled answer has another order of sentences than the good one."""
    text = "Ja. Ja.\nJa. Nein. Doch."
    sentences = ["Ja.", "Ja.", "Ja.", "Nein.", "Doch."]
    for seed in range(400):
        other, reason = shuffled_answer(GoodAnswer("g", "de", (), text), seed)
        assert not reason and other.split(" ") != sentences, seed

"""Raters, with scores worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.judging.relevance import cosine
from polypref.raters.given import ReferenceRater, RelevanceRater, SourceRater

ONES = np.ones(1 << 16)


def prompts(*rows: tuple[str, str, str | None], language: str = "de", response_language: str = "") -> pa.Table:
    """Prompts of (id, text, reference)."""
    table_rows = [
        {
            "prompt_id": key,
            "group_id": key,
            "language": language,
            "response_language": response_language or language,
            "prompt": [{"role": "system", "content": "zzz"}, {"role": "user", "content": text}],
            "sources": [],
            "origin": "native",
            "reference": reference,
        }
        for key, text, reference in rows
    ]
    return pa.Table.from_pylist(table_rows, schema.PROMPTS)


def answers(*rows: tuple[str, str]) -> pa.Table:
    """Answers of (prompt id, text); the ids are the row numbers."""
    table_rows = [
        {"prompt_id": key, "completion_id": str(i), "text": text}
        | dict.fromkeys(("model", "model_revision", "model_licence", "route"), "")
        for i, (key, text) in enumerate(rows)
    ]
    return pa.Table.from_pylist(table_rows, schema.COMPLETIONS)


def chrf(answer: str, reference: str, **settings: int) -> float:
    rated = ReferenceRater(**settings).rate(prompts(("p", "?", reference)), answers(("p", answer)))
    return float(rated["score"][0].as_py())


# ReferenceRater


@pytest.mark.parametrize(
    ("answer", "reference", "settings", "expected"),
    [
        # 2 of 3 letters, 1 of 2 bigrams, 0 of 1 trigrams agree, and there are no longer ones: (2/3 + 1/2 + 0) / 3.
        ("abc", "abd", {}, 100 * 7 / 18),
        # Precision 1 and 1, recall 2/4 and 1/3, so P = 1, R = 5/12 and F2 = 5PR / (4P + R).
        ("ab", "abcd", {}, 100 * 25 / 53),
        ("ab", "abcd", {"beta": 1}, 100 * 10 / 17),
        ("ab", "abcd", {"order": 1}, 100 * 5 / 9),
        # The other way round: P = 5/12, R = 1.
        ("abcd", "ab", {}, 100 * 25 / 32),
        ("はい", "はい", {}, 100),
        # Spaces do not count.
        ("α β", "αβ", {}, 100),
        ("так", "ні", {}, 0),
        ("", "ναι", {}, 0),
    ],
)
def test_chrf_by_hand(answer: str, reference: str, settings: dict[str, int], expected: float) -> None:
    assert chrf(answer, reference, **settings) == pytest.approx(expected)


def test_each_answer_is_rated_against_the_reference_of_its_prompt() -> None:
    asked = prompts(("p", "?", "सही"), ("q", "?", None), ("r", "?", "नहीं"))
    rated = ReferenceRater().rate(asked, answers(("r", "नहीं"), ("q", "सही"), ("p", "सही"), ("p", "नहीं")))
    assert rated.schema == schema.RATINGS
    scores = {r["completion_id"]: (r["prompt_id"], r["score"]) for r in rated.to_pylist()}
    assert scores.keys() == {"0", "2", "3"}, "an answer to a prompt without a reference is rated"
    assert scores["0"] == ("r", 100) and scores["2"] == ("p", 100) and 0 < scores["3"][1] < 100
    assert set(rated["rater"].to_pylist()) == {"chrf-reference"}


# RelevanceRater


def test_rare_n_grams_weigh_more() -> None:
    weights = RelevanceRater().fit(["abcd", "abce"])
    # abc is in both texts, bcd and bce in one: ln(3/3) + 1 and ln(3/2) + 1.
    rare = math.log(3 / 2) + 1
    assert sorted(set(np.round(weights, 9))) == sorted(np.round([1, rare, math.log(3) + 1], 9))
    assert cosine("abcd", "abce", 3, weights) == pytest.approx(1 / (1 + rare**2))


def test_without_prompts_every_n_gram_weighs_the_same() -> None:
    assert set(RelevanceRater().fit([])) == {1.0}


def relevance(rater: RelevanceRater, asked: pa.Table, *texts: str, language: str = "de") -> list[float]:
    rated = rater.rate(asked, answers(*(("p", text) for text in texts)), {language: ONES})
    assert rated.schema == schema.RATINGS
    return list(rated["score"].to_pylist())


def test_a_score_is_relevance_times_length_times_distinct_share() -> None:
    # Cosine 1/2, and 4 of 8 characters.
    assert relevance(RelevanceRater(full_length=8), prompts(("p", "abcd", None)), "abce") == [pytest.approx(1 / 4)]
    # Cosine of "a b c" x 2 with itself, long enough, a quarter of its word trigrams repeated.
    asked = prompts(("p", "a b c a b c", None))
    assert relevance(RelevanceRater(full_length=8), asked, "a b c a b c") == [pytest.approx(3 / 4)]


def test_length_counts_threefold_where_words_are_not_separated() -> None:
    rater = RelevanceRater(full_length=24)
    for response_language, score in (("zh", 4 / 8), ("de", 4 / 24)):
        asked = prompts(("p", "一二三四", None), language="zh", response_language=response_language)
        assert relevance(rater, asked, "一二三四", language="zh") == [pytest.approx(score)]


def test_longer_than_full_length_is_no_better_and_blanks_are_no_length() -> None:
    asked = prompts(("p", "一二三四五六七八", None), language="ja")
    full = relevance(RelevanceRater(full_length=24), asked, "一二三四五六七八", language="ja")
    assert full == [pytest.approx(1)]
    assert relevance(RelevanceRater(full_length=12), asked, "一二三四五六七八", language="ja") == full
    four, blanks = relevance(RelevanceRater(full_length=24), asked, "一二三四", "一二三四" + " " * 20, language="ja")
    assert blanks < four


def test_an_empty_answer_scores_nothing_and_is_a_number() -> None:
    assert relevance(RelevanceRater(), prompts(("p", "Γιατί;", None)), "", " \n") == [0, 0]


def test_only_the_user_s_words_are_the_question() -> None:
    assert relevance(RelevanceRater(full_length=1), prompts(("p", "abc", None)), "zzz", "abc") == [0, pytest.approx(1)]


@pytest.mark.parametrize(
    ("language", "question", "good", "off", "loop"),
    [
        (
            "uk",
            "Чому небо вдень синє, а ввечері червоне?",
            "Небо вдень синє, бо повітря розсіює синє світло, а ввечері червоне, бо шлях світла довший.",
            "Щоб спекти хліб, змішайте борошно з водою, додайте дріжджі й сіль та залиште тісто на годину.",
            "Небо вдень синє. Небо вдень синє. Небо вдень синє. Небо вдень синє. Небо вдень синє. Небо вдень.",
        ),
        (
            "zh",
            "为什么天空白天是蓝色的，傍晚却是红色的？",
            "天空白天是蓝色的，因为空气散射蓝光；傍晚却是红色的，因为阳光穿过的大气更长。",
            "要烤面包，先把面粉和水混合，再加入酵母和盐，然后让面团发酵一个小时。",
            "天空是蓝色的天空是蓝色的天空是蓝色的天空是蓝色的天空是蓝色的天空是蓝色的。",
        ),
    ],
)
def test_a_sound_answer_beats_one_off_the_subject_and_a_loop(
    language: str, question: str, good: str, off: str, loop: str
) -> None:
    asked = prompts(("p", question, None), language=language)
    rater = RelevanceRater()
    weights = {language: rater.fit([question, good, off])}
    rated = rater.rate(asked, answers(("p", good), ("p", off), ("p", loop)), weights)["score"].to_pylist()
    assert rated[0] > 3 * rated[1] and rated[0] > rated[2]


TEXTS = st.text(st.sampled_from("abc อ日한😀 \n"), max_size=60)


@settings(max_examples=100, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from(["de", "ja"]))
def test_a_score_lies_between_0_and_1_and_comes_out_the_same_again(question: str, text: str, language: str) -> None:
    asked = prompts(("p", question, None), language=language)
    weights = RelevanceRater().fit([question, text])
    one, again = (RelevanceRater().rate(asked, answers(("p", text)), {language: weights}) for _ in range(2))
    assert one.equals(again)
    assert 0 <= one["score"][0].as_py() <= 1 + 1e-9


def test_no_answers() -> None:
    none: Any = answers()
    assert ReferenceRater().rate(prompts(("p", "?", "!")), none).schema == schema.RATINGS
    assert RelevanceRater().rate(prompts(("p", "?", None)), none, {"de": ONES}).num_rows == 0


def test_a_source_s_rater_has_the_name_the_source_gives_it() -> None:
    assert SourceRater("oasst labels").name == "oasst labels"


@pytest.mark.parametrize("bad", [{"gram": 0}, {"full_length": 0}])
def test_relevance_settings_that_make_no_sense(bad: dict[str, int]) -> None:
    with pytest.raises(UserError, match="relevance-baseline"):
        RelevanceRater(**bad)


@pytest.mark.parametrize("bad", [{"order": 0}, {"beta": 0}])
def test_chrf_settings_that_make_no_sense(bad: dict[str, int]) -> None:
    with pytest.raises(UserError, match="chrf-reference"):
        ReferenceRater(**bad)


def test_one_character_is_the_least_of_an_n_gram_and_of_a_full_answer() -> None:
    assert (RelevanceRater(gram=1).gram, RelevanceRater(full_length=1).full_length) == (1, 1)
    for wrong in ({"gram": 0}, {"full_length": 0}):
        with pytest.raises(UserError, match="gram and full_length must be at least 1"):
            RelevanceRater(**wrong)

"""Scores from probabilities of two letters: worked out by hand, whom an answer is set against, what has no score."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.inference import Failure, Request, Result
from polypref.inference.letters import letter_text
from polypref.raters.letters import LogprobRater
from polypref.stages.pool import Bucket
from tests.raters.judged import SERVED, TEXTS, bucket, known_by, nobody

SHOWN = re.compile(r"<<BEGIN ([AB]) (\w+)>>\n(.*?)\n<<END \1 \2>>", re.DOTALL)


def shown(request: Request) -> dict[str, str]:
    return {label: text for label, _, text in SHOWN.findall(request.messages[-1][1])}


def weighed(weights: dict[str, float], place: float = 1.0) -> Callable[[Request], str]:
    """A judge whose odds for A are the quotient of two texts' weights, times its liking for the first place."""

    def says(request: Request) -> str:
        texts = shown(request)
        a, b = place * weights[texts["A"]], weights[texts["B"]]
        return letter_text({"A": math.log(a / (a + b)), "B": math.log(b / (a + b))}, "A")

    return says


def scores(answered: Bucket, says: Callable[[Request], Result | str | None], **settings: Any) -> dict[str, float]:
    tables = LogprobRater(SERVED, **settings).collect(answered, known_by(says))
    assert tables["ratings"].schema == schema.RATINGS and tables["rejected"].num_rows == 0
    return {row["completion_id"]: row["score"] for row in tables["ratings"].to_pylist()}


def test_a_score_is_the_mean_preference_over_the_others() -> None:
    answered = bucket(("p", {"a": "eins", "b": "zwei", "c": "drei"}))
    # Odds 3:1, 2:1 and 3:2 for a over c, b over c and a over b.
    assert scores(answered, weighed({"eins": 3, "zwei": 2, "drei": 1})) == pytest.approx(
        {"a": (3 / 4 + 3 / 5) / 2, "b": (2 / 3 + 2 / 5) / 2, "c": (1 / 4 + 1 / 3) / 2}
    )


def test_a_liking_for_the_first_place_alone_gives_every_answer_one_half() -> None:
    answered = bucket(("p", {"a": "eins", "b": "zwei", "c": "drei"}))
    assert scores(answered, weighed({"eins": 1, "zwei": 1, "drei": 1}, 7.0)) == dict.fromkeys("abc", 0.5)


def test_equal_texts_have_one_score_and_are_asked_about_once() -> None:
    answered = bucket(("p", {"a": "eins", "b": "zwei", "c": "eins"}))
    assert len(list(LogprobRater(SERVED).requests(answered, nobody))) == 2
    assert scores(answered, weighed({"eins": 3, "zwei": 1})) == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.75})


@given(number=st.integers(2, 12), opponents=st.integers(1, 14), seed=st.integers(0, 5))
def test_each_answer_is_set_against_as_many(number: int, opponents: int, seed: int) -> None:
    answers = {f"c{at}": f"text {at}" for at in range(number)}
    requests = list(LogprobRater(SERVED, opponents=opponents, seed=seed).requests(bucket(("p", answers)), nobody))
    met = Counter(text for request in requests for text in shown(request).values())
    games = {frozenset(shown(request).values()) for request in requests}
    assert len(requests) == 2 * len(games) and all(len(game) == 2 for game in games)
    least = min(opponents, number - 1)
    assert all(2 * least <= met[text] <= 2 * (least + 1) for text in answers.values())


def test_the_seed_says_against_whom() -> None:
    answers = dict(zip("abcdef", TEXTS.values(), strict=True))

    def games(seed: int) -> set[frozenset[str]]:
        rater = LogprobRater(SERVED, opponents=2, seed=seed)
        return {frozenset(shown(one).values()) for one in rater.requests(bucket(("p", answers)), nobody)}

    assert games(0) == games(0) and len({frozenset(games(seed)) for seed in range(5)}) > 1


def test_what_has_no_probabilities_is_a_rejection_and_counts_for_neither() -> None:
    answered = bucket(("p", {"a": "eins", "b": "zwei", "c": "drei"}), ("q", {"d": "x", "e": "y"}))
    plain = weighed({"eins": 3, "zwei": 1, "drei": 1})

    def says(request: Request) -> Result | str | None:
        texts = set(shown(request).values())
        if texts == {"x", "y"}:
            return None
        return letter_text({"A": None, "B": None}, "<think>") if texts == {"zwei", "drei"} else plain(request)

    tables = LogprobRater(SERVED).collect(answered, known_by(says))
    rated = {row["completion_id"]: row["score"] for row in tables["ratings"].to_pylist()}
    assert rated == pytest.approx({"a": 0.75, "b": 0.25, "c": 0.25})
    rejected = Counter((row["where"], row["reason"]) for row in tables["rejected"].to_pylist())
    assert rejected == {("p", "judge_no_letter"): 2, ("q", "unanswered"): 2}
    assert any("b against c: neither A nor B" in row["detail"] for row in tables["rejected"].to_pylist())


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(UserError, match="opponents of at least 1"):
        LogprobRater(SERVED, opponents=0)
    with pytest.raises(UserError, match="asks for a verdict in words"):
        LogprobRater(SERVED, prompt="pairwise-2")
    rater = LogprobRater(SERVED)
    assert (rater.name, rater.prompt_name) == ("richter", "letter-1") and len(rater.prompt_sha256) == 64


def test_a_failure_is_that_games(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = LogprobRater(SERVED).collect(bucket(("p", {"a": "x", "b": "y"})), known_by(lambda _: Failure("timeout")))
    assert tables["ratings"].num_rows == 0
    assert [row["reason"] for row in tables["rejected"].to_pylist()] == ["timeout"] * 2

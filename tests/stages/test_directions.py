"""Scores that are places in every prompt: nothing but a declaration says which end is the better one."""

from dataclasses import replace

import pytest

from polypref.errors import UserError
from polypref.layouts.sources import Answer, Fields
from tests.stages.builds import built

PLACES = ([0, 1, 2], [3, 1, 2], [2, 1], [0, 1])


def rows(*scores: list[float | None]) -> list[dict[str, object]]:
    questions = ("Which lake is the deepest?", "Who built this bridge?", "Why is the sky blue?", "What is a fjord?")
    return [
        {"q": question, "r": [{"t": f"Answer number {n}.", "s": score} for n, score in enumerate(several)]}
        for question, several in zip(questions, scores, strict=False)
    ]


def fields(**settings: object) -> Fields:
    return Fields("q", (Answer("t", score="s", **settings),), each="r")  # type: ignore[arg-type]


def test_places_without_a_direction_stop_the_build() -> None:
    with pytest.raises(UserError) as error:
        built(rows(*PLACES), fields())
    assert str(error.value) == (
        "the scores by 'source' (column s of rows) are places, from 0 or 1 on and each once, in 2 of 2 prompts with "
        "three answers or more, and nothing says which end is the better one; write Answer('t', score='s', "
        "lower_is_better=True), or False where the highest is the best, and Fields(occasion='=row') where they are "
        "places within a row"
    )
    with pytest.raises(UserError, match=r"or False where the highest is the best$"):
        built(rows(*PLACES), replace(fields(), occasion="=row"))


@pytest.mark.slow
@pytest.mark.parametrize("lower", [True, False])
def test_places_with_a_direction_are_taken(lower: bool) -> None:
    (first, *_) = built(rows(*PLACES), fields(lower_is_better=lower)).pairs
    assert first[1:] == (
        ("Answer number 0.", "Answer number 1.") if lower else ("Answer number 1.", "Answer number 0.")
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "scores",
    [
        ([0, 1], [2, 1]),
        ([0, 1, 2], [1, 2, 4]),
        ([0, 1, 1],),
        ([0.5, 1.5, 2.5],),
        ([2, 3, 4],),
        ([-1, 0, 1],),
    ],
)
def test_scores_that_are_no_places_are_scores(scores: tuple[list[float], ...]) -> None:
    assert len(built(rows(*scores), fields()).pairs) == len(scores)


def test_what_has_no_score_is_no_place() -> None:
    with pytest.raises(UserError, match="in the one prompt with three answers or more"):
        built(rows([0, 1, None, 2], [1]), fields())


def test_one_gap_in_the_ranks_of_many_prompts_leaves_them_places() -> None:
    with pytest.raises(UserError, match=r"each once, in 3 of 4 prompts with three answers or more, and nothing says"):
        built(rows([1, 2, 3], [1, 2, 4], [3, 1, 2], [2, 1, 3]), fields())

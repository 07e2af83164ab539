"""Scores whose better end, or whose company, nothing declares are compared by no evaluation."""

from dataclasses import replace

import pytest

from polypref.errors import UserError
from polypref.layouts.score_checks import check_scores, may_be_of_rows
from polypref.layouts.sources import Answer, Fields
from tests.layouts.interpreted import item_of


def items_of(*prompts, **settings):
    """A row for each prompt: the scores of its answers."""
    part = Answer("t", score="s", **settings)
    rows = [
        {"prompt": f"Nr. {n}?", "all": [{"t": f"Ja {m}.", "s": score} for m, score in enumerate(scores)]}
        for n, scores in enumerate(prompts)
    ]
    return Fields("prompt", (part,), each="all"), [item_of(row, answers=(part,), each="all") for row in rows]


def test_places_need_a_direction():
    with pytest.raises(UserError) as error:
        check_scores("x.jsonl", *items_of([1, 0, 2], [2, 1], [1]))
    assert str(error.value) == (
        "x.jsonl: the scores in column s are places, from 0 or 1 on and each once, in the one prompt with three "
        "answers or more, and nothing says which end is the better one; declare lower_is_better of the answer 't': "
        "true, or false where the highest is the best, and occasion = '=row' where they are places within a row"
    )
    fields, items = items_of([1, 0, 2])
    assert may_be_of_rows(fields) and not may_be_of_rows(replace(fields, each=None))
    with pytest.raises(UserError, match=r"or false where the highest is the best$"):
        check_scores("x.jsonl", replace(fields, occasion="=row"), items)


@pytest.mark.parametrize(
    ("prompts", "settings"),
    [
        (([1, 0, 2],), {"lower_is_better": True}),
        (([1, 0, 2],), {"lower_is_better": False}),
        (([1, 0],), {}),  # perhaps a thumb up and one down
        (([1, 0, 2], [3, 2, 4]), {}),
        (([1, 1, 2],), {}),
        (([0.5, 1, 2],), {}),
    ],
)
def test_other_scores_are_compared(prompts, settings):
    check_scores("x.jsonl", *items_of(*prompts, **settings))


@pytest.mark.parametrize(
    ("group", "occasion", "refused"), [("g", None, True), ("g", "=all", False), (None, None, False)]
)
def test_scores_of_a_prompt_in_several_groups_need_an_occasion(group, occasion, refused):
    rows = [{"prompt": "Wo?", "t": f"Ja {n}.", "s": n * 2, "g": n} for n in range(2)]
    settings = {"answers": (Answer("t", score="s"),), "group": group, "occasion": occasion}
    items = [item_of(row, **settings) for row in rows]
    if refused:
        with pytest.raises(UserError, match="1 prompt stands under several values of group \\(g\\), as 'Wo\\?' does"):
            check_scores("x", Fields("prompt", **settings), items)
    else:
        check_scores("x", Fields("prompt", **settings), items)


def test_one_gap_in_the_ranks_of_many_prompts_leaves_them_places():
    with pytest.raises(UserError, match="each once, in 2 of 3 prompts with three answers or more, and nothing says"):
        check_scores("x.jsonl", *items_of([1, 0, 2], [1, 2, 4], [3, 1, 2], [5, 9]))

"""Ranks within a row (`occasion="=row"`): the answers of two rows with one question are never compared by them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import layout, schema
from polypref.errors import UserError
from polypref.files.readers import Line
from polypref.layouts.named import layout_names
from polypref.layouts.preferences import preferences
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, Fields, Files
from polypref.layouts.tables import Item
from polypref.layouts.trees import rows_of_trees
from polypref.raters.combined import Combined
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.stages.pair import PairRule, make_pairs
from tests.layouts.interpreted import item_of
from tests.stages.builds import Outcome, built

LAKE = "Name a lake."
Ranks = Sequence[tuple[str, int | None]]
"""The answers of a row and their ranks, 0 the best."""


def tree(replies: Ranks, q: str = LAKE) -> dict[str, Any]:
    """A tree of OpenAssistant's files with a question and so many replies."""
    answers = [{"text": text, "role": "assistant", "lang": "en", "rank": rank} for text, rank in replies]
    return {"prompt": {"text": q, "role": "prompter", "lang": "en", "replies": answers}}


def messages(trees: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Trees as tables hold them, a message a row."""
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(trees):
        first = {key: value for key, value in one["prompt"].items() if key != "replies"}
        rows.append({**first, "message_id": str(number), "parent_id": None, "rank": None})
        for place, reply in enumerate(one["prompt"]["replies"]):
            rows.append({**reply, "message_id": f"{number}.{place}", "parent_id": str(number)})
    return rows


ALL = PairRule("all_pairs", per_prompt=99)
# In the first the Rhine is the worst of two, in the other Como is second best of three.
ONE, TWO = (("Baikal.", 0), ("The Rhine.", 1)), (("Ladoga.", 0), ("Como.", 1), ("The Dead Sea.", 2))
OF_EACH = [
    (LAKE, "Baikal.", "The Rhine."),
    (LAKE, "Como.", "The Dead Sea."),
    (LAKE, "Ladoga.", "Como."),
    (LAKE, "Ladoga.", "The Dead Sea."),
]


def built_by_layout(name: str, folder: Path, rows: Sequence[dict[str, Any]]) -> Outcome:
    """Rows built as a named layout reads them."""
    known, path = layout(name), folder / "rows.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    files = known.files(str(path), name="rows", revision="1", licence="cc0-1.0")
    return built((), known.fields, ALL, known.rater, sources=(files,))


@pytest.mark.parametrize("name", ["oasst", "oasst_messages"])
def test_ranks_of_two_trees_with_one_question_are_not_compared(name: str, tmp_path: Path) -> None:
    trees = [tree(ONE), tree(TWO)]
    rows = trees if name == "oasst" else messages(trees)
    assert built_by_layout(name, tmp_path, rows).pairs == OF_EACH


def test_ranks_are_combined_with_a_raters_scores_row_by_row() -> None:
    fields = Fields("prompt", **RANKED)
    both = Combined((SourceRater(), RelevanceRater()))
    # The ranks differ by more than the relevance of four words that are in no prompt; it is the same for all of them.
    assert built([row(ONE), row(TWO)], fields, ALL, both).pairs == OF_EACH


def items_of(trees: Sequence[dict[str, Any]]) -> list[Item]:
    """What the messages of trees become."""
    known = layout("oasst")
    source = Files("x.jsonl", known.fields, "s", "1", "cc0-1.0", tree=known.tree)
    lines = rows_of_trees((Line("", one) for one in trees), known.tree)
    return [interpret_row(line.row, source, None) for line in lines]  # type: ignore[arg-type]


def pairs_of(items: Sequence[Item], rule: PairRule = ALL) -> tuple[set[tuple[str, str, str]], list[str]]:
    """Question, chosen and rejected text of each pair; and why the other prompts have none."""
    prompts = {item.prompt["prompt_id"]: {**item.prompt, "leak_group": "", "contaminated_by": None} for item in items}
    answers = {one["completion_id"]: one for item in items for one in item.completions}
    pairs, rejected, _ = make_pairs(
        rule,
        "oasst",
        pa.Table.from_pylist(list(prompts.values())),
        pa.Table.from_pylist(list(answers.values()), schema.COMPLETIONS),
        pa.Table.from_pylist([one for item in items for one in item.ratings], schema.RATINGS),
        schema.VERDICTS.empty_table(),
    )
    asked = {key: one["prompt"][-1]["content"] for key, one in prompts.items()}
    return {
        (asked[row["prompt_id"]], *(answers[row[side]]["text"] for side in ("chosen_id", "rejected_id")))
        for row in pairs.to_pylist()
    }, rejected["reason"].to_pylist()


# Few texts, so that an answer stands in several trees; ranks of each from 0 on, where people ranked it.
TREES = st.lists(
    st.tuples(
        st.sampled_from(["Who?", "What?"]),
        st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True).flatmap(
            lambda texts: st.permutations([*range(len(texts))]).map(lambda ranks: list(zip(texts, ranks, strict=True)))
        ),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(TREES, st.randoms(use_true_random=False))
def test_each_pair_of_ranks_is_of_one_tree_in_whatever_order_they_stand(
    trees: list[tuple[str, Ranks]], order: random.Random
) -> None:
    ordered = {
        (q, *sorted(pair, key=dict(replies).__getitem__))
        for q, replies in trees
        for pair in combinations(dict(replies), 2)
    }
    agreed = {(q, one, two) for q, one, two in ordered if (q, two, one) not in ordered}
    pairs, _ = pairs_of(items_of([tree(replies, q) for q, replies in trees]))
    assert pairs == agreed
    shuffled = [(q, order.sample(list(replies), len(replies))) for q, replies in trees]
    order.shuffle(shuffled)
    assert pairs_of(items_of([tree(replies, q) for q, replies in shuffled]))[0] == pairs


def test_equal_ranks_of_two_trees_are_no_tie_and_two_orders_of_other_answers_no_disagreement() -> None:
    alone = pairs_of(items_of([tree([("a", 0)]), tree([("b", 0)])]))
    assert alone == (set(), ["no_common_occasion"])
    both = items_of([tree([("a", 0), ("b", 1)]), tree([("b", 0), ("c", 1)])])
    assert pairs_of(both) == ({(LAKE, "a", "b"), (LAKE, "b", "c")}, [])
    assert pairs_of(both, PairRule())[0] == {(LAKE, "a", "b"), (LAKE, "b", "c")}  # the best of each tree
    # An answer that is best in one and worst in the other.
    torn = items_of([tree([("a", 0), ("b", 1)]), tree([("b", 0), ("a", 1)])])
    assert pairs_of(torn) == (set(), ["disagreement"])


def test_evaluations_compare_ranks_within_a_tree_only() -> None:
    compared = preferences(items_of([tree(ONE), tree(TWO)]), by_verdicts=False)
    assert sorted((LAKE, one.first["text"], one.second["text"]) for one in compared) == OF_EACH
    assert {one.side for one in compared} == {"a"}


RANKED: dict[str, Any] = {
    "answers": (Answer("t", score="rank", lower_is_better=True),),
    "each": "answers",
    "occasion": "=row",
}


def row(answers: Ranks, **more: Any) -> dict[str, Any]:
    return {"prompt": LAKE, "answers": [{"t": text, "rank": rank} for text, rank in answers], **more}


def occasion_of(one: dict[str, Any], **declared: Any) -> str:
    """The occasion of all that a row says."""
    item = item_of(one, **RANKED | declared)
    (occasion,) = {rating["occasion"] for rating in item.ratings}
    return str(occasion)


def test_a_rows_occasion_is_what_it_says_and_not_where_it_stands() -> None:
    assert occasion_of(row(ONE)) == occasion_of(row(ONE[::-1], place=7))
    assert occasion_of(row(ONE)).startswith(schema.ROW)
    others = [row(TWO), row((("Baikal.", 1), ("The Rhine.", 0))), {**row(ONE), "prompt": "Name a river."}]
    assert len({occasion_of(one) for one in (row(ONE), *others)}) == 4


def test_a_row_has_an_occasion_where_nothing_names_one() -> None:
    item = item_of(row([("a", None), ("b", None)]), **RANKED)
    assert [reason for reason, _ in item.problems] == ["not_rated"] * 2
    assert not Fields("prompt", **RANKED).names_people and not Fields("prompt", **RANKED).names_occasions


def test_two_people_who_rank_alike_are_two() -> None:
    people = [item_of(row(ONE, who=who), annotator="who", **RANKED).people for who in ("Ada", "Bob")]
    ((one,), (other,)) = people
    assert one["occasion"] != other["occasion"] and one["person"] != other["person"]
    assert Fields("prompt", annotator="who", **RANKED).names_people


@pytest.mark.parametrize(
    ("occasion", "answers", "advice"),
    [
        ("=rows", RANKED, "occasion='=rows'\\) is one text for every row; name a column, or write '=row'"),
        ("=row", {"answers": (Answer("t", score="s"),)}, "a row holds one answer, and nothing would be compared"),
    ],
)
def test_what_compares_nothing_is_refused(occasion: str, answers: dict[str, Any], advice: str) -> None:
    with pytest.raises(UserError, match=advice):
        Fields("prompt", **answers | {"occasion": occasion})


def test_every_layout_with_ranks_in_a_list_compares_them_within_a_row() -> None:
    for known in map(layout, layout_names()):
        listed = known.fields.each is not None or any(one.each for one in known.fields.answers)
        if listed and any(one.lower_is_better for one in known.fields.answers):
            assert known.fields.occasion == "=row", known.name

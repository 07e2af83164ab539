"""The sides of a row of pairs come out as a build reads them: implicit prompts, system messages, other prompts."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.evaluation.reward_models.data import load_comparisons, named, source
from polypref.evaluation.reward_models.sides import in_conversations, several_sides, sides_of, target_language
from polypref.files.cells import Bad
from tests.layouts.interpreted import TWO, item_of, turns_of

COLUMNS = {"prompt": "prompt", "chosen": "a", "rejected": "b"}
ASKED, ANSWER = turns_of(("system", "Σύντομα."), ("user", "Τι;")), turns_of(("assistant", "Αυτό."))


def test_the_prompt_may_be_what_the_answers_share():
    row = {"prompt": "Τι;", "a": [*ASKED, *ANSWER], "b": [*ASKED, *turns_of(("model", "Άλλο."))]}
    expected = ((("system", "Σύντομα."), ("user", "Τι;")), "Αυτό.", "Άλλο.")
    assert sides_of(row, COLUMNS) == expected
    assert sides_of(row, {"chosen": "a", "rejected": "b"}) == expected


def test_whether_answers_stand_in_conversations():
    row = {"a": "x", "b": ANSWER, "c": ANSWER[0]}
    assert in_conversations(row, ["a", "b"]) and in_conversations(row, ["c"])
    assert not in_conversations(row, ["a", "d"])


TURN = some.tuples(some.sampled_from(["system", "user", "Human", "gpt", "assistant"]), some.sampled_from("xyz"))
CELL = some.one_of(some.sampled_from("xyz"), some.lists(TURN, min_size=1, max_size=4).map(lambda one: turns_of(*one)))


@settings(max_examples=300)
@given(CELL, CELL, CELL, some.booleans())
def test_what_a_build_reads_is_read_and_nothing_else(prompt, one, other, implicit):
    row = {"prompt": prompt, "a": one, "b": other}
    columns = {role: name for role, name in COLUMNS.items() if role != "prompt" or not implicit}
    try:
        item = item_of(row, prompt=None if implicit else "prompt", answers=TWO)
        built = (item.prompt["prompt"], *(one["text"] for one in item.completions))
    except Bad:
        built = ()
    if len(built) < 3:
        with pytest.raises(Bad):
            sides_of(row, columns)
    else:
        turns, *texts = sides_of(row, columns)
        assert (turns_of(*turns), *texts) == built


def test_a_row_of_several_answers_has_every_one_in_a_pair():
    columns = {"prompt": "p", "chosen": "c", "rejected": "r", "chosen_score": "s", "rejected_score": "t"}
    row = {"p": "Which?", "c": ["a", "b"], "r": ["x", "y", "z"], "s": [1, 2], "t": [3, 4, 5]}
    pairs = several_sides(row, columns)
    assert [place for _, place, _ in pairs] == [(0, 0), (1, 1), (0, 2)]
    assert [sides[1:] for _, _, sides in pairs] == [("a", "x"), ("b", "y"), ("a", "z")]
    assert [(own["s"], own["t"]) for own, _, _ in pairs] == [(1, 3), (2, 4), (1, 5)]
    # One right answer may stand outside of a list; lists of one are a row of two; conversations are none of these.
    assert len(several_sides(row | {"c": "a"}, columns)) == 3
    assert several_sides(row | {"c": ["a"], "r": ["x"]}, columns) == []
    assert several_sides(row | {"c": [{"role": "assistant", "content": "a"}]}, columns) == []


def test_the_language_of_a_translation_is_the_second_of_its_subset():
    assert target_language("translation-en2de-hard", "row 1") == "de"
    for name in ("translation-hard", "de", "en2de2zh"):
        with pytest.raises(UserError, match="names no direction of translation"):
            target_language(name, "row 1")


def test_translation_pairs_are_in_the_language_of_their_answers(tmp_path):
    rows = [
        {"id": n, "prompt": "Translate: x", "chosen": "gut", "rejected": "schlecht", "subset": subset}
        for n, subset in enumerate(("translation-en2de-easy", "translation-zh2en-hard"))
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    bench = named("m-rewardbench-translation")
    assert bench.configs == {"": "translation"} and bench.language_of_subset
    local = replace(source(str(path)), language_of_subset=True, columns=bench.columns)
    assert [(pair.language, pair.category) for pair in load_comparisons(local).pairs] == [
        ("de", "translation-en2de-easy"), ("en", "translation-zh2en-hard")
    ]  # fmt: skip

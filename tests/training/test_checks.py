"""What max_length cuts off in each language."""

import pytest

from polypref.errors import UserError
from polypref.training import checks


def test_lengths_by_hand():
    def row(tag, prompt, chosen, rejected):
        texts = {name: [{"role": "assistant", "content": "x" * 4}] for name in ("chosen", "rejected")}
        return texts | {
            "language": tag,
            "prompt_ids": [0] * prompt,
            "chosen_ids": [0] * chosen,
            "rejected_ids": [0] * rejected,
        }

    from datasets import Dataset

    prepared = Dataset.from_list([row("ar", 3, 2, 7), row("uk", 1, 1, 1), row("ar", 3, 2, 8)])
    counts = checks.lengths({"ar": 4, "ja": 1, "uk": 1}, prepared, 10, {"ar": 1})
    assert counts["ar"] == checks.Lengths(rows=4, dropped=1, same=1, cut=1, tokens=19, characters=16)
    assert counts["uk"] == checks.Lengths(rows=1, dropped=0, same=0, cut=0, tokens=2, characters=8)
    assert counts["ar"].tokens_per_character == 19 / 16
    with pytest.raises(UserError, match="no row of ja fits"):
        checks.refuse_lost_languages(counts)
    assert "ar 75%, ja 100%" in checks.lengths_table(counts, 10)
    with pytest.raises(UserError, match=r"nothing of he is left to train on: .* in he 2 rows"):
        checks.refuse_lost_languages({"he": checks.Lengths(3, 1, 2, 0, 0, 0)})
    lost = checks.evaluation_losses({"ar": {"ar": counts["ar"]}, "uk": {"uk": counts["uk"]}})
    assert lost.endswith(": ar 2 of 4") and not checks.evaluation_losses({"uk": {"uk": counts["uk"]}})


def test_lengths_of_sft_and_kto_rows_by_hand():
    from datasets import Dataset

    def turns(text):
        return [{"role": "user", "content": text}]

    whole = {"language": "ar", "prompt": turns("xy"), "completion": turns("xyz"), "input_ids": [0] * 4}
    short = whole | {"input_ids": [0] * 3}
    counts = checks.lengths({"ar": 2}, Dataset.from_list([whole, short]), 4, {})
    assert counts["ar"] == checks.Lengths(rows=2, dropped=0, same=0, cut=1, tokens=7, characters=10)
    half = {"language": "ar", "prompt": turns("xy"), "completion": turns("xyz")}
    half |= {"prompt_ids": [0, 0], "completion_ids": [0] * 3}
    counts = checks.lengths({"ar": 2}, Dataset.from_list([half]), 4, {})
    assert counts["ar"] == checks.Lengths(rows=2, dropped=1, same=0, cut=1, tokens=3, characters=3)


def test_where_nothing_is_cut_no_row_counts_as_cut_and_a_turn_without_text_has_no_characters():
    from datasets import Dataset

    turns = [{"role": "user", "content": "xy"}, {"role": "assistant", "content": None}]
    row = {"language": "ar", "prompt": turns, "prompt_ids": [0, 0], "completion": turns[:1], "completion_ids": [0]}
    rows = Dataset.from_list([row | {"completion": turns}, row])
    assert checks.lengths({"ar": 2}, rows, None, {})["ar"] == checks.Lengths(2, 0, 0, cut=0, tokens=2, characters=4)


def test_languages_that_are_held_out_want_an_evaluation():
    sentence = checks.held_out_of_nothing(["ar", "uk"], "no")
    assert sentence.startswith("held_out_languages (ar, uk) are left out of training and evaluated nowhere")
    assert not checks.held_out_of_nothing(["ar"], "epoch") and not checks.held_out_of_nothing([], "no")

"""What a report on a reward model says in words, from scores that the data hold."""

import json

import pytest

from polypref import evaluate_reward_model
from polypref.evaluation.reward_models.report import markdown, sentences
from polypref.evaluation.reward_models.results import RewardResults

#: Language -> how many of its prompts the chosen answer wins, of how many.
WON = {"ar": (9, 40), "en": (36, 40), "he": (20, 40), "ja": (4, 4)}


def evaluated(folder, won, against="en", **more) -> RewardResults:
    rows = [
        {"id": f"{tag} {n}", "language": tag, "subset": "s", "prompt": f"{tag} {n}?", "chosen": "a", "rejected": "b"}
        | {"chosen_score": 2 if n < wins else 0, "rejected_score": 1}
        for tag, (wins, whole) in won.items()
        for n in range(whole)
    ]
    for row, scores in zip(rows, more.pop("scores", ()), strict=False):
        row |= dict(zip(("chosen_score", "rejected_score"), scores, strict=True))
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return evaluate_reward_model(None, path, folder / "out", against=against, quiet=True, **more)


def test_the_lowest_and_the_highest_language_are_named_and_those_near_a_coin(tmp_path):
    lines = sentences(evaluated(tmp_path, WON))
    assert "Lowest in Arabic (ar) (0.225), highest in Japanese (ja) (1.000)." in lines
    (unsure,) = [line for line in lines if line.startswith("Not surely better than tossing a coin")]
    assert "(ar)" in unsure and "(he)" in unsure and "(en)" not in unsure
    (few,) = [line for line in lines if line.startswith("Fewer than 20 prompts")]
    assert few == "Fewer than 20 prompts, so that intervals are too narrow: Japanese (ja)."
    # (9/40 + 20/40 + 4/4) / 3, and 36/40 less that.
    assert lines[0].startswith("Accuracy over 3 languages without English (en): averaged by prompts 0.575 (")
    (gap,) = [line for line in lines if line.startswith("Accuracy in English (en) less that in the others")]
    assert ": +0.325 (" in gap


def test_languages_that_are_equal_have_no_lowest_and_no_highest(tmp_path):
    lines = sentences(evaluated(tmp_path, {"ar": (20, 20), "en": (20, 20), "he": (20, 20)}))
    assert "Equal in all 3 languages (1.000)." in lines and not [one for one in lines if one.startswith("Lowest")]


def test_of_one_language_there_is_no_lowest(tmp_path):
    results = evaluated(tmp_path, {"he": (30, 40)}, against="en")
    lines = sentences(results)
    assert lines[0].startswith("Accuracy in Hebrew (he): averaged by prompts 0.750 (")
    assert not [line for line in lines if line.startswith(("Lowest", "Accuracy in English", "Not surely", "Fewer"))]
    assert "| Hebrew" in markdown(results)


@pytest.mark.parametrize(
    ("unparsed", "how", "own", "otherwise"),
    [
        # Of 40 two are without: 29 of 38, or 29 + 1 of 40.
        ("exclude", "are left out. As half a point each (the reading of M-RewardBench's code)", "0.763", "0.750"),
        ("half", "count half a point. Left out", "0.750", "0.763"),
    ],
)
def test_pairs_without_a_verdict_are_read_the_other_way_too(tmp_path, unparsed, how, own, otherwise):
    lines = sentences(evaluated(tmp_path, {"he": (31, 40)}, unparsed=unparsed, scores=[(None, 1), (None, 1)]))
    assert lines[0].startswith(f"Accuracy in Hebrew (he): averaged by prompts {own} (")
    assert lines[-1] == (
        f"Without a verdict: 2 of the pairs; they {how}, the averages are {otherwise} by prompts and {otherwise} by "
        "categories."
    )


def test_nothing_to_judge_by_is_said(tmp_path):
    results = evaluated(tmp_path, {"he": (1, 2)}, scores=[(None, 1), (None, 1)])
    assert sentences(results)[0] == "No pair has a verdict, so there is no accuracy."

"""How sure an implicit reward is, and how right: figures by hand, TRL's own margins, and a tiny model that learned."""

import json
import math
import random

import pytest
from datasets import Dataset, load_dataset

from polypref.errors import UserError
from polypref.inference import Model, Reply, Served
from polypref.models import implicit_reward
from polypref.training.confidence import CONFIDENCE, MARGIN, Part, accuracy_by_confidence, with_confidence

from . import tiny
from .test_train import words


class Lengths:
    """Scores an answer by the logarithm of its length, and of none that is empty of letters."""

    def run(self, requests):
        for request in requests:
            text = request.messages[-1][1]
            yield request, Reply(score=math.log(len(text)) if text.isalpha() else None)


def pairs_of(*answers):
    rows = [
        {"prompt": tiny.turn("user", "hi"), "chosen": tiny.turn("assistant", a), "rejected": tiny.turn("assistant", b)}
        for a, b in answers
    ]
    return Dataset.from_list(rows)


def test_margins_and_confidence_by_hand():
    """log 6 - log 2 = log 3, of which 1 / (1 + 1 / 3) = .75 is made, whichever side it is."""
    reward = Served(Model("lengths"), Lengths())
    rows = with_confidence(pairs_of(("a" * 6, "b" * 2), ("a" * 2, "b" * 6), ("aa", "bb"), ("a1", "b")), reward)
    assert rows[MARGIN] == [pytest.approx(math.log(3)), pytest.approx(-math.log(3)), 0.0, None]
    assert rows[CONFIDENCE] == [pytest.approx(0.75), pytest.approx(0.75), 0.5, None]
    assert rows.column_names == ["prompt", "chosen", "rejected", MARGIN, CONFIDENCE]


def test_accuracy_by_confidence_by_hand():
    rows = Dataset.from_dict({MARGIN: [3.0, -0.1, 0.0, 2.0, None, 0.2, -4.0]})
    least, most = accuracy_by_confidence(rows, parts=2)
    # 0, -.1 and .2: a half and one are right; 2, 3 and -4: two.
    assert (least.pairs, least.accuracy) == (3, 0.5) and (most.pairs, most.accuracy) == (3, pytest.approx(2 / 3))
    assert most.confidence == pytest.approx(sum(1 / (1 + math.exp(-m)) for m in (2, 3, 4)) / 3)
    assert least.low + least.high == pytest.approx(1)  # of a share of one half, that of the tie with it
    assert least.confidence < 0.53 and isinstance(most, Part) and most.low < most.accuracy < most.high
    for parts in (0, 7):
        with pytest.raises(UserError, match=f"6 pairs with a reward_margin make no {parts} parts"):
            accuracy_by_confidence(rows, parts)


def test_answers_of_several_turns_are_refused():
    row = {"prompt": tiny.turn("user", "hi"), "chosen": tiny.turn("assistant", "a") * 2,
           "rejected": tiny.turn("assistant", "b")}  # fmt: skip
    with pytest.raises(UserError, match="no single turn"):
        with_confidence(Dataset.from_list([row]), Served(Model("lengths"), Lengths()))


def test_the_margins_are_those_of_trl(train, models, pairs, tmp_path):
    more = ["--eval_strategy", "steps", "--beta", "0.3", "--learning_rate", "3e-3", "--max_steps", "4"]
    train.main(words(models["Cohere2"], pairs, tmp_path / "out", *more))
    metrics = json.loads((tmp_path / "out" / "eval_results.json").read_text("utf-8"))
    reward = implicit_reward(Model(str(tmp_path / "out")), Model(models["Cohere2"]), 0.3, device="cpu")
    rows = with_confidence(load_dataset(pairs, split="test"), reward)
    for tag in ("ar", "ja", "uk"):
        own = [row[MARGIN] for row in rows if row["language"] == tag]
        assert sum(own) / len(own) == pytest.approx(metrics[f"eval_{tag}_rewards/margins"], abs=2e-4)
        assert abs(sum(own)) > 0.05


def noisy():
    """Answers of ten letters; the more of them are a, the likelier an answer is the chosen one."""
    draw = random.Random(5)

    def edit(row):
        while True:
            one, other = ("".join(draw.choice("ab") for _ in range(10)) for _ in range(2))
            if one != other:
                break
        lead = one.count("a") - other.count("a")
        better = draw.random() < 1 / (1 + math.exp(-0.8 * lead))
        chosen, rejected = (one, other) if better else (other, one)
        return row | {"chosen": tiny.turn("assistant", chosen), "rejected": tiny.turn("assistant", rejected)}

    return edit


@pytest.mark.slow
def test_accuracy_rises_with_confidence_on_labelled_pairs_held_out(train, models, tmp_path):
    """Labels are drawn as Bradley and Terry have it, so a small lead is often the wrong way round."""
    data = tiny.dataset(tmp_path / "d", {"uk": 400}, test=400, edit=noisy())
    more = ["--max_steps", "50", "--learning_rate", "5e-3", "--per_device_train_batch_size", "16", "--beta", "0.1"]
    train.main(words(models["Llama"], data, tmp_path / "out", *more))
    reward = implicit_reward(Model(str(tmp_path / "out")), Model(models["Llama"]), 0.1, device="cpu", batch=64)
    parts = accuracy_by_confidence(with_confidence(load_dataset(data, split="test"), reward), parts=3)
    assert [one.pairs for one in parts] == [134, 133, 133]
    assert parts[0].accuracy < parts[1].accuracy < parts[2].accuracy
    assert parts[2].accuracy > parts[0].high
    # What docs/generation.md says.
    assert [one.accuracy for one in parts] == pytest.approx([0.63, 0.80, 0.91], abs=0.04)
    assert [one.confidence for one in parts] == pytest.approx([0.59, 0.75, 0.91], abs=0.04)

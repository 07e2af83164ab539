"""The recipes of DPO's kin: each trains with the loss of its paper, worked out by hand, and what it is for moves."""

import math

import pytest

from polypref.training.recipes import read_recipe

from . import tiny
from .test_train import build_trainer

LANGUAGES = ("ar", "ja", "uk")
SMALL = ["--dataset_config", "default", "--dtype", "float32", "--max_steps", "16", "--learning_rate", "1e-2",
         "--per_device_train_batch_size", "8", "--gradient_accumulation_steps", "1", "--warmup_steps", "0",
         "--gradient_checkpointing", "false", "--save_strategy", "no", "--eval_steps", "16"]  # fmt: skip


def softplus(number):
    return math.log1p(math.exp(number))


def robust(margin, rate):
    return ((1 - rate) * softplus(-margin) - rate * softplus(margin)) / (1 - 2 * rate)


#: Recipe -> its loss of one pair: log-ratios of both answers to the reference, their tokens, and the recipe's values.
LOSSES = {
    "small_dpo": lambda c, r, _, v: softplus(-v["beta"] * (c - r)),
    "ln_dpo": lambda c, r, n, v: softplus(-v["beta"] * (c / n[0] - r / n[1])),
    "rdpo": lambda c, r, _, v: robust(v["beta"] * (c - r), v["label_smoothing"]),
    "bco_pair": lambda c, r, _, v: softplus(-v["beta"] * c) + softplus(v["beta"] * r),
}


def trained(train, recipe, model, data, out):
    words = ["--config", recipe, "--model_name_or_path", model, "--dataset_name", str(data), "--output_dir", str(out)]
    trainer = build_trainer(train, [*words, *SMALL])
    trainer.train()
    return trainer


def log_ratio(model, row, side):
    """Of an answer, in the model as it is trained and with its adapter off, and how many tokens it has."""
    import torch

    tokens = tiny.tokenizer()
    start = len(tokens.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=False))
    ids = torch.tensor([tokens.apply_chat_template(row["prompt"] + row[side], return_dict=False)])

    def sum_of_answer():
        scores = model(ids).logits[0, :-1].log_softmax(-1)
        return scores.gather(1, ids[0, 1:, None])[start - 1 :].sum().item()

    with torch.no_grad():
        own = sum_of_answer()
        with model.disable_adapter():
            return own - sum_of_answer(), ids.shape[1] - start


@pytest.mark.parametrize("recipe", LOSSES)
def test_the_loss_is_the_papers_and_falls_in_every_language(recipe, train, models, pairs, tmp_path):
    trainer = trained(train, recipe, models["Llama"], pairs, tmp_path / "out")
    figures, values, loss = trainer.evaluate(), read_recipe(recipe), LOSSES[recipe]
    model = trainer.model.eval()
    for tag in LANGUAGES:
        of_rows = []
        for row in tiny.rows(tag, 3):
            (chosen, long), (rejected, short) = (log_ratio(model, row, side) for side in ("chosen", "rejected"))
            assert chosen > 0 > rejected and chosen / long > rejected / short
            of_rows.append(loss(chosen, rejected, (long, short), values))
        assert figures[f"eval_{tag}_loss"] == pytest.approx(sum(of_rows) / 3, abs=2e-4)
        # Before the first step both log-ratios are 0.
        assert figures[f"eval_{tag}_loss"] < loss(0, 0, (1, 1), values) - 0.01


@pytest.mark.slow
def test_where_a_tenth_of_labels_is_wrong_robust_dpo_holds_more_to_the_truth_than_dpo(train, models, tmp_path):
    def flipped(row):
        wrong = int(row["pair_id"][2:]) % 10 == 3
        return row | {"chosen": row["rejected"], "rejected": row["chosen"]} if wrong else row

    data = tiny.dataset(tmp_path / "d", dict.fromkeys(LANGUAGES, 10), test=3, edit=flipped)
    assert read_recipe("rdpo")["label_smoothing"] == 0.1
    margins = {}
    for recipe in ("rdpo", "small_dpo"):
        model = trained(train, recipe, models["Llama"], data, tmp_path / recipe).model.eval()
        for tag in LANGUAGES:  # of the true pairs, those of the flipped rows among them
            ratios = [[log_ratio(model, row, side)[0] for side in ("chosen", "rejected")] for row in tiny.rows(tag, 10)]
            margins[recipe, tag] = [chosen - rejected for chosen, rejected in ratios]
    totals = {key: sum(values) for key, values in margins.items()}
    assert all(min(margins["rdpo", tag]) > 0 and totals["rdpo", tag] > totals["small_dpo", tag] for tag in LANGUAGES)
    # By 1 / (1 - 2 x .1) at first, and since wrong labels do not hold the right ones back.
    robust_total, plain_total = (sum(totals[recipe, tag] for tag in LANGUAGES) for recipe in ("rdpo", "small_dpo"))
    assert robust_total > 1.1 * plain_total

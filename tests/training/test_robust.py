"""Robust DPO with a flip rate by language: TRL's own loss, worked by hand, and labels that were flipped on purpose."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

from polypref.errors import UserError
from polypref.files.records import encode
from polypref.review.agreement import Judgements
from polypref.review.decisions import FORMAT, Decided, Decisions
from polypref.training import robust
from polypref.training.trainers import combine_classes

from . import tiny
from .test_train import build_trainer, words

ROBUST = ["--loss_type", "robust", "--beta", "0.5"]
RATES = ["--flip_rates", "ja=0.1,uk=0.3"]
PLANTED = {"ar": 0.0, "ja": 0.1, "uk": 0.3}


def loss_of(margin, rate):
    one, other = math.log1p(math.exp(-margin)), math.log1p(math.exp(margin))
    return ((1 - rate) * one - rate * other) / (1 - 2 * rate)


def one_of_each(trainer):
    rows = trainer.train_dataset
    return [dict(rows[rows["language"].index(tag)]) for tag in PLANTED]


def loss_at(trainer, rows, margins):
    """TRL's loss, with a reference that leaves each pair the margin that is asked for."""
    model = trainer.model_wrapped
    batch = dict(trainer._prepare_inputs(trainer.data_collator(rows)))
    chosen, rejected = trainer.compute_ref_log_probs(model, batch)
    trainer.precompute_ref_logps = True
    batch["ref_chosen_logps"] = chosen - chosen.new_tensor(margins) / trainer.beta
    batch["ref_rejected_logps"] = rejected
    return trainer.compute_loss(model, batch).item()


def test_each_row_has_the_loss_of_its_language(train, models, pairs, tmp_path, capsys):
    """With m the margin, L(m) = log(1 + exp(-m)): L(log 3) = .287682, L(-log 3) = 1.386294, L(0) = .693147.

    ar, rate 0, m = log 3: .287682. ja, .1, m = -log 3: (.9 * 1.386294 - .1 * .287682) / .8 = 1.523621.
    uk, .3, m = log 3: (.7 * .287682 - .3 * 1.386294) / .4 = -.536277; at m = 0 every rate gives log 2.
    """
    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path, *ROBUST, *RATES))
    rows, three = one_of_each(trainer), math.log(3)
    by_hand = [0.287682, 1.523621, -0.536277]
    for row, margin, expected in zip(rows, (three, -three, three), by_hand, strict=True):
        assert loss_at(trainer, [row], [margin]) == pytest.approx(expected, abs=1e-5)
    assert loss_at(trainer, rows, [three, -three, three]) == pytest.approx(sum(by_hand) / 3, abs=1e-5)
    mixed = (by_hand[0] + by_hand[1] + 0.693147) / 3
    assert loss_at(trainer, rows, [three, -three, 0.0]) == pytest.approx(mixed, abs=1e-5)
    assert loss_at(trainer, rows[::-1], [0.0, -three, three]) == pytest.approx(mixed, abs=1e-5)
    assert loss_at(trainer, rows, [0.0] * 3) == pytest.approx(math.log(2), abs=1e-6)
    line = "labels that are taken as flipped: ja 0.100, uk 0.300; label_smoothing, 0, for ar"
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("precomputed", ["false", pytest.param("true", marks=pytest.mark.slow)])
def test_equal_rates_are_trls_own_robust_loss(precomputed, train, models, pairs, tmp_path):
    more = [*ROBUST, "--max_steps", "4", "--learning_rate", "1e-2", "--precompute_ref_log_probs", precomputed]

    def losses(*given):
        trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out", *more, *given))
        trainer.train()
        return [line["loss"] for line in trainer.state.log_history if "loss" in line]

    own = losses("--label_smoothing", "0.2")
    assert losses("--flip_rates", "ar=0.2,ja=0.2,uk=0.2") == pytest.approx(own, abs=2e-4)
    assert losses("--flip_rates", "ar=0.2", "--label_smoothing", "0.2") == pytest.approx(own, abs=2e-4)
    assert losses(*RATES) != pytest.approx(own, abs=1e-2)


@pytest.mark.slow
def test_evaluation_has_the_rates_too_and_the_provenance_names_them(train, models, tmp_path):
    data = tiny.dataset(tmp_path / "d", {"ar": 8, "ja": 8, "uk": 8}, test=1)
    more = [*ROBUST, *RATES, "--label_smoothing", "0.05", "--max_steps", "4", "--learning_rate", "1e-2",
            "--eval_strategy", "steps", "--held_out_languages", "ar"]  # fmt: skip
    train.main(words(models["Cohere2"], data, tmp_path / "out", *more))
    metrics = json.loads((tmp_path / "out" / "eval_results.json").read_text("utf-8"))
    for tag, rate in {"ar": 0.05, "ja": 0.1, "uk": 0.3}.items():
        margin = metrics[f"eval_{tag}_rewards/margins"]
        assert abs(margin) > 0.05
        assert metrics[f"eval_{tag}_loss"] == pytest.approx(loss_of(margin, rate), abs=1e-4)
    record = json.loads((tmp_path / "out" / "training_provenance.json").read_text("utf-8"))
    assert record["polypref"]["flip_rates"] == "ja=0.1,uk=0.3"


def test_a_recipe_has_the_rates_as_a_mapping(train, models, pairs, tmp_path):
    recipe = tmp_path / "r.yaml"
    recipe.write_text("loss_type: [robust]\nflip_rates: {Japanese: 0.1, uk: 0.3}\n", "utf-8")
    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out", "--config", recipe))
    assert [row[robust.COLUMN] for row in one_of_each(trainer)] == pytest.approx([0.0, 0.1, 0.3])


@pytest.mark.slow
def test_languages_are_weighed_by_the_loss_with_their_rates(train, models, pairs, tmp_path):
    """Rates and `language_objective` in one run: what is worst is the loss that the rates make."""
    more = [*ROBUST, *RATES, "--language_objective", "maxmin", "--eval_strategy", "steps", "--eval_steps", "2",
            "--max_steps", "4", "--learning_rate", "1e-2"]  # fmt: skip
    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out", *more))
    trainer.train()
    logged = {}
    for line in trainer.state.log_history:
        logged |= line if line["step"] == 2 else {}
    losses = {tag: logged[f"eval_{tag}_loss"] for tag in PLANTED}
    for tag, rate in PLANTED.items():
        assert losses[tag] == pytest.approx(loss_of(logged[f"eval_{tag}_rewards/margins"], rate), abs=5e-2)
    weights = {tag: logged[f"language_weight/{tag}"] for tag in PLANTED}
    assert sorted(weights, key=weights.__getitem__) == sorted(losses, key=losses.__getitem__)
    assert len(set(weights.values())) == 3


class Linear:
    """A model whose log-probability of an answer is a sum over three features; its tokens are numbers of answers."""

    def __init__(self, features):
        import torch

        self.features = torch.tensor(features, dtype=torch.float64)
        self.theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    def __call__(self, input_ids, **_):
        import torch

        scores = (self.features[input_ids[:, 1]] @ self.theta)[:, None]
        nothing = torch.zeros_like(scores).detach()
        return SimpleNamespace(log_probs=scores, entropy=nothing, mean_logits=nothing, is_top1=nothing.bool())


def learned(trainer, features, rates):
    """The weights that make the trainer's loss smallest, of pairs whose rejected answer has no feature."""
    import torch

    number = len(features)
    model = Linear(np.concatenate([features, np.zeros((number, 3))]))
    ids = torch.stack([torch.zeros(2 * number, dtype=torch.long), torch.arange(2 * number)], dim=1)
    mask = torch.tensor([[0, 1]]).expand(2 * number, 2)
    none = torch.zeros(number, dtype=torch.float64)
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "completion_mask": mask,
             "ref_chosen_logps": none, "ref_rejected_logps": none, robust.COLUMN: torch.tensor(rates)}  # fmt: skip
    trainer.precompute_ref_logps = True
    optimizer = torch.optim.LBFGS([model.theta], max_iter=60, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = trainer.compute_loss(model, batch)
        loss.backward()
        return loss

    optimizer.step(closure)
    return model.theta.detach().numpy()


def test_planted_flips_cost_no_accuracy_with_rates_by_language_and_a_tenth_with_one(train, models, pairs, tmp_path):
    """Each language tells most of one of three features; flips of 0, .1 and .3 make the last look small.

    Pairs follow Bradley and Terry with weights (1, 1, 1). Accuracy is of 20,000 pairs in which all three count, against
    the weights themselves. One rate is the mean of the three.
    """
    more = ["--loss_type", "robust", "--beta", "1.0", *RATES]
    trainer = build_trainer(train, words(models["Llama"], pairs, tmp_path, *more))
    draw, features, labels, clean = np.random.default_rng(0), [], [], []
    for at, rate in enumerate(PLANTED.values()):
        one = draw.normal(size=(4_000, 3)) * np.where(np.arange(3) == at, 1.0, 0.3)
        label = np.where(draw.random(4_000) < 1 / (1 + np.exp(-one.sum(axis=1))), 1, -1)
        features.append(one)
        clean.append(label)
        labels.append(np.where(draw.random(4_000) < rate, -label, label))
    given, rates = np.concatenate(features), np.repeat([*PLANTED.values()], 4_000)
    test = draw.normal(size=(20_000, 3))

    def accuracy(sides, rate):
        theta = learned(trainer, given * np.concatenate(sides)[:, None], rate)
        return np.mean((test @ theta > 0) == (test.sum(axis=1) > 0))

    own, one = accuracy(labels, rates), accuracy(labels, np.full(12_000, rates.mean()))
    unflipped, none = accuracy(clean, 0 * rates), accuracy(labels, 0 * rates)
    assert own > 0.96 and own > unflipped - 0.02
    assert own > one + 0.05 and own > none + 0.05


def of_review(folder, counts):
    judged = [(tag, side) for tag, (chosen, rejected) in counts.items() for side in [1] * chosen + [0] * rejected]
    decided = {
        f"{at:032x}": Decided("agreed" if side else "relabel", tag, "", Judgements(side, 1 - side, 0, 0))
        for at, (tag, side) in enumerate(judged)
    }
    path = folder / "review.json"
    path.write_text(json.dumps(encode(Decisions(FORMAT, decided, {}))), "utf-8")
    return str(path)


def test_rates_come_from_a_review(train, models, pairs, tmp_path, capsys):
    file = of_review(tmp_path, {"ja": (36, 4), "uk": (28, 12), "ar": (10, 0)})
    more = [*ROBUST, "--label_smoothing", "0.2", "--flip_rates_from", file]
    trainer = build_trainer(train, words(models["Cohere2"], pairs, tmp_path / "out", *more))
    assert [row[robust.COLUMN] for row in one_of_each(trainer)] == pytest.approx([0.2, 0.1, 0.3])
    printed = capsys.readouterr().out
    assert "ja 0.100 (40 judgements, 0.000 of them wrong)" in printed and "label_smoothing, 0.2, for ar" in printed
    record = json.loads((tmp_path / "out" / "training_provenance.json").read_text("utf-8"))
    assert record["polypref"]["flip_rates"] == "ja=0.1,uk=0.3"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([*RATES], r"flip rates are of the loss robust, and loss_type is sigmoid; write loss_type: \[robust\]"),
        ([*RATES, "--loss_type", "robust", "aot"], "do not go with the loss aot, which has one label_smoothing for"),
        ([*RATES, "--method", "sft"], "flip_rates is for method dpo; the method is sft"),
        ([*ROBUST, "--flip_rates", "uk=0.5"], "flip_rates: the rate of uk is 0.5; give at least 0 and less than 0.5"),
        ([*ROBUST, "--flip_rates", "uk=nan"], "the rate of uk is nan"),
        ([*ROBUST, "--flip_rates", "uk"], "flip_rates 'uk': write it as de=0.1,tr=0.3"),
        ([*ROBUST, "--flip_rates", "de=0.1"], "flip_rates names de, not trained on; the languages are ar, ja, uk"),
        ([*ROBUST, *RATES, "--label_smoothing", "0.5"], r"label_smoothing is 0\.5"),
        ([*ROBUST, "--label_smoothing", "0.7"], r"label_smoothing is 0\.7; it is the share of labels"),
        ([*ROBUST, *RATES, "--flip_rates_from", "r.json"], "flip_rates and flip_rates_from are both given"),
        ([*ROBUST, "--flip_rates_from", "r.json"], "no file r.json|r.json.*flip_rates_from"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(more, message, train, models, pairs, tmp_path):
    with pytest.raises(UserError, match=message) as caught:
        build_trainer(train, words(models["Cohere2"], pairs, tmp_path, *more))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"uk": (18, 22)}, r"by 40 judgements of uk, 55% of its labels are wrong"),
        ({"uk": (9, 2), "el": (40, 0)}, r"has 20 judgements that prefer an answer in none of ar, ja, uk"),
    ],
)
def test_a_review_that_no_rate_can_be_had_of_is_one_sentence(counts, message, train, models, pairs, tmp_path):
    with pytest.raises(UserError, match=message):
        build_trainer(
            train, words(models["Cohere2"], pairs, tmp_path, *ROBUST, "--flip_rates_from", of_review(tmp_path, counts))
        )


@pytest.mark.parametrize("loss", ["sigmoid", "robust", "aot", "exo_pair"])
def test_a_share_of_wrong_labels_is_below_one_half_with_every_loss(loss):
    for wrong in (0.5, 1.0, -0.1, math.nan):
        with pytest.raises(UserError, match=f"label_smoothing is {wrong}; .* at least 0 and less than 0.5"):
            robust.refuse_smoothing("dpo", SimpleNamespace(loss_type=[loss], label_smoothing=wrong))
    robust.refuse_smoothing("dpo", SimpleNamespace(loss_type=[loss], label_smoothing=0.49))


def test_label_smoothing_that_no_loss_uses_is_said():
    def sentence(*losses, rate=0.1):
        return robust.unused_smoothing("dpo", SimpleNamespace(loss_type=[*losses], label_smoothing=rate))

    assert sentence("sigmoid", "sft") == (
        "warning: label_smoothing 0.1 does nothing with loss_type sigmoid, sft; those that use it are robust, "
        "exo_pair, aot, aot_unpaired"
    )
    assert sentence("sigmoid", "robust") == sentence("aot") == sentence("sigmoid", rate=0.0) == ""
    assert robust.unused_smoothing("sft", SimpleNamespace()) == ""


def test_a_trainer_that_does_not_ask_for_the_rate_is_refused():
    """As a later TRL might keep the number elsewhere: the rates would have no effect, and nobody would know."""

    class Later:
        def __init__(self):
            self.data_collator, self.smoothing = list, 0.0

        def compute_loss(self, model, inputs):
            return self.smoothing

    trainer = combine_classes(Later, [robust.RobustLoss], {"flip_rates": robust.Rates({"de": 0.1}, 0.0, {})})()
    with pytest.raises(UserError, match="flip rates have no effect"):
        trainer.compute_loss(None, {robust.COLUMN: None, "input_ids": None})

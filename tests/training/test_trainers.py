"""TRL's trainers with what polypref adds to them."""

import pytest

from polypref.errors import UserError
from polypref.training import trainers
from polypref.training.evaluation import LanguageEvaluation
from polypref.training.prepared import CheckedRows
from polypref.training.provenance import ProvenanceCard
from polypref.training.rewards import LoggedRewards
from polypref.training.robust import RobustLoss

from .test_train import build_trainer, words


class Plain:
    def steps(self):
        return ["plain"]


class First:
    def steps(self):
        return ["first", *super().steps()]


class Second:
    name = ""

    def steps(self):
        return [self.name, *super().steps()]


def test_the_first_addition_goes_before_all_others_and_the_trainer_keeps_its_name():
    combined = trainers.combine_classes(Plain, [First, Second], {"name": "second"})
    assert combined().steps() == ["first", "second", "plain"]
    assert combined.__name__ == combined.__qualname__ == "Plain" and issubclass(combined, Plain)


@pytest.mark.parametrize(
    ("more", "additions"),
    [
        ([], [CheckedRows, LanguageEvaluation, ProvenanceCard]),
        (
            ["--loss_type", "robust", "--flip_rates", "uk=0.1"],
            [RobustLoss, CheckedRows, LanguageEvaluation, ProvenanceCard],
        ),
        (["--method", "rloo", "--reward_funcs", "length"], [LoggedRewards, LanguageEvaluation, ProvenanceCard]),
    ],
)
def test_a_method_has_the_additions_that_it_needs(more, additions, train, models, pairs, tmp_path):
    trainer = build_trainer(train, words(models["Llama"], pairs, tmp_path / "out", *more))
    own = type(trainer).__mro__
    assert [one for one in own if one.__module__.startswith("polypref")][1:] == additions
    assert own[len(additions) + 1].__module__.startswith("trl")


def test_a_tracker_that_is_not_installed_is_one_sentence(train, models, pairs, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("WandbCallback requires\nwandb to be installed.")

    monkeypatch.setattr("trl.DPOTrainer.__init__", refuse)
    with pytest.raises(UserError, match=r"^TRL cannot start: WandbCallback requires wandb to be installed\.$"):
        build_trainer(train, words(models["Llama"], pairs, tmp_path / "out"))

"""What is printed of a trainer that is ready, and what stops it."""

from types import SimpleNamespace

import pytest

from polypref.errors import UserError
from polypref.training.arguments import Arguments
from polypref.training.checks import Lengths
from polypref.training.data import Origin
from polypref.training.first_checks import check_trainer
from polypref.training.robust import Rates


def checked(counted, unused=None, rates=None, held_out=(), strategy="no", unevaluated=None, of_one_row=()):
    printed = []
    trainer = SimpleNamespace(
        warning="warning: texts", counted=counted, accelerator=SimpleNamespace(print=printed.append)
    )
    arguments = Arguments(dataset_name="d", held_out_languages=held_out)
    origin = Origin("d", "all", None, None, None)
    unseen = {"unevaluated": unevaluated or {}, "of_one_row": of_one_row}
    rows = SimpleNamespace(unused=unused, languages={"uk": None}, origin=origin, **unseen)
    check_trainer(trainer, arguments, SimpleNamespace(eval_strategy=strategy, max_length=8), rows, "model", rates)
    return printed


def test_everything_is_printed_in_order_and_what_is_not_is_left_out():
    counted = {"train": {"uk": Lengths(4, 1, 0, 0, 30, 60)}, "uk": {"uk": Lengths(3, 1, 1, 0, 5, 9)}}
    printed = checked(counted, "left out: column margin", Rates({"uk": 0.1}, 0.0, {}), ["ar"])
    assert printed[0] == "left out: column margin" and printed[1].startswith("held_out_languages (ar) are left out")
    assert printed[2:4] == ["warning: texts", "labels that are taken as flipped: uk 0.100"]
    assert "uk               4        1" in printed[4] and printed[5].endswith("after the cut: uk 2 of 3")
    assert len(printed) == 6 and checked({}) == ["warning: texts"]


def test_languages_without_test_rows_are_said_with_their_rows():
    first, *_ = checked({}, strategy="steps", unevaluated={"uk": 1200, "it": 0})
    assert first == (
        "warning: trained on without test rows: it, uk (1,200 rows); d, config all, split test, has none of them, so "
        "no figure of an evaluation says how they fare; build with a larger test share (--test 0.1 of polypref build "
        "pairs, Split(test=0.1) in a script), or name a config that has them as dataset_test_config"
    )


def test_languages_of_one_test_row_are_said():
    first, *_ = checked({}, strategy="steps", of_one_row=["it", "uk"])
    assert first == (
        "warning: evaluated on one row of d, config all, split test: it, uk; accuracy is 0 or 1 there, and what goes "
        "by the worst language goes by that row; build with a larger test share (--test 0.1 of polypref build pairs, "
        "Split(test=0.1) in a script)"
    )


@pytest.mark.parametrize(("part", "use"), [("train", "train on"), ("uk", "evaluate")])
def test_a_language_of_which_nothing_is_left_stops_the_run(part, use):
    counted = {"train": {"uk": Lengths(4, 0, 0, 0, 30, 60)}} | {part: {"uk": Lengths(4, 0, 4, 0, 0, 0)}}
    with pytest.raises(UserError, match=f"nothing of uk is left to {use}"):
        checked(counted)


def test_a_language_of_which_no_test_row_fits_stops_the_run_with_other_cures_than_to_leave_it_out():
    counted = {"train": {"uk": Lengths(4, 0, 0, 0, 30, 60)}, "uk": {"uk": Lengths(1, 1, 0, 0, 0, 0)}}
    with pytest.raises(
        UserError, match="no test row of these languages fits into max_length: uk 1; raise it, name other"
    ):
        checked(counted)

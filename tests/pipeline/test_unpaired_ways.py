"""What a builder whose labels are kept unpaired may ask for."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from polypref import Fields, PairRule, RelevanceRater, Split, default_chain
from polypref.checks import FunctionCheck, SecondDetector
from polypref.errors import UserError
from polypref.pipeline.unpaired_ways import checks_without_pairs
from polypref.stages.translate import CrossLingual
from tests import unpaired


@dataclass(frozen=True)
class OfPairs:
    name: ClassVar[str] = "of_pairs"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "says nothing"
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch):
        return []


def nothing(row):
    return None


def test_the_default_chain_runs_without_its_checks_of_pairs(tmp_path):
    builder = unpaired.builder(tmp_path, filters=default_chain())
    assert builder.unpaired and not unpaired.builder(tmp_path, rule=PairRule()).unpaired
    names = [one.name for one in checks_without_pairs(builder.filters)]
    assert "language" in names and "exact_duplicates" not in names and "length_ratio" not in names


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rater": RelevanceRater()}, "rater 'relevance-baseline' gives no labels"),
        ({"split": Split(length_balanced=True)}, r"Split\(length_balanced=True\) goes with pairs alone"),
        ({"filters": (OfPairs(),)}, "check 'of_pairs' is shown pairs; have it look at answers"),
        ({"filters": (FunctionCheck(nothing),)}, "is shown pairs"),
        ({"filters": (SecondDetector(),)}, r"a second detector \(--second-detector, .*\) votes on the texts of pairs"),
    ],
)
def test_what_only_pairs_have_is_refused(settings, sentence, tmp_path):
    with pytest.raises(UserError, match=sentence):
        unpaired.builder(tmp_path, **settings)


def test_what_nobody_has_labelled_is_refused(tmp_path):
    builder = unpaired.builder(tmp_path)
    with pytest.raises(UserError, match="cross_lingual goes with pairs alone, or makes what nobody has labelled"):
        replace(builder, cross_lingual=CrossLingual(("fr",)))


def test_checks_of_answers_stay(tmp_path):
    assert unpaired.builder(tmp_path, filters=(FunctionCheck(nothing, of="answer"),)).filters


def test_a_dataset_has_one_form_and_one_join(tmp_path):
    builder = unpaired.builder(tmp_path)
    (source,) = builder.sources
    other = replace(source, name="other", revision="2")
    with pytest.raises(UserError, match="but those of source 'other' not: a dataset has one form"):
        replace(builder, sources=(source, replace(other, pairs=PairRule())))
    with pytest.raises(UserError, match="another join in one source"):
        replace(builder, sources=(source, replace(other, pairs=PairRule("unpaired", join="majority"))))


@pytest.mark.parametrize(("occasion", "each"), [("=all", None), ("=row", "answers")])
def test_labels_are_not_compared(tmp_path, occasion, each):
    fields = Fields("q", (unpaired.THUMBS,), language="language", occasion=occasion, each=each)
    with pytest.raises(UserError, match=f"has occasion='{occasion}': labels are not compared"):
        unpaired.builder(tmp_path, fields=fields)

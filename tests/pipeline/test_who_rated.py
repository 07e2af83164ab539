"""Who rated, in words: a source with the columns that say it, people whom one names, or a rater by its name."""

import pytest

from polypref import Answer, Builder, Fields, Files, PairRule, SourceRater, Verdict, layouts
from polypref.files.json_types import mapping_of
from polypref.pipeline.portable import portable
from polypref.pipeline.who_rated import who_rated

TWO = (Answer("one"), Answer("two"))
WON = Verdict("source", "won", ("1",), ("2",))


def worded(fields: Fields, rule: str = "given", rater: str = "source") -> str:
    source = Files("x.jsonl", fields, name="x", revision="r", licence="cc0-1.0")
    builder = Builder("b", "1.0.0", sources=(source,), rater=SourceRater(rater), pairs=PairRule(rule))  # type: ignore[arg-type]
    return who_rated(mapping_of(portable(builder)), rater)


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (WON, "the source (verdicts in column 'won')"),
        (Verdict("source"), "the source (in every row the better answer stands in column 'one')"),
        (
            Verdict("source", "won", ("1",), ("2",), annotator="who"),
            "the source, people told apart by column 'who' (verdicts in column 'won')",
        ),
        (Verdict("source", ("x", "y"), ("1",), ("2",)), "the source (verdicts in columns 'x', 'y')"),
        (layouts.Scale("source", "strength", first=-3, second=3), "the source (verdicts in column 'strength')"),
        (layouts.OneHot("source", first="a", second="b", tie="t"), "the source (verdicts in columns 'a', 'b', 't')"),
    ],
)
def test_verdicts_of_a_source_are_named_by_their_columns(verdict: Verdict, words: str) -> None:
    assert worded(Fields("q", TWO, verdict=verdict)) == words


def test_a_name_that_somebody_gave_those_who_judged_is_said() -> None:
    named = Verdict("arena voters", "won", ("1",), ("2",))
    assert worded(Fields("q", TWO, verdict=named), rater="arena voters") == "arena voters (verdicts in column 'won')"


def test_scores_and_labels_are_named_by_theirs() -> None:
    scored = (Answer("one", score="s1", lower_is_better=True), Answer("two", score={"s2": 0.5, "s3": 0.5}))
    words = "the source (scores in columns 's1', 's2', 's3'; the lower is the better)"
    assert worded(Fields("q", scored), "best_vs_worst") == words
    labelled = (Answer("text", score="good", score_labels={"yes": 1, "no": 0}),)
    assert worded(Fields("q", labelled), "unpaired") == "the source (labels in column 'good')"


def test_a_rater_of_the_build_goes_by_its_name_and_several_ways_have_each_theirs() -> None:
    fields = portable(Fields("q", TWO, verdict=WON))
    settings = mapping_of({"pairs": {"rule": "given"}, "sources": [{"name": "a", "fields": fields}, {"name": "b"}]})
    assert who_rated(settings, "relevance") == "relevance"
    ways = [("source", "given", ["a"]), ("relevance", "best_vs_worst", ["b"]), ("relevance", "given", ["b"])]
    assert who_rated(settings, "source, relevance", ways) == "the source (verdicts in column 'won'); relevance"
    # Of builds whose settings are others, and of sources of one's own.
    assert who_rated({}, "meter") == "meter" and who_rated({"sources": ["x", {"fields": 3}]}, "meter") == "meter"

"""What became of the answers that pass the checks where they are rated: a line for each rater, counted by hand."""

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.inference import Known, Request, Served
from polypref.layouts.sources import Answer, Fields, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import Built, run_builder
from polypref.raters.combined import Combined
from polypref.raters.contract import ratings
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.stages.asking import rejections
from polypref.stages.balance import Mixture, Split
from polypref.stages.equation import not_conserved, steps_of
from polypref.stages.pair import PairRule
from polypref.stages.pool import Bucket
from polypref.stages.prompts.index import Prompts
from tests.stages.builds import source_of_rows

GOOD = "Das liegt daran, dass blaues Licht stärker gestreut wird als rotes."
POOR = "Das weiß ich leider nicht so genau, aber es ist wohl schon lange so."
THIRD = "Blaues Licht wird in der Luft stärker gestreut, und deshalb ist es so."
CUT = "So schreibt man das als kleines Programm auf:\n```\nprint("
ENGLISH = "This is because the blue light of the sun is scattered more than the red light is."
SKY, BRIDGE, HEDGEHOG = (
    "Warum ist der Himmel an einem klaren Tag so blau?",
    "Wer hat die hohe Brücke über den Fluss gebaut?",
    "Was frisst ein Igel im Winter am liebsten?",
)
FIELDS = Fields(prompt="prompt", answers=(Answer("text", each="answers", score="score", rater="source"),), language="l")


def row(prompt: str, *texts: str, scores: tuple[Any, ...] = (), language: str = "de") -> dict[str, Any]:
    """A prompt with answers; a score of None stands for an empty cell."""
    answers = [{"text": text, "score": scores[at] if scores else 1} for at, text in enumerate(texts)]
    return {"prompt": prompt, "l": language, "answers": answers}


@dataclass(frozen=True)
class Scores:
    """A rater that gives the scores it is told to, by text; what it is not told of has none."""

    scores: Mapping[str, Any] = field(metadata={"settings": False})
    name: str = "scores"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        columns = (completions[name].to_pylist() for name in ("prompt_id", "completion_id", "text"))
        return ratings(
            self.name, [(p, c, self.scores[t]) for p, c, t in zip(*columns, strict=True) if t in self.scores]
        )


@dataclass(frozen=True)
class Failing:
    """A rater that asks nobody, and leaves answers out for the reasons that it is told: of a text, or of a prompt."""

    reasons: Mapping[str, str] = field(metadata={"settings": False})
    name: str = "failing"
    table: str = "ratings"
    models: tuple[Served, ...] = ()
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        return iter(())

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        asked = {one["prompt_id"]: one["prompt"][-1]["content"] for one in bucket.prompts.to_pylist()}
        answers = bucket.completions.to_pylist()
        lost = [("de", key, self.reasons[text], "") for key, text in asked.items() if text in self.reasons]
        lost += [
            ("de", one["completion_id"], self.reasons[one["text"]], "")
            for one in answers
            if one["text"] in self.reasons
        ]
        where = {key for _, key, *_ in lost}
        good = [one for one in answers if not where & {one["prompt_id"], one["completion_id"]}]
        if self.table == "ratings":
            rows = [(one["prompt_id"], one["completion_id"], float(len(one["text"]))) for one in good]
            return {"ratings": ratings(self.name, rows), "rejected": rejections(lost)}
        return self._judged(good, lost)

    def _judged(self, good: list[dict[str, Any]], lost: list[tuple[str, str, str, str]]) -> dict[str, pa.Table]:
        """The first two answers of each prompt are compared; of the others every two fail, in both orders."""
        verdicts = []
        for prompt in sorted({one["prompt_id"] for one in good}):
            first, *others = sorted(one["completion_id"] for one in good if one["prompt_id"] == prompt)
            if others:
                two = {"completion_a": first, "completion_b": others[0], "preferred": "a"}
                verdicts.append({"prompt_id": prompt, "rater": self.name, **two})
            for other in others[1:]:
                lost += [("de", prompt, "unreadable", f"{a} before {b}") for a, b in ((first, other), (other, first))]
        columns = ("prompt_id", "completion_a", "completion_b", "preferred", "rater")
        of = {name: pa.array([one[name] for one in verdicts], pa.string()) for name in columns}
        return {"verdicts": pa.table(of), "rejected": rejections(lost)}


def built_of(rows: Mapping[str, list[dict[str, Any]]], **settings: Any) -> Built:
    """A build of sources with these rows."""
    own = settings.pop("of_source", {})
    with tempfile.TemporaryDirectory() as folder:
        sources = [
            source_of_rows(Path(folder), name, of_source, settings.pop("fields", FIELDS), **own.get(name, {}))
            for name, of_source in rows.items()
        ]
        declared: dict[str, Any] = {
            "sources": tuple(sources),
            "rater": SourceRater(),
            "prompts": Prompts(near_duplicates=None),
            "split": Split(test=0.0),
            "mixtures": (Mixture("all"),),
            "max_bad": 1.0,
        }
        with Store(Path(folder) / "store", "b") as store:
            return run_builder(Builder("b", "1.0.0", **declared | settings), store, Local(1), quiet=True)


def rated(built: Built) -> dict[str, tuple[int, dict[str, int], int]]:
    """`stage (unit)` -> in, left out by reason, out, of the lines of those who rate."""
    assert not_conserved(built.funnel) == []
    return {
        f"{step.stage} ({step.unit})": (step.came, {why: n for (_, why), n in step.left_out.items()}, step.went)
        for step in steps_of(built.funnel)
        if step.stage in ("rate", "combine")
    }


@pytest.mark.slow
def test_every_answer_that_passes_is_rated_or_left_out_for_a_reason():
    rows = [
        row(SKY, GOOD, POOR, CUT),  # the cut one passes no check
        row(BRIDGE, GOOD, CUT),  # one usable answer
        row(HEDGEHOG, ENGLISH, f"{ENGLISH} And so on."),  # none may be chosen
    ]
    every = {GOOD: 2.0, POOR: 1.0, CUT: 0.0, ENGLISH: 5.0}
    built = built_of({"a": rows}, rater=Scores(every))
    left_out = {"only_usable_answer": 1, "no_answer_may_be_chosen": 2}
    assert rated(built) == {"rate (answers)": (5, left_out, 2)}
    # Where everything is rated, the same; what it cost stands besides: a cut one in two prompts, a good one, English.
    built = built_of({"a": rows}, rater=Scores(every), rate_every_answer=True)
    assert rated(built) == {"rate (answers)": (5, left_out, 2)}
    assert [one.rows for one in built.funnel if one.outcome == "rated_beyond_use"] == [4]


@pytest.mark.slow
def test_what_a_rater_says_nothing_of_or_gives_no_number_is_counted_so():
    rows = [row(SKY, GOOD, POOR, THIRD), row(BRIDGE, GOOD, POOR)]
    built = built_of({"a": rows}, rater=Scores({GOOD: 2.0, POOR: 1.0}))
    assert rated(built) == {"rate (answers)": (5, {"no_score": 1}, 4)}
    built = built_of({"a": rows}, rater=Scores({GOOD: 2.0, POOR: 1.0, THIRD: math.inf}))
    assert rated(built) == {"rate (answers)": (5, {"score_not_finite": 1}, 4)}


@pytest.mark.slow
def test_scores_and_verdicts_that_came_with_the_sources_are_counted_too():
    rows = [row(SKY, GOOD, POOR, THIRD, scores=(2, 1, None))]
    assert rated(built_of({"a": rows})) == {"rate (answers)": (3, {"no_score": 1}, 2)}
    fields = Fields(
        prompt="prompt",
        answers=(Answer("a"), Answer("b")),
        verdict=Verdict("people", "won", first=("a",), second=(), tie=(), unjudged=("?",)),
        language="l",
    )
    judged = {"prompt": SKY, "l": "de", "a": GOOD, "b": POOR, "won": "a"}
    unjudged = {**judged, "b": THIRD, "won": "?"}
    built = built_of({"a": [judged, unjudged]}, fields=fields, rater=SourceRater("people"), pairs=PairRule("given"))
    assert rated(built) == {"rate (answers)": (3, {"no_verdict": 1}, 2)}


def test_reasons_of_a_prompt_are_those_of_its_answers():
    rows = [row(SKY, GOOD, POOR, THIRD), row(BRIDGE, GOOD, POOR), row(HEDGEHOG, GOOD, POOR)]
    built = built_of({"a": rows}, rater=Failing({BRIDGE: "judge_unparsable", THIRD: "empty_answer"}))
    assert rated(built) == {"rate (answers)": (7, {"judge_unparsable": 2, "empty_answer": 1}, 4)}


def test_a_judge_has_a_line_of_answers_and_one_of_the_pairs_that_it_compared():
    rows = [row(SKY, GOOD, POOR, THIRD), row(BRIDGE, GOOD, POOR), row(HEDGEHOG, GOOD, POOR)]
    judge = Failing({BRIDGE: "identical_texts"}, table="verdicts")
    built = built_of({"a": rows}, rater=judge, pairs=PairRule("given"))
    # Two orders of one pair that cannot be read are one pair without a verdict.
    assert rated(built) == {
        "rate (answers)": (7, {"identical_texts": 2, "unreadable": 1}, 4),
        "rate (verdicts)": (3, {"unreadable": 1}, 2),
    }


@pytest.mark.slow
def test_each_of_several_raters_has_a_line_of_its_own():
    rows = [row(SKY, GOOD, POOR, THIRD), row(BRIDGE, GOOD, POOR)]
    both = Combined(
        (Failing({THIRD: "empty_answer"}), Failing({BRIDGE: "judge_unparsable"}, "other"), Scores({}, "none"))
    )
    with pytest.raises(UserError, match="answers that have none, by reason: judge_unparsable 2"):
        built_of({"a": rows}, rater=both)
    both = Combined(
        (Failing({THIRD: "empty_answer"}), Failing({BRIDGE: "judge_unparsable"}, "other"), RelevanceRater())
    )
    assert rated(built_of({"a": rows}, rater=both)) == {
        "rate (answers, rater failing)": (5, {"empty_answer": 1}, 4),
        "rate (answers, rater other)": (5, {"judge_unparsable": 2}, 3),
        "rate (answers, rater relevance-baseline)": (5, {}, 5),
        "combine (answers)": (5, {"missing_score": 3}, 2),
    }


def test_answers_of_other_sources_are_for_their_raters():
    rows = {"given": [row(SKY, GOOD, POOR, scores=(2, 1))], "rated": [row(BRIDGE, GOOD, POOR, THIRD)]}
    own = {"rated": {"rater": Scores({GOOD: 2.0, POOR: 1.0})}}
    assert rated(built_of(rows, of_source=own)) == {
        "rate (answers, rater scores)": (5, {"for_another_rater": 2, "no_score": 1}, 2),
        "rate (answers, rater source)": (5, {"for_another_rater": 3}, 2),
    }
    # A prompt of both is rated by both.
    rows["rated"].append(row(SKY, GOOD, POOR))
    assert rated(built_of(rows, of_source=own)) == {
        "rate (answers, rater scores)": (5, {"no_score": 1}, 4),
        "rate (answers, rater source)": (5, {"for_another_rater": 3}, 2),
    }


TEXTS = st.lists(st.sampled_from([GOOD, POOR, THIRD, CUT, ENGLISH, ""]), min_size=1, max_size=4)
ROWS = st.lists(
    st.builds(
        lambda prompt, texts, language: row(prompt, *texts, language=language),
        st.sampled_from([SKY, BRIDGE, HEDGEHOG]),
        TEXTS,
        st.sampled_from(["de", "de", "en"]),
    ),
    min_size=1,
    max_size=5,
)
KNOWN = st.dictionaries(st.sampled_from([GOOD, POOR, THIRD, CUT, ENGLISH]), st.sampled_from([1.0, 2.0, math.nan]))
REASONS = st.dictionaries(st.sampled_from([SKY, BRIDGE, GOOD, THIRD]), st.sampled_from(["refused", "unparsable"]))


@pytest.mark.slow
@settings(max_examples=4, deadline=None)  # a whole build each, others in every run
@given(ROWS, ROWS, KNOWN, REASONS, st.booleans(), st.sampled_from(["one", "two", "mean_z", "agree", "judge"]))
def test_no_answer_of_a_random_pool_vanishes_on_its_way_to_several_raters(first, second, known, reasons, every, how):
    scores, failing = Scores(known), Failing(reasons)
    own: dict[str, Any] = {}
    if how == "one":
        declared: dict[str, Any] = {"rater": scores}
    elif how == "two":
        declared, own = {"rater": scores}, {"second": {"rater": failing, "pairs": PairRule("all_pairs")}}
    elif how == "judge":
        declared = {"rater": Failing(reasons, "judge", "verdicts"), "pairs": PairRule("given")}
    else:
        rule = PairRule("given") if how == "agree" else PairRule()
        declared = {"rater": Combined((scores, failing), how=how), "pairs": rule}
    try:
        built = built_of({"first": first, "second": second}, of_source=own, rate_every_answer=every, **declared)
    except UserError:
        return  # no pair is left
    passed = next(step.went for step in steps_of(built.funnel) if (step.stage, step.unit) == ("check", "answers"))
    lines = {name: came for name, (came, *_) in rated(built).items() if "answers" in name}
    assert len(lines) == {"one": 1, "two": 2, "judge": 1}.get(how, 3)
    assert set(lines.values()) == {passed}

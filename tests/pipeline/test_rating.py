"""Who rates in a build: each rater alone, what a fitted one learns, and which stages are made again."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.pipeline.context import Asked, RunContext
from polypref.pipeline.rating import check_scores
from polypref.pipeline.steps import BuildRun
from polypref.raters.combined import Combined
from polypref.raters.contract import ratings
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.stages.balance import Split
from polypref.stages.prompts.index import Prompts
from tests.stages.builds import source_of_rows

PROMPTS = {
    "de": ("Warum ist der Himmel blau?", "Wer baut hohe Brücken?", "Was frisst ein Igel?"),
    "he": ("למה השמיים כחולים?", "מי בונה גשרים גבוהים?"),
}
FIELDS = Fields(
    "prompt", (Answer("good", model="g", score="s"), Answer("bad", model="b", score="t")), language="language"
)


@pytest.fixture
def source(tmp_path) -> Files:
    rows = [
        {"prompt": text, "language": tag, "good": f"{text} Gut.", "bad": f"{text} Nicht.", "s": 2, "t": 1}
        for tag, prompts in PROMPTS.items()
        for text in prompts
    ]
    return source_of_rows(tmp_path, "s", rows, FIELDS)


@pytest.fixture
def builder(source) -> Builder:
    return Builder(
        "b", "1.0.0", sources=(source,), filters=(), split=Split(test=0), prompts=Prompts(near_duplicates=None)
    )


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store(tmp_path / "store", "b") as one:
        yield one


@dataclass(frozen=True)
class Learning:
    """A rater that learns the prompts of a language, and sees that it learned them all."""

    score: float = 1.0
    name: str = "learning"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def fit(self, texts: Iterable[str]) -> list[str]:
        return sorted(texts)

    def rate(self, prompts: pa.Table, completions: pa.Table, fitted: Mapping[str, list[str]]) -> pa.Table:
        assert {tag: tuple(texts) for tag, texts in fitted.items()} == {t: tuple(sorted(p)) for t, p in PROMPTS.items()}
        ids = zip(*(completions[name].to_pylist() for name in ("prompt_id", "completion_id")), strict=True)
        return ratings(self.name, [(prompt, completion, self.score) for prompt, completion in ids])


def rated(builder: Builder, store: Store) -> list[Path]:
    """The stages in which somebody rated."""
    run = BuildRun(RunContext(builder, store, Local(1), None, True, Asked()))
    read, buckets = run.read()
    index = run.index((read,), buckets)
    rows = run.rating.rate((read,), index, run.check((read,), index, buckets), buckets)
    return [stage.path for stage in rows[1:]]


def test_a_rater_learns_from_the_prompts_of_each_language(builder, store):
    (stage,) = rated(replace(builder, rater=Learning()), store)
    scores = pa.concat_tables(pq.read_table(part) for part in sorted(stage.glob("ratings-*.parquet"))).to_pylist()
    assert len(scores) == 10 and {one["rater"] for one in scores} == {"learning"}


def test_each_of_a_combined_raters_raters_rates_by_itself(builder, store):
    both = Combined((Learning(), RelevanceRater()))
    learning, relevance, combined = rated(replace(builder, rater=both), store)
    assert [one.name.partition("-")[0] for one in (learning, relevance, combined)] == ["rate", "rate", "combine"]
    # Alone, and beside another whose settings change, a rater's stage is the same.
    assert rated(replace(builder, rater=RelevanceRater()), store) == [relevance]
    changed = rated(replace(builder, rater=Combined((Learning(2.0), RelevanceRater()))), store)
    assert changed[1] == relevance and changed[0] != learning and changed[2] != combined
    # What came with the sources is no stage.
    with_given = rated(replace(builder, rater=Combined((SourceRater(), RelevanceRater()))), store)
    assert with_given[0] == relevance and len(with_given) == 2


def test_scores_of_the_sources_need_a_direction_where_they_are_places(builder, tmp_path, store):
    rows = [
        {"prompt": f"{text} {n}", "l": "de", "answers": [{"text": f"{text} {at}", "score": at} for at in range(4)]}
        for n, text in enumerate(PROMPTS["de"])
    ]
    fields = Fields("prompt", (Answer("text", each="answers", score="score", rater="source"),), language="l")
    builder = replace(builder, sources=(source_of_rows(tmp_path, "places", rows, fields),))
    run = BuildRun(RunContext(builder, store, Local(1), None, True, Asked()))
    read, _ = run.read()
    with pytest.raises(UserError, match="lower_is_better"):
        check_scores(run.run, [SourceRater()], None, (read,))
    # Of others' scores nothing is asked.
    check_scores(run.run, [SourceRater("nobody"), RelevanceRater()], None, (read,))
    check_scores(run.run, [SourceRater()], ["another source"], (read,))


@dataclass(frozen=True)
class LookedUp:
    """A rater without a model that has a table of its own."""

    table: Mapping[str, float]
    name: ClassVar[str] = "looked_up"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        columns = (completions[name].to_pylist() for name in ("prompt_id", "completion_id", "model"))
        rows = zip(*columns, strict=True)
        return ratings(self.name, [(prompt, completion, self.table[model]) for prompt, completion, model in rows])


def test_a_field_of_an_own_rater_may_be_called_as_what_a_judge_makes(builder, store):
    looked_up = replace(builder, rater=LookedUp({"g": 2.0, "b": 1.0}))
    run = BuildRun(RunContext(looked_up, store, Local(1), None, True, Asked()))
    run.rated()
    counted = {(row.stage, row.unit, row.outcome): 0 for row in run.run.funnel if row.stage == "rate"}
    for row in run.run.funnel:
        if row.stage == "rate":
            counted[row.stage, row.unit, row.outcome] += row.rows
    assert counted == {("rate", "answers", "in"): 10, ("rate", "answers", "kept"): 10}

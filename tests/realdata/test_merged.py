"""Five real sets of four kinds in one evaluation set: votes, a judge's verdicts, ranks, and answers to be rated."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.realdata.test_named_layouts import ja_vicuna_qa, oasst, pandalm, raw, words

SCRIPT = """
from dataclasses import dataclass, replace

import polypref
from polypref import Answer, Builder, Fields, Files, PairRule, RelevanceRater, SourceRater, layouts

FOLDERS = {"arabic": "ar", "chinese": "zh", "english": "en", "french": "fr", "russia": "ru", "spanish": "es"}


@dataclass(frozen=True)
class Params:
    data: str = ""


def named(name, path, language, revision):
    how = polypref.layout(name).rated_by(f"{name} raters")
    source = how.files(path, name, revision, "apache-2.0", language)
    return replace(source, rater=SourceRater(how.rater), pairs=PairRule(how.rule))


def build(params):
    data = params.data
    columns = Fields("instruction", (Answer("output", model_column="generator"),))
    omgeval = (
        Files(f"{data}/omgeval/outputs/{folder}/*.jsonl", columns, "omgeval", "f4dfb6d", "mit", language=tag)
        for folder, tag in FOLDERS.items()
    )
    return Builder(
        name="merged-evaluation",
        version="1.0.0",
        card="card.md",
        sources=(
            named("pandalm", f"{data}/preference_layouts/pandalm_testset.json.gz", "en", "3871806"),
            named("ja_vicuna_qa", f"{data}/ja_vicuna_qa/pairwise_gpt4/*.jsonl", "ja", "128a862"),
            named("oasst", f"{data}/preference_layouts/oasst_en_100_tree.jsonl.gz", None, "f1e6ed9"),
            *omgeval,
            layouts.ArenaFolder(f"{data}/m_arena_hard", "m-arena-hard", "dff24ac", "apache-2.0", translated_from="en"),
        ),
        rater=RelevanceRater(),
        evaluation_set=True,
    )
"""
RATERS = {
    "pandalm@3871806": "pandalm raters",
    "ja_vicuna_qa@128a862": "ja_vicuna_qa raters",
    "oasst@f1e6ed9": "oasst raters",
    "omgeval@f4dfb6d": "relevance-baseline",
    "m-arena-hard@dff24ac": "relevance-baseline",
}
OMGEVAL = {"arabic": "ar", "chinese": "zh", "english": "en", "french": "fr", "russia": "ru", "spanish": "es"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["ar,en,ja", ""])
def built(request, real_data, polypref, make_script, tmp_path_factory) -> tuple[Path, set[str]]:
    """The folder of the dataset, and its languages; the command's fixture holds the equation over its funnel."""
    folder = tmp_path_factory.mktemp("merged")
    narrowed = ["--languages", request.param, "--workers", 1] if request.param else []
    polypref("build", make_script(folder, SCRIPT), "--data", real_data, "--out", folder / "out", *narrowed)
    every = {path.stem for path in (real_data / "m_arena_hard" / "questions").iterdir()}
    return folder / "out", set(request.param.split(",")) if request.param else every


@pytest.fixture(scope="module")
def record(built) -> dict[str, Any]:
    return json.loads((built[0] / "provenance.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def rows(built) -> list[dict[str, Any]]:
    return [row for file in sorted(built[0].glob("data/*/*.parquet")) for row in pq.read_table(file).to_pylist()]


def counted_plainly(real_data: Path) -> Counter[tuple[str, str]]:
    """Rows of each source and language as a plain reading of the files has them; of trees the answered messages."""
    counts = Counter({("pandalm", "en"): len(raw(real_data / "preference_layouts/pandalm_testset.json.gz"))})
    for path in (real_data / "ja_vicuna_qa/pairwise_gpt4").glob("*.jsonl"):
        counts["ja_vicuna_qa", "ja"] += len(raw(path))
    waiting = [row["prompt"] for row in raw(real_data / "preference_layouts/oasst_en_100_tree.jsonl.gz")]
    while waiting:
        message = waiting.pop()
        waiting += message.get("replies", [])
        counts["oasst", message["lang"]] += any(one["role"] == "assistant" for one in message.get("replies", []))
    for folder, tag in OMGEVAL.items():
        for path in (real_data / "omgeval/outputs" / folder).glob("*.jsonl"):
            counts["omgeval", tag] += len(raw(path))
    for path in (real_data / "m_arena_hard/questions").glob("*.jsonl"):
        counts["m-arena-hard", path.stem] += len(raw(path))
    return +counts


def test_every_row_of_every_source_is_accounted_for_by_language(built, record, real_data):
    languages = built[1]
    came, read = Counter[tuple[str, str]](), Counter[tuple[str, str, str]]()
    for row in record["read_by_source"]:
        read[row["language"], row["outcome"], row["reason"]] += row["rows"]
        if row["outcome"] in ("kept", "rejected", "skipped"):
            came[row["source"], row["language"]] += row["rows"]
            read[row["language"], "in", ""] += row["rows"]
            wanted = row["language"] in languages
            assert wanted == (row["reason"] != "language_not_asked_for") or row["outcome"] == "rejected"
    assert came == counted_plainly(real_data)
    # What the sources have counted is the funnel of the build, and nothing else.
    funnel = Counter[tuple[str, str, str]]()
    for row in record["funnel"]:
        if (row["stage"], row["unit"]) == ("read", "rows"):
            funnel[row["language"], row["outcome"], row["reason"]] += row["rows"]
    assert funnel == read


def test_pairs_are_those_of_the_raw_files_each_by_its_own_rater(rows, record, real_data):
    expected = {
        "pandalm@3871806": Counter(tuple(map(words, pair)) for pair in pandalm(real_data)),
        "ja_vicuna_qa@128a862": Counter(tuple(map(words, pair)) for pair in ja_vicuna_qa(real_data)),
        "oasst@f1e6ed9": Counter(tuple(map(words, pair)) for pair in oasst(real_data)),
    }
    published: defaultdict[str, Counter[tuple[str, str, str]]] = defaultdict(Counter)
    for row in rows:
        assert row["rater"] == RATERS[row["source"]]
        sides = tuple(words(row[name][-1]["content"]) for name in ("prompt", "chosen", "rejected"))
        published[row["source"]][sides] += 1
    for source, pairs in expected.items():
        assert published[source] - pairs == Counter(), source
        # What is not there was left out by the checks of answers and pairs, and is counted.
        assert published[source].total() > 0.6 * pairs.total(), source
    by_source = Counter(
        {(one["source"], one["language"]): one["train"] + one["test"] for one in record["facts"]["sources"]}
    )
    assert by_source == Counter((row["source"], row["language"]) for row in rows)
    assert {one["name"]: one["rows"] for one in record["sources"]} == {
        source.partition("@")[0]: pairs.total() for source, pairs in published.items()
    }


def test_answers_that_were_rated_are_those_of_the_prompt_in_their_source(rows, real_data):
    answers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for folder in OMGEVAL:
        for path in (real_data / "omgeval/outputs" / folder).glob("*.jsonl"):
            for row in raw(path):
                answers["omgeval@f4dfb6d", words(row["instruction"])].add(words(row["output"]))
    for path in (real_data / "m_arena_hard/questions").glob("*.jsonl"):
        asked = {row["question_id"]: words(row["turns"][0]["content"]) for row in raw(path)}
        for answered in (real_data / "m_arena_hard/answers" / path.stem).glob("*.jsonl"):
            for row in raw(answered):
                answers["m-arena-hard@dff24ac", asked[row["question_id"]]].add(words(row["answer"]))
    rated = [row for row in rows if row["rater"] == "relevance-baseline"]
    assert len(rated) > 400
    for row in rated:
        there = answers[row["source"], words(row["prompt"][-1]["content"])]
        assert {words(row[side][-1]["content"]) for side in ("chosen", "rejected")} <= there


def test_no_prompt_of_it_is_in_two_splits_and_nothing_may_be_trained_on(built, record):
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for file in built[0].glob("data/*/*.parquet"):
        for row in pq.read_table(file, columns=["group_id"]).to_pylist():
            splits[row["group_id"]].add(file.name.partition("-")[0])
    assert all(len(one) == 1 for one in splits.values())
    assert record["evaluation_set"] is True
    assert [way["rater"] for way in record["ways"]] == ["relevance-baseline", *list(RATERS.values())[:3]]
    (agreement,) = record["agreement"]
    assert (agreement["rater"], agreement["language"], agreement["votes"]) == ("pandalm raters", "en", 993 * 3)

"""Builds whose pair rule pools the scores of a prompt in all its languages, which lie in several buckets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.pipeline.group_pools import points_of
from polypref.pipeline.run import Built, run_builder
from polypref.raters.given import RelevanceRater
from polypref.stages import pool
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.own import RegexCheck
from polypref.stages.equation import not_conserved
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts

from .merged import row, source

HIGH, LOW = (10, 9, 8, 0), (4, 3, 2, 1)
ANSWERS = tuple(Answer(f"a{n}", model=f"m{n}", score=f"s{n}") for n in range(4))
GROUPS = 6


def scored(folder: Path, name: str = "scored", **more: object) -> Files:
    """Six groups in two languages: high scores in the one, low ones in the other."""
    path = folder / f"{name}.jsonl"
    rows = [
        {"prompt": f"{name} {language} {group}", "language": language, "g": f"{name}{group}"}
        | {f"a{n}": f"Antwort {n} auf {group}." for n in range(4)}
        | {f"s{n}": score for n, score in enumerate(scores)}
        for group in range(GROUPS)
        for language, scores in (("de", HIGH), ("fr", LOW))
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return Files(str(path), Fields("prompt", ANSWERS, language="language", group="g"), name, "1", "cc0-1.0", **more)


def builder(*sources: Files, **more: object) -> Builder:
    settings = {
        **{"sources": sources, "mixtures": (Mixture("all"),), "prompts": Prompts(near_duplicates=None)},
        **{"split": Split(test=0), "filters": ()},
    }
    return Builder("pools", "1.0.0", **settings | more)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(pool, "BUCKET_BYTES", 300)
    with Store(tmp_path / "store", "pools") as one:
        yield one


def rejected_scores(built: Built) -> dict[str, set[tuple[float, float]]]:
    """Language -> (chosen score, rejected score) of all pairs."""
    scores: dict[str, set[tuple[float, float]]] = {}
    for path in built.pair.parts("pairs"):
        for one in pq.read_table(path).to_pylist():
            scores.setdefault(one["language"], set()).add((one["chosen_score"], one["rejected_score"]))
    return scores


def run(one: Builder, store: Store) -> Built:
    built = run_builder(one, store, Local(1), quiet=True)
    assert len(built.pair.parts("pairs")) > 4, "the languages of a prompt lie in several buckets"
    assert not_conserved(built.funnel) == []
    return built


@pytest.mark.slow
def test_the_scores_of_all_languages_of_a_prompt_are_one_pool(tmp_path: Path, store: Store) -> None:
    files = scored(tmp_path)
    own = run(builder(files, pairs=PairRule("first_quartile")), store)
    pooled = run(builder(files, pairs=PairRule("first_quartile", pool="group")), store)
    # Of 0, 8, 9, 10 the quartile is 6; of 1, 2, 3, 4, and of all eight, it is 1.75.
    assert rejected_scores(own) == {"de": {(10, 8)}, "fr": {(4, 2)}}
    assert rejected_scores(pooled) == {"de": {(10, 0)}, "fr": {(4, 2)}}
    assert pooled.funnel == own.funnel
    # Without a pool there is nothing of one, and a rule that says so is the same.
    assert not own.pair.parts("pools") and not own.pair.parts("points")
    assert run(builder(files, pairs=PairRule("first_quartile", pool="prompt")), store).pair.path == own.pair.path
    assert points_of(own.pair, PairRule("first_quartile"), 0, pq.read_table(own.pair.parts("pairs")[0])) is None


@pytest.mark.slow
def test_answers_that_no_pair_may_have_are_in_no_pool(tmp_path: Path, store: Store) -> None:
    # Without the worst answer in each language: of 2, 3, 4, 8, 9, 10 the quartile is 3.25.
    filters = (RegexCheck("third", "^Antwort 3", roles=("chosen", "rejected")),)
    pooled = run(builder(scored(tmp_path), pairs=PairRule("first_quartile", pool="group"), filters=filters), store)
    assert rejected_scores(pooled) == {"de": {(10, 8)}, "fr": {(4, 3)}}


def test_scores_that_are_compared_within_a_row_are_in_no_pool(tmp_path: Path) -> None:
    pooled, files = PairRule("first_quartile", pool="group"), scored(tmp_path)
    ranked = replace(files, fields=replace(files.fields, occasion="=row"))
    with pytest.raises(
        UserError, match=r"scores of source 'scored' are compared within a row only \(occasion='=row'\)"
    ):
        builder(ranked, pairs=pooled)
    # Whose scores count is somebody else.
    assert builder(ranked, pairs=pooled, rater=RelevanceRater()) and builder(
        ranked, pairs=replace(pooled, pool="prompt")
    )


@pytest.mark.slow
def test_a_pool_is_of_the_prompts_of_its_own_way(tmp_path: Path, store: Store) -> None:
    rule = PairRule("first_quartile", pool="group")
    judged = source(tmp_path, "judged", [row("Warum?", "Ja.", "Nein."), row("Wieso?", "Ja.", "Nie.")])
    one, other = scored(tmp_path, pairs=rule), scored(tmp_path, "more", pairs=replace(rule, rule="mean_minus_2sd"))
    built = run(builder(judged, one, other), store)
    # Of the same eight scores, mean 4.625 less twice 3.603 is -2.58, nearest to the lowest of each language.
    assert rejected_scores(built) == {"de": {(10, 0), (None, None)}, "fr": {(4, 2), (4, 1)}}

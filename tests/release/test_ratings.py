"""The config of ratings in a built dataset: all scores, aspects and words, beside the pairs and in their splits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

import polypref
from polypref import schema
from polypref.errors import UserError
from polypref.layouts.sources import Answer, Fields, Files
from polypref.raters.given import SourceRater
from polypref.release import ratings
from polypref.release.facts import OTHER
from polypref.release.folder import altered, read_provenance
from polypref.release.ratings import ratings_configs
from polypref.stages.balance import Mixture
from polypref.stages.equation import not_conserved
from polypref.stages.pair import PairRule

from . import test_people
from .rated import builder, pairs_of, ratings_of, rows, written


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rated")
    return written(folder / "out", builder(folder, [*rows(), *rows(4, language="de")]))


def test_every_answer_has_every_score_with_aspects_and_words(built: Path) -> None:
    there = ratings_of(built)
    text = lambda row: row["completion"][0]["content"]  # noqa: E731
    of_one = [row for row in there if text(row) == "The reply to 3 in en is 1 here."]
    assert sorted(row["rater"] for row in of_one) == ["combined", "source", "warmth"]
    source = next(row for row in of_one if row["rater"] == "source")
    assert (source["score"], source["rationale"], source["model"], source["language"]) == (5.0, None, "m1", "en")
    # 1 * 1 + 0.5 * 8: the numbers are kept as aspects.
    assert source["aspects"] == [{"aspect": "clear", "score": 1.0}, {"aspect": "kind", "score": 8.0}]
    warmth = next(row for row in of_one if row["rater"] == "warmth")
    assert (warmth["score"], warmth["rater_revision"], warmth["rationale"]) == (2.0, "2", "says anna@uni-kassel.de")
    assert warmth["aspects"] == [{"aspect": "warm", "score": 1.0}, {"aspect": "brief", "score": 1.0}]
    # 3 answers to 6 and to 4 prompts, by three raters; the answer in the middle is in no pair.
    assert len(there) == 3 * 3 * (6 + 4)
    chosen = {row[f"{side}_id"] for row in pairs_of(built) for side in ("chosen", "rejected")}
    assert Counter(text(row).split()[-2] for row in there if row["completion_id"] not in chosen) == {"1": 30}
    assert {(row["verdict"], row["compared_with"], row["not_chosen"]) for row in there} == {(None, None, None)}


def test_prompts_are_in_the_split_of_their_pairs_and_in_their_order(built: Path) -> None:
    of_pairs = {row["prompt_id"]: (row["split"], row["prompt"]) for row in pairs_of(built)}
    assert {row["prompt_id"]: (row["split"], row["prompt"]) for row in ratings_of(built)} == of_pairs
    assert {split for split, _ in of_pairs.values()} == {"train", "test"}
    in_order = dict.fromkeys(row["prompt_id"] for row in ratings_of(built) if row["language"] == "de")
    ranked = [row["prompt_id"] for row in pairs_of(built) if row["language"] == "de"]
    assert list(in_order) == ranked


def test_provenance_and_card_say_what_is_there(built: Path) -> None:
    record = read_provenance(built)
    part = record.ratings
    assert part is not None and altered(built, record) is None
    assert {name: facts.rows for name, facts in part.files.items()} == Counter(
        f"data/ratings/{row['language']}/{row['split']}-00000000-00004999.parquet" for row in ratings_of(built)
    )
    facts = {(one.language, one.rater): one for one in part.facts}
    source = facts["en", "source"]
    # 0 + 4.5 to 2 + 3.5.
    assert (source.answers, source.scores, source.lowest, source.highest) == (18, 18, 4.5, 5.5)
    assert (source.aspects, facts["de", "warmth"].rationales) == (["clear", "kind"], 12)
    # The middle model is in no pair, and its licence is said all the same.
    assert [(one.model, one.licence) for one in part.models] == [("m1", "cc0-1.0")]
    assert not_conserved(part.funnel) == [] and not {row.reason for row in part.funnel} - {""}
    card = (built / "README.md").read_text("utf-8")
    configs = {one["config_name"]: one for one in yaml.safe_load(card.split("---")[1])["configs"]}
    assert list(configs) == ["all", "all-de", "all-en", "ratings", "ratings-de", "ratings-en"]
    assert [one["split"] for one in configs["ratings"]["data_files"]] == ["train", "test"]
    assert "### All ratings" in card and "| warmth | 30 | 30 | 0 | 4 | brief, warm | 0 | 30 |" in card


def test_the_config_loads(built: Path) -> None:
    dataset = polypref.load(built)
    loaded = dataset.load("ratings-de", split="train")
    assert loaded.column_names == schema.RELEASED_RATINGS.names
    assert len(loaded) == sum((row["language"], row["split"]) == ("de", "train") for row in ratings_of(built))
    with pytest.raises(UserError, match="has no config 'ratings-fr'"):
        dataset.load("ratings-fr")
    with pytest.raises(UserError, match="has no config 'ratings'"):
        dataset.export("jsonl", config="ratings")


def test_the_same_build_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    again = written(tmp_path / "out", builder(tmp_path, [*rows(), *rows(4, language="de")]))
    part, other = read_provenance(built).ratings, read_provenance(again).ratings
    assert part is not None and other is not None and part.files == other.files


@pytest.mark.slow
def test_many_prompts_are_several_files_cut_by_rank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = written(tmp_path / "whole", builder(tmp_path / "a"))
    monkeypatch.setattr(ratings, "RANKS_PER_FILE", 2)
    cut = written(tmp_path / "cut", builder(tmp_path / "b"))
    part = read_provenance(cut).ratings
    train = sum(row["split"] == "train" for row in pairs_of(cut))
    assert part is not None and f"data/ratings/en/train-{2:08d}-{3:08d}.parquet" in part.files
    assert sum("/train-" in name for name in part.files) == -(-train // 2)
    assert ratings_of(cut) == ratings_of(whole)


def test_nothing_is_published_that_nobody_asked_for(tmp_path: Path) -> None:
    out = written(tmp_path / "out", builder(tmp_path, ratings=False))
    assert not (out / "data" / "ratings").exists() and read_provenance(out).ratings is None
    assert "ratings" not in (out / "provenance.json").read_text("utf-8")


def test_pairs_are_as_they_are_without_ratings(built: Path, tmp_path: Path) -> None:
    out = written(tmp_path / "out", builder(tmp_path, [*rows(), *rows(4, language="de")], ratings=False))
    assert read_provenance(out).files == read_provenance(built).files


def judged(join: str = "each", **more: object) -> tuple[list[dict], dict]:
    """Votes of seven people on six questions, and of an eighth who sees ties alone."""
    verdict = replace(test_people.EACH, join=join, tie=("T",), rationale="why")
    votes = [row | {"why": f"{row['who']} thinks so"} for row in test_people.judged(6)]
    ties = [row | {"who": "Jane Doe", "w": "T", "why": "alike"} for row in test_people.judged(2, ("Jane Doe",))]
    return [*votes, *ties], {"verdict": verdict, **more}


def voted(folder: Path, join: str = "each", **more: object) -> Path:
    votes, fields = judged(join)
    declared = test_people.builder(folder / "rows.jsonl", votes, **fields)
    test_people.written(folder / "out", replace(declared, ratings=True, **more))
    return folder / "out"


def test_a_verdict_is_a_row_of_each_of_its_answers(tmp_path: Path) -> None:
    there = ratings_of(voted(tmp_path))
    # 7 votes on 6 questions and 2 ties.
    assert Counter(row["verdict"] for row in there) == {"better": 42, "worse": 42, "tie": 4}
    assert {row["score"] for row in there} == {None}
    for row in there:
        other = [
            one
            for one in there
            if (one["completion_id"], one["rationale"]) == (row["compared_with"], row["rationale"])
            and one["compared_with"] == row["completion_id"]
        ]
        assert [one["verdict"] for one in other] == [
            {"better": "worse", "worse": "better", "tie": "tie"}[row["verdict"]]
        ]
    assert {row["rationale"] for row in there if row["verdict"] == "tie"} == {"alike"}


def test_who_has_no_pair_is_among_others_who_are_five(tmp_path: Path) -> None:
    out = voted(tmp_path)
    there = ratings_of(out)
    named = Counter(row["annotator"] for row in there)
    # Jane Doe has no pair: beside her five of the seven are not told apart, who are `other` in the pairs.
    assert named.pop(OTHER) == 2 * (2 + 5 * 6) and list(named.values()) == [12, 12]
    assert Counter(row["annotator"] for row in pairs_of(out)) == {OTHER: 5 * 6} | dict.fromkeys(named, 6)


def test_nothing_of_people_is_published_where_that_is_declared(tmp_path: Path) -> None:
    there = ratings_of(voted(tmp_path, people="none"))
    assert len(there) == 88 and "annotator" not in there[0] and {row["rationale"] for row in there} == {None}


def test_votes_that_are_joined_are_nobodys(tmp_path: Path) -> None:
    out = voted(tmp_path, "majority")
    assert len(pairs_of(out)) == 6 and len(ratings_of(out)) == 88 and "annotator" not in ratings_of(out)[0]


def test_a_mixture_of_the_name_is_refused(tmp_path: Path) -> None:
    for name in ("ratings", "Ratings-de"):
        with pytest.raises(UserError, match=f"config '{name}' would be both part of the config of all ratings and"):
            builder(tmp_path, mixtures=(Mixture("all"), Mixture(name)))
    assert builder(tmp_path, mixtures=(Mixture("ratings"),), ratings=False).ratings is False


def test_labels_kept_unpaired_have_no_ratings(tmp_path: Path) -> None:
    fields = Fields("q", (Answer("t", score="up", score_labels={True: 1, False: 0}),), language="=en")
    source = Files(str(tmp_path / "rows.jsonl"), fields, "rows", "1", "cc0-1.0")
    with pytest.raises(UserError, match=r"Builder\(ratings=True\) goes with pairs alone"):
        builder(tmp_path, [], sources=(source,), rater=SourceRater(), pairs=PairRule("unpaired"))


def test_configs_are_of_all_languages_and_of_each() -> None:
    paths = [
        f"data/ratings/{tag}/{split}-00000000-00004999.parquet" for tag in ("de", "ja") for split in ("test", "train")
    ]
    assert [
        (one.config_name, [(part.split, part.path) for part in one.data_files]) for one in ratings_configs(paths)
    ] == [
        ("ratings", [("train", [paths[1], paths[3]]), ("test", [paths[0], paths[2]])]),
        ("ratings-de", [("train", [paths[1]]), ("test", [paths[0]])]),
        ("ratings-ja", [("train", [paths[3]]), ("test", [paths[2]])]),
    ]


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    out = written(tmp_path / "out", builder(tmp_path))
    (name, *_) = (read_provenance(out).ratings or pytest.fail("no ratings")).files
    table = pq.read_table(out / name)
    pq.write_table(table.slice(0, 1), out / name)
    with pytest.raises(UserError, match="was changed since the build"):
        read_provenance(out)


def test_whole_turns_are_json(tmp_path: Path) -> None:
    tools = replace(builder(tmp_path).sources[0].fields, thoughts="cut")
    source = replace(builder(tmp_path).sources[0], fields=tools)
    out = written(tmp_path / "out", builder(tmp_path, sources=(source,)))
    part = read_provenance(out).ratings
    assert part is not None
    form = pq.read_schema(out / next(iter(part.files)))
    assert form.equals(schema.RELEASED_RATINGS_WITH_TURNS)
    assert {row["completion"][0] for row in ratings_of(out)} >= {
        '{"role": "assistant", "content": "The reply to 0 in en is 0 here."}'
    }

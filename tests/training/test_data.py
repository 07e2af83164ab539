"""The dataset that is trained on: which state of it, which splits, which languages."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from polypref.errors import UserError
from polypref.training import data

from . import tiny


def test_a_config_or_split_that_is_not_there_is_said_with_those_that_are(tmp_path):
    folder = Path(tiny.dataset(tmp_path / "data", {"he": 3, "el": 3}))
    (folder / "data" / "test-0.parquet").unlink()
    files = [{"split": "train", "path": "data/train-0.parquet"}]
    configs = [{"config_name": name, "data_files": files} for name in ("all", "he")]
    (folder / "README.md").write_text(f"---\nconfigs: {json.dumps(configs)}\n---\n")
    place = data.find_dataset(str(folder), "all", None)
    assert len(data.load_rows(place, "train")) == 6
    cases = [
        ("alll", "train", data.TRAINED_ON, " has no config 'alll'; did you mean all? it has all, he; name one as"),
        (
            "all",
            "tran",
            data.TRAINED_ON,
            ", config all has no split 'tran'; did you mean train? it has train; name one",
        ),
        (
            "all",
            "test",
            data.EVALUATED_ON,
            ", config all has no split 'test'; it has train; to train without evaluation, ",
        ),
        (None, "train", data.TRAINED_ON, " has several configs (all, he); name one as dataset_config"),
    ]
    for config, split, keys, says in cases:
        with pytest.raises(UserError, match=re.escape(f"dataset {folder}{says}")) as caught:
            data.load_rows(replace(place, config=config), split, keys)
        for option in ("--eval_strategy no", "--test 0.1 of polypref build pairs", "Split(test=0.1) in a script"):
            assert (option in str(caught.value)) == (split == "test")


def test_a_dataset_that_can_be_nowhere_is_said_without_asking_the_hub(tmp_path):
    for name in ("nope", "build/loop/nope", "./nope"):
        with pytest.raises(UserError, match=f"^no dataset {name}: no folder here, and no ORG/NAME of one on the Hub; "):
            data.check_dataset_name(name)
    data.check_dataset_name(str(tmp_path))
    data.check_dataset_name("org/name")
    file = tmp_path / "pairs.jsonl"
    file.write_text("{}")
    with pytest.raises(
        UserError, match=rf"^dataset_name is {file}, a file; .*polypref build pairs --source {file} --out"
    ):
        data.check_dataset_name(str(file))


def test_languages_to_evaluate_on_are_those_that_have_rows():
    assert data.evaluated_languages(["ar", "ja", "uk"], ["ja", "he"], ["ar"], "d") == ["ar", "ja"]
    with pytest.raises(UserError, match="d has no rows of el, held out to be evaluated; it has ar, ja"):
        data.evaluated_languages(["ar", "ja"], ["ja"], ["el"], "d")
    with pytest.raises(UserError, match="d has no rows of he to evaluate on; it has ar, ja"):
        data.evaluated_languages(["ar", "ja"], ["he"], [], "d")


def test_a_folder_is_known_by_its_tables_and_its_card(tmp_path):
    (tmp_path / "data" / "he").mkdir(parents=True)
    (tmp_path / "data" / "he" / "train.parquet").write_bytes(b"rows")
    (tmp_path / "README.md").write_text("card", "utf-8")

    def digest() -> str:
        return data.find_dataset(str(tmp_path), None, None).digest

    first = digest()
    (tmp_path / ".polypref" / "pair").mkdir(parents=True)
    for name in ("notes.txt", ".polypref/pair/pairs.parquet", ".polypref/README.md", "data/he/train.parquet.tmp"):
        (tmp_path / name).write_text("what is no part of the dataset", "utf-8")
    assert digest() == first
    (tmp_path / "README.md").write_text("Card", "utf-8")
    second = digest()
    (tmp_path / "README.md").write_text("card", "utf-8")
    assert digest() == first != second
    (tmp_path / "data" / "he" / "train.parquet").rename(tmp_path / "data" / "he" / "test.parquet")
    assert digest() not in (first, second)

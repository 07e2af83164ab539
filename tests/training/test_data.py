"""Quotas of languages, and the order of rows."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.training import data

from . import tiny

COUNTS = st.dictionaries(st.sampled_from(["ar", "de", "el", "he", "ja", "uk"]), st.integers(1, 500), min_size=1)


def test_quotas_by_hand():
    counts = {"ar": 100, "ja": 25}
    assert data.quotas(counts) == counts
    # Square roots 10 and 5: two to one, as many as Arabic's... Japanese's 25 rows allow.
    assert data.quotas(counts, temperature=2) == {"ar": 50, "ja": 25}
    assert data.quotas(counts, weights={"ar": 1, "ja": 4}) == {"ar": 6, "ja": 25}
    assert data.quotas(counts, weights={"ar": 1, "ja": 1}, total=80) == {"ar": 40, "ja": 40}
    with pytest.raises(UserError, match="ja is weighted or trained on, but not both"):
        data.quotas(counts, weights={"ar": 1})
    with pytest.raises(UserError, match="no row of ja"):
        data.quotas(counts, weights={"ar": 99, "ja": 1}, total=10)


@given(COUNTS, st.floats(1, 20))
def test_a_temperature_repeats_no_row_and_keeps_the_order_of_languages(counts, temperature):
    taken = data.quotas(counts, temperature=temperature)
    assert all(1 <= taken[tag] <= counts[tag] for tag in counts)
    ranked = sorted(counts, key=counts.__getitem__)
    assert [taken[tag] for tag in ranked] == sorted(taken.values())


@given(COUNTS, st.integers(0, 9))
def test_arranged_rows_are_mixed_by_the_seed_and_quotas_are_nested(counts, seed):
    tags = [tag for tag, n in counts.items() for _ in range(n)]
    rows = data.rows_by_language(tags)
    order = data.arrange(rows, counts, seed)
    assert sorted(order) == list(range(len(tags))) and order == data.arrange(rows, counts, seed)
    half = {tag: (n + 1) // 2 for tag, n in counts.items()}
    assert set(data.arrange(rows, half, seed)) <= set(order)
    # Without the other languages the same rows are taken.
    tag = min(counts)
    alone = data.arrange({tag: rows[tag]}, {tag: half[tag]}, seed)
    assert set(alone) == {at for at in data.arrange(rows, half, seed) if tags[at] == tag}
    twice = data.arrange(rows, {tag: 2 * counts[tag]}, seed)
    assert sorted(twice) == sorted(2 * rows[tag])


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
        assert ("--eval_strategy no" in str(caught.value)) == (split == "test")


def test_a_dataset_that_can_be_nowhere_is_said_without_asking_the_hub(tmp_path):
    for name in ("nope", "build/loop/nope", "./nope"):
        with pytest.raises(UserError, match=f"^no dataset {name}: no folder here, and no ORG/NAME of one on the Hub; "):
            data.check_dataset_name(name)
    data.check_dataset_name(str(tmp_path))
    data.check_dataset_name("org/name")


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

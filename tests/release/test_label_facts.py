"""Labels counted by file and mixture, and how well length alone tells good answers from bad ones."""

import pyarrow as pa
import pytest

from polypref.files import sql
from polypref.release.label_facts import (
    LabelFacts,
    by_config,
    good_is_longer,
    is_labelled,
    measure_labels,
    one_label_only,
)


def connection(rows):
    con = sql.in_memory()
    table = pa.Table.from_pylist(
        [
            {"filename": f"/x/data/{tag}/{name}.parquet", "language": tag, "label": label,
             "chosen_length": size if label else None, "rejected_length": None if label else size}
            for tag, name, label, size in rows
        ]
    )  # fmt: skip
    con.register("rows", table)
    return con


def test_labels_are_counted_by_file():
    con = connection([("de", "train-0", True, 1), ("de", "train-0", False, 1), ("de", "test-0", True, 1)])
    assert measure_labels(con) == [
        LabelFacts("data/de/test-0.parquet", 1, 0),
        LabelFacts("data/de/train-0.parquet", 1, 1),
    ]


def test_pairs_have_no_labels():
    con = sql.in_memory()
    con.register("rows", pa.table({"chosen": ["a"]}))
    assert not is_labelled(con) and measure_labels(con) == []


@pytest.mark.parametrize(
    ("good", "bad", "share"),
    # Of the couples: 5>1, 5>4, 2>1, not 2>4; equal lengths are half; one label alone says nothing.
    [([5, 2], [1, 4], 0.75), ([3], [3, 1], 0.75), ([3, 3], [3, 3], 0.5), ([1], [2], 0.0), ([7, 8], [], 0.5)],
)
def test_how_often_the_good_answer_is_the_longer_one(good, bad, share):
    con = connection([("de", "t", label, size) for label, some in ((True, good), (False, bad)) for size in some])
    assert good_is_longer(con) == {"de": share}


def test_a_mixture_with_one_label_in_a_language_is_named():
    labels = [LabelFacts(f"data/{tag}/train-{n}.parquet", *both) for tag, n, both in
              (("de", 0, (2, 1)), ("de", 1, (3, 0)), ("fr", 0, (4, 0)), ("ja", 0, (0, 2)))]  # fmt: skip
    files = {"all": [one.file for one in labels], "little": ["data/de/train-1.parquet"]}
    counted = by_config(labels, files)
    assert counted == {"all": {"de": (5, 1), "fr": (4, 0), "ja": (0, 2)}, "little": {"de": (3, 0)}}
    assert one_label_only(counted) == [
        "all: all labels are true in fr: nothing there is told apart",
        "all: all labels are false in ja: nothing there is told apart",
        "little: all labels are true in de: nothing there is told apart",
    ]

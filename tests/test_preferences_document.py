"""docs/preferences.md: every row that it shows, declared as it says, makes the pairs that it shows."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import polypref
from polypref import SourceRater, Split
from polypref.layouts.sources import Fields
from polypref.stages.pair import PairRule
from tests import unpaired
from tests.stages.builds import built

PAGE = (Path(__file__).parents[1] / "docs" / "preferences.md").read_text("utf-8")
BLOCKS = re.findall(r"(?ms)^```(json|python|text)\n(.*?)^```", PAGE)
FIRST, EVERY = BLOCKS[0][1], list(zip(BLOCKS[1::3], BLOCKS[2::3], BLOCKS[3::3], strict=True))
# The last are labels that are kept unpaired.
SHOWN, UNPAIRED = EVERY[:-1], EVERY[-1]


@pytest.mark.parametrize(("rows", "declared", "pairs"), SHOWN, ids=range(len(SHOWN)))
def test_every_row_of_the_page_makes_the_pairs_that_it_shows(rows, declared, pairs):
    assert (rows[0], declared[0], pairs[0]) == ("json", "python", "text")
    names: dict[str, object] = {}
    exec(FIRST, names)
    fields = eval(declared[1], names)
    assert isinstance(fields, Fields)
    judges = list(fields.joins)
    rule = PairRule("given") if judges else PairRule("all_pairs", per_prompt=9)
    outcome = built(json.loads(rows[1]), fields, rule, judges[0] if judges else "source")
    assert sorted(f"{chosen} > {rejected}" for _, chosen, rejected in outcome.pairs) == pairs[1].splitlines()


def test_labels_are_kept_as_the_page_shows_them(tmp_path):
    rows, declared, shown = (text for _, text in UNPAIRED)
    names: dict[str, object] = {}
    exec(FIRST, names)
    fields = replace(eval(declared, names), language="=en")
    builder = unpaired.builder(tmp_path, json.loads(rows), fields=fields, rater=SourceRater(), split=Split(test=0.0))
    (file,) = polypref.build(builder, tmp_path / "built", quiet=True).path.glob("data/*/*.parquet")
    kept = [(str(row["label"]).lower(), row["completion"][0]["content"]) for row in pq.read_table(file).to_pylist()]
    assert sorted(f"{label}: {text}" for label, text in kept) == shown.splitlines()


def test_the_page_shows_every_kind():
    assert len(SHOWN) == 15

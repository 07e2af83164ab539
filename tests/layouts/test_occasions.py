"""Occasions that carry the name of their source, where a build has several."""

import pyarrow as pa
import pytest

from polypref import schema
from polypref.files import sql
from polypref.layouts.occasions import UNNAMED, add_source, given_by, of_sources_only
from polypref.layouts.sources import Answer, Verdict
from tests.layouts.interpreted import item_of

ROW = {"prompt": "Was?", "a": "Dies.", "b": "Das.", "s": 1, "t": 2, "won": "a", "who": "Ada"}
SETTINGS = {
    "answers": (Answer("a", model="=one", score="s"), Answer("b", model="=two", score="t")),
    "verdict": Verdict("people", "won", first=("a",), second=("b",)),
}


def test_a_rows_ratings_and_verdicts_are_of_its_source():
    item = item_of(ROW, **SETTINGS)
    add_source(item, "s")
    assert [one["occasion"] for one in (*item.ratings, *item.verdicts)] == ["s\n"] * 3
    named = item_of(ROW, occasion="who", **SETTINGS)
    (own,) = {one["occasion"] for one in named.ratings}
    add_source(named, "s")
    assert {one["occasion"] for one in (*named.ratings, *named.verdicts)} == {f"s\n{own}"}


RATINGS = pa.Table.from_pylist(
    [
        {
            "prompt_id": "p",
            "completion_id": str(place),
            "rater": "r",
            "rater_revision": "",
            "score": 1.0,
            "occasion": one,
        }
        for place, one in enumerate((None, "a\n", "a\nf00", "b\n", "a b\n", "ab\nf00"))
    ],
    schema.RATINGS,
)


@pytest.mark.parametrize(
    ("sources", "kept"),
    [(["a"], "012"), (["b"], "03"), (["a", "b"], "0123"), (["a b"], "04"), (["ab"], "05"), ([], "0")],
)
def test_what_other_sources_gave_is_left_out_and_what_nobody_gave_stays(sources, kept):
    assert "".join(given_by(RATINGS, sources)["completion_id"].to_pylist()) == kept
    assert given_by(RATINGS.slice(0, 0), sources).num_rows == 0
    if sources:
        with sql.in_memory() as con:
            con.register("given", RATINGS)
            query = f"SELECT completion_id FROM {of_sources_only('given', sources)} ORDER BY 1"
            assert "".join(one for (one,) in con.execute(query).fetchall()) == kept


def test_an_occasion_that_a_source_names_is_told_from_none():
    with sql.in_memory() as con:
        con.register("given", RATINGS)
        rows = con.execute(f"SELECT completion_id FROM given WHERE {UNNAMED} ORDER BY 1").fetchall()
    assert [one for (one,) in rows] == ["0", "1", "3", "4"]
    assert of_sources_only("given", None) == "given"

"""Builds of labels that are kept unpaired: checks, counts, several sources, and the equation over random pools."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import polypref
from polypref import Fields, PairRule, SourceRater, Split, default_chain, schema
from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.pipeline.run import run_builder
from polypref.stages.equation import not_conserved, steps_of
from tests import unpaired, whole_turns
from tests.pipeline.test_equation_of_builds import ANSWERS, PROMPTS

ROW = st.fixed_dictionaries(
    {
        "q": st.sampled_from(PROMPTS),
        "language": st.sampled_from(["de", "de", "fr", "xx"]),
        "text": st.sampled_from(ANSWERS),
        "up": st.sampled_from([True, False, None]),
        "who": st.sampled_from(["x", "y", None]),
    }
)
FIELDS = Fields("q", (unpaired.THUMBS,), language="language", occasion="who")
LAST = [("pair", "labels"), ("filter", "rows"), ("balance", "rows")]


@settings(max_examples=6, deadline=None)  # a whole build each, others in every run
@given(st.lists(ROW, min_size=3, max_size=14), st.sampled_from(["unanimous", "majority"]), st.sampled_from([None, 2]))
def test_no_row_of_a_random_pool_vanishes(rows, join, limit):
    with tempfile.TemporaryDirectory() as folder:
        rule = PairRule("unpaired", join=join)
        more = {"filters": default_chain(), "fields": FIELDS, "max_bad": 1.0}
        builder = unpaired.builder(Path(folder), rows, rule, **more)
        with Store(Path(folder) / "store", "b") as store:
            try:
                funnel = run_builder(builder, store, Local(1), limit, quiet=True).funnel
            except UserError:
                return  # no row is left
    assert not_conserved(funnel) == []
    steps = steps_of(funnel)
    assert steps[0].came == len(rows) and [(one.stage, one.unit) for one in steps[-3:]] == LAST
    assert all(one.unit != "pairs" for one in steps)


def lost_in(funnel, stage, unit):
    return {(row.outcome, row.reason): row.rows for row in funnel if (row.stage, row.unit) == (stage, unit)}


def test_an_answer_that_may_be_rejected_only_stands_as_a_bad_one(tmp_path):
    """English answers to German prompts: the good one falls with its reason, the bad one stays and is flagged."""
    good, english, cut = ANSWERS[0], ANSWERS[2], ANSWERS[3]
    asked = PROMPTS[:3]
    texts = [(asked[0], good, True), (asked[0], english, False), (asked[1], english, True), (asked[2], cut, False)]
    lines = [{"q": q, "text": text, "up": up, "language": "de"} for q, text, up in texts]
    declared = unpaired.builder(tmp_path, lines, filters=default_chain(), split=Split(test=0.0))
    done = polypref.build(declared, tmp_path / "built", quiet=True)
    rows = [row for path in done.path.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert {(row["completion"][0]["content"], row["label"]) for row in rows} == {(good, True), (english, False)}
    assert "language_confusion" in {row["completion"][0]["content"]: row["flags"] for row in rows}[english]
    counts = lost_in(done.funnel, "pair", "labels")
    assert counts["rejected", "language: answer_in_another_language"] == 1
    assert counts["rejected", "truncated_answers: answer_open_fence"] == 1
    assert lost_in(done.funnel, "labels", "prompts")["rejected", "no_row_of_its_labels"] == 2
    assert {one.name for one in done.record.checks}.isdisjoint({"exact_duplicates", "length_ratio", "small_margin"})


@pytest.mark.slow
def test_an_answer_that_no_check_lets_be_good_falls_where_people_call_it_good(tmp_path):
    lines = [
        {"q": PROMPTS[0], "text": ANSWERS[0], "up": True, "language": "de"},
        {"q": PROMPTS[1], "text": ANSWERS[2], "up": False, "language": "de"},
    ]
    declared = unpaired.builder(tmp_path, lines, filters=default_chain(), split=Split(test=0.0))
    before = polypref.build(declared, tmp_path / "before", quiet=True)
    unpaired.reviewed(before.path, tmp_path, lambda text: "good", tags=("de",))
    done = polypref.build(replace(declared, review=str(tmp_path / "review.json")), tmp_path / "after", quiet=True)
    rows = [row for path in done.path.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert [(row["completion"][0]["content"], row["label"]) for row in rows] == [(ANSWERS[0], True)]
    assert lost_in(done.funnel, "filter", "rows")["rejected", "language: answer_in_another_language"] == 1
    assert lost_in(done.funnel, "review", "rows")["kept", ""] == 2 and not_conserved(done.funnel) == []


def test_flags_say_nothing_of_sides(tmp_path):
    line = {"q": PROMPTS[0], "text": "Als KI-Sprachmodell kann ich dazu leider nichts sagen.", "language": "de"}
    lines = [{**line, "up": False}, {**line, "q": PROMPTS[1], "up": True, "text": ANSWERS[1]}]
    declared = unpaired.builder(tmp_path, lines, filters=default_chain(), split=Split(test=0.0))
    done = polypref.build(declared, tmp_path / "built", quiet=True)
    flags = {flag for row in done.record.facts.flags for flag in [row.flag]}
    assert flags and not {flag for flag in flags if flag.startswith(("chosen_", "rejected_"))}


@pytest.mark.slow
def test_labels_of_several_sources_and_people_meet_in_one_dataset(tmp_path):
    """One text that both sources have, labelled alike, is one row; the labels of nobody asked for are counted."""
    lines = unpaired.rows(4)
    first = unpaired.builder(tmp_path / "a", lines)
    second = unpaired.builder(tmp_path / "b", [*lines[:1], {**lines[0], "q": "Wie kocht man Eier richtig hart?"}])
    fields = Fields("q", (replace(unpaired.THUMBS, rater="others"),), language="language")
    (one,), (other,) = first.sources, second.sources
    other = replace(other, name="others", revision="2", fields=fields, rater=SourceRater("others"))
    built = replace(first, sources=(one, other))
    done = polypref.build(built, tmp_path / "built", quiet=True)
    rows = [row for path in done.path.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert len(rows) == 9 and {row["rater"] for row in rows} == {"thumbs", "others"}
    assert lost_in(done.funnel, "pair", "labels")["joined", "merged_same_label_again"] == 1
    assert not_conserved(done.funnel) == []


def test_whose_label_it_is_stands_in_the_rows(tmp_path):
    lines = [{**line, "who": f"person {number % 3}"} for number, line in enumerate(unpaired.rows(6))]
    done = polypref.build(unpaired.builder(tmp_path, lines, fields=FIELDS), tmp_path / "built", quiet=True)
    rows = [row for path in done.path.glob("data/*/*.parquet") for row in pq.read_table(path).to_pylist()]
    assert all(row["occasion"] for row in rows) and "annotator" not in rows[0]
    assert "person" not in json.dumps(rows)


def test_scores_that_are_no_labels_stop_the_build(tmp_path):
    stars = replace(unpaired.THUMBS, score_labels={True: 5, False: 0})
    fields = Fields("q", (stars,), language="language")
    with pytest.raises(UserError, match=r"takes labels, 1 for a good answer and 0 for a bad one"):
        polypref.build(unpaired.builder(tmp_path, fields=fields), tmp_path / "built", quiet=True)


def test_where_nobody_labelled_the_sentence_says_who_did(tmp_path):
    sentence = r"24 prompts no_label: no answer .* by 'nobody'; .* scores by 'thumbs': declare rater=SourceRater"
    with pytest.raises(UserError, match=sentence):
        polypref.build(unpaired.builder(tmp_path, rater=SourceRater("nobody")), tmp_path / "built", quiet=True)


@pytest.mark.slow
def test_whole_turns_have_their_form(tmp_path):
    """A thought and a call, each in a row of its own; the schemas of tools stand beside."""
    called, guessed = whole_turns.ROWS[0], whole_turns.ROWS[1]
    lines = [
        {"q": called["prompt"], "text": called["chosen"], "tools": called["tools"], "up": True},
        {"q": "Wie warm ist es heute?", "text": guessed["chosen"], "tools": None, "up": False},
    ]
    fields = Fields("q", (unpaired.THUMBS,), thoughts="cut", tools="read", tool_schemas="tools", language="=de")
    declared = unpaired.builder(tmp_path, lines, fields=fields, split=Split(test=0.0))
    (file,) = polypref.build(declared, tmp_path / "built", quiet=True).path.glob("data/*/*.parquet")
    assert pq.read_schema(file) == schema.UNPAIRED_WITH_TURNS
    rows = {row["label"]: row for row in pq.read_table(file).to_pylist()}
    assert "tool_calls" in json.loads(rows[True]["completion"][0]) and len(rows[True]["tools"]) == 1
    assert json.loads(rows[False]["completion"][0])["thinking"].startswith("Das Werkzeug sagt 21 Grad")
    assert rows[False]["tools"] is None


def test_a_mixture_that_cannot_be_filled_speaks_of_rows(tmp_path: Path) -> None:
    mixture = polypref.Mixture("many", per_language=9, shortage="error")
    declared = unpaired.builder(tmp_path, unpaired.rows(3), mixtures=(mixture,), split=Split(test=0.0))
    with pytest.raises(polypref.UserError) as error:
        polypref.build(declared, tmp_path / "built", quiet=True)
    assert "mixture 'many' cannot be filled: de 3 of 9, fr 3 of 9 training rows; " in str(error.value)
    assert "pair" not in str(error.value)


def test_a_mixture_whose_rows_are_all_in_test_speaks_of_rows(tmp_path: Path) -> None:
    declared = unpaired.builder(tmp_path, unpaired.rows(1)[:1], split=Split(test=0.99))
    with pytest.raises(polypref.UserError, match=r"the only row of its languages \(de\) is in the test split"):
        polypref.build(declared, tmp_path / "built", quiet=True)

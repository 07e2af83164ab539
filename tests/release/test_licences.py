"""Under which licence a whole may be published: the table, its pairs, and what follows for any set of parts."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref.files.records import decode
from polypref.release import licences
from polypref.release.licences import Combination, decide_licence, kinds, named_parts
from polypref.release.provenance import Provenance
from tests import strangers
from tests.hub.cards import LICENSES

TABLE = licences._table()
OPEN = sorted(name for name, row in kinds().items() if row.kind != "closed")
CLOSED = sorted(name for name, row in kinds().items() if row.kind == "closed")
any_licence = st.sampled_from([*OPEN, *CLOSED, "unknown", "my-own"])


def parts(*ids: str) -> dict[str, str]:
    return {f"source s{number}": one for number, one in enumerate(ids)}


@pytest.mark.parametrize("table", ["licence", "combination"])
def test_every_line_says_where_it_stands(table):
    for row in getattr(TABLE, table):
        assert len(row.source) > 10, row
    for row in TABLE.licence:
        assert row.source.startswith("https://"), row
        assert row.kind != "closed" or row.why, row


def test_every_combination_is_a_whole_or_a_conflict_with_a_reason():
    known = {row.kind for row in kinds().values()} - {"closed"}
    seen = set()
    for row in TABLE.combination:
        assert len(row.kinds) == 2 and set(row.kinds) <= known and frozenset(row.kinds) not in seen, row
        seen.add(frozenset(row.kinds))
        assert row.conflict == (row.whole is None) and row.whole in (*row.kinds, None), row
        assert not row.conflict or row.why != Combination.why, "a conflict says why"
    assert {row.kind for row in TABLE.publish} == known


def test_no_id_stands_in_two_lines():
    ids = [one for row in TABLE.licence for one in row.ids]
    assert len(ids) == len(set(ids)) and all(one == one.lower() for one in ids)


@pytest.mark.parametrize("one", OPEN)
def test_a_single_licence_is_the_licence_of_the_whole_and_one_that_the_hub_knows(one):
    decision = decide_licence(parts(one, one))
    assert decision.problems == () and decision.licence in LICENSES
    assert decision.licence == TABLE.hub.get(one, one)


@pytest.mark.parametrize("one", CLOSED)
def test_a_closed_licence_stops_with_name_reason_and_source(one):
    decision = decide_licence({"model big": one, "source mine": "cc0-1.0"})
    assert decision.licence is None
    (problem,) = decision.problems
    assert problem.startswith(f"model big is under {one}: ") and "https://" in problem and "mine" not in problem


@pytest.mark.parametrize("one", ["unknown", ""])
def test_an_unknown_licence_stops(one):
    assert decide_licence({"source a": one, "source b": "mit"}).problems == ("source a has no known licence",)
    assert decide_licence({"source a": one, "source b": one}).problems == ("source a, source b have no known licence",)


@pytest.mark.parametrize("word", ["none", "N/A", "nan", "not stated", "unknown", ""])
def test_words_for_no_licence_are_none_and_the_sentence_names_only_what_lacks_one(word):
    decision = decide_licence({"translator t": word, "source b": "mit"})
    assert decision.problems == ("translator t has no known licence",)
    sentence = licences.unstated_licences(decision)
    assert (
        sentence.startswith("not stated for translator t: ")
        and "state a translator's by licence= of its model" in sentence
    )
    assert "--answer-licence" not in sentence and "source b" not in sentence
    assert licences.unstated_licences(decide_licence({"source b": "my-own"})) == ""


def test_the_spellings_that_are_offered_are_those_of_the_table():
    assert all(decide_licence({"source x": one}).licence for one in licences.spellings())
    assert {"mit", "apache-2.0", "cc-by-4.0", "cc-by-sa-4.0"} <= set(licences.spellings())


def test_a_licence_that_is_not_in_the_table_stops():
    (problem,) = decide_licence({"source a": "my-own", "source b": "mit"}).problems
    assert problem == "source a is under 'my-own', which the table of licences does not have"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Apache 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("CC BY-SA 4.0", "cc-by-sa-4.0"),
        ("CC BY 4", "cc-by-4.0"),
        ("CC0", "cc0-1.0"),
        ("MIT License", "mit"),
        ("BY-NC 4.0", "cc-by-nc-4.0"),
        ("cc-by-9.0", ""),  # another version is another licence
        ("mine", ""),
    ],
)
def test_an_accepted_spelling_is_offered(name, meant):
    assert licences.meant_licence(name) == meant
    (problem,) = licences.decide_licence({"source x": name}).problems
    assert problem.endswith(f"; did you mean {meant}?" if meant else "does not have")


def test_nothing_at_all_has_no_licence():
    assert (decide_licence({}).licence, decide_licence({}).problems) == (None, ("nothing here has a licence",))


@pytest.mark.parametrize(
    ("ids", "whole"),
    [
        # Two permissive licences: the table's choice, since neither text is that of the whole.
        (("mit", "apache-2.0"), "apache-2.0"),
        (("cc0-1.0", "cc-by-4.0"), "cc-by-4.0"),
        (("mit", "cc-by-3.0"), "cc-by-3.0"),
        (("apache-2.0", "cc-by-4.0", "cc-by-sa-4.0"), "cc-by-sa-4.0"),
        (("cc-by-sa-3.0", "cc-by-sa-4.0"), "cc-by-sa-4.0"),
        (("cc-by-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0"), "cc-by-nc-sa-4.0"),
        (("odc-by", "apache-2.0"), "odc-by"),
        (("odc-by-1.0", "cc-by-4.0"), "cc-by-4.0"),
        (("llama3.3", "apache-2.0"), "llama3.3"),
    ],
)
def test_combinations_read_off_the_licences(ids, whole):
    assert decide_licence(parts(*ids)).licence == whole


def test_share_alike_with_noncommercial_is_a_conflict_that_names_both_sides():
    decision = decide_licence({"source wiki": "cc-by-sa-4.0", "model aya": "cc-by-nc-4.0", "source free": "mit"})
    assert decision.licence is None
    assert decision.problems == (
        "cc-by-nc-4.0 (model aya) and cc-by-sa-4.0 (source wiki) conflict: "
        "BY-SA asks that commercial use be allowed, BY-NC that it not be",
    )


@pytest.mark.parametrize(
    "ids", [("cc-by-sa-4.0", "cc-by-nc-sa-4.0"), ("cc-by-sa-4.0", "odbl"), ("cc-by-nc-4.0", "llama3.1")]
)
def test_kinds_that_nothing_lets_combine_conflict(ids):
    assert "conflict" in decide_licence(parts(*ids)).problems[0]


def test_several_licences_of_one_part_all_hold():
    decision = decide_licence({"source a": "mit AND CC-BY-SA-4.0", "source b": "cc-by-nc-4.0"})
    assert decision.licence is None and "cc-by-sa-4.0 (source a)" in decision.problems[0]
    assert decide_licence({"source a": "mit AND CC-BY-SA-4.0"}).licence == "cc-by-sa-4.0"


def test_many_names_are_shortened():
    (problem,) = decide_licence({f"source s{number}": "unknown" for number in range(9)}).problems
    assert problem == "source s0, source s1, source s2, source s3, source s4 and 4 more have no known licence"


def test_every_two_kinds_combine_to_the_same_whichever_comes_first():
    for one, other in combinations(OPEN, 2):
        forth, back = decide_licence({"x": one, "y": other}), decide_licence({"x": other, "y": one})
        assert (forth.licence, len(forth.problems)) == (back.licence, len(back.problems)), (one, other)


@given(st.lists(any_licence, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(ids: list[str], draw: random.Random):
    named = list(parts(*ids).items())
    shuffled = named[:]
    draw.shuffle(shuffled)
    assert decide_licence(dict(named)) == decide_licence(dict(shuffled))


@given(st.lists(any_licence, min_size=1, max_size=8))
def test_what_counts_of_a_licence_is_its_kind(ids: list[str]):
    """Another id of the same kind, which sorts elsewhere, never changes whether the whole may be published."""
    groups: dict[str, list[str]] = {}
    for name, row in sorted(kinds().items()):
        groups.setdefault(row.kind, []).append(name)
    others = [groups[kinds()[one].kind][-1] if one in kinds() else one for one in ids]
    assert (decide_licence(parts(*ids)).licence is None) == (decide_licence(parts(*others)).licence is None)


@given(st.lists(any_licence, min_size=1, max_size=7), any_licence)
def test_adding_a_part_never_makes_the_unpublishable_publishable(ids: list[str], more: str):
    if decide_licence(parts(*ids)).licence is None:
        assert decide_licence(parts(*ids, more)).licence is None


@given(st.lists(any_licence, min_size=1, max_size=8))
def test_a_licence_or_a_problem_never_both_never_neither(ids: list[str]):
    decision = decide_licence(parts(*ids))
    assert (decision.licence is None) == bool(decision.problems)
    assert decision.licence is None or decision.licence in LICENSES


def test_named_parts_of_a_provenance_say_how_much_there_is_and_lose_no_licence():
    parts = {
        # One name, two revisions, two licences: both must count.
        "sources": [
            {"name": "chat", "revision": "1", "licence": "mit", "rows": 1200},
            {"name": "chat", "revision": "2", "licence": "cc-by-sa-4.0", "rows": 3},
        ],
        "models": [
            {"model": "org/m", "revision": "abc", "licence": "apache-2.0"},
            {"model": "org/m", "revision": "unknown", "licence": "unknown"},
            # One model, of which two sources say different things.
            {"model": "org/n", "revision": "1", "licence": "gemma"},
            {"model": "org/n", "revision": "1", "licence": "mit"},
        ],
        "translators": [{"name": "nllb", "licence": "cc-by-nc-4.0", "rows": 7}],
    }
    facts = {"languages": {}, "flags": [], "origins": [], "raters": []} | {
        "models": [
            {"model": "org/m", "route": "direct", "chosen": 5, "rejected": 2},
            {"model": "org/m", "route": "translated", "chosen": 0, "rejected": 4},
        ]
    }
    record = decode(Provenance, strangers.minimal(facts=facts, **parts), "no provenance")
    assert named_parts(record) == {
        "source chat@1 (1,200 rows)": "mit",
        "source chat@2 (3 rows)": "cc-by-sa-4.0",
        "model org/m@abc (11 answers)": "apache-2.0",
        "model org/m (11 answers)": "unknown",
        "model org/n@1 (0 answers)": "gemma AND mit",
        "translator nllb (7 rows)": "cc-by-nc-4.0",
    }
    problems = decide_licence(named_parts(record)).problems
    assert "model org/m (11 answers) has no known licence" in problems
    assert any("nllb (7 rows)" in one and "chat@2 (3 rows)" in one for one in problems)

"""What a dataset publishes of who judged: pseudonyms where each vote is a row, one word for few people, no names."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.atomic import file_digest
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pages.dataset import write_page
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import run_builder
from polypref.raters.combined import Combined
from polypref.raters.feedback import FeedbackRater
from polypref.raters.given import ReferenceRater, SourceRater
from polypref.raters.pairwise import PairwiseJudge
from polypref.release.diff import difference
from polypref.release.facts import OTHER, PeopleFacts
from polypref.release.folder import read_provenance, write_card, write_folder
from polypref.release.people import People, _named, _silent_raters, people_columns, told_apart
from polypref.release.personal_data import mask_folder
from polypref.stages.balance import Split
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts
from tests.conftest import PROSE
from tests.raters.judged import SERVED

TWO = (Answer("a"), Answer("b"))
EACH = Verdict("people", "w", ("A",), ("B",), annotator="who", join="each")
NAMES = ("Ada Lovelace", "Grace Hopper", "Emmy Noether", "Mary Anning", "Rosa Parks", "Ida Rhodes", "Lise Meitner")


def judged(questions: int, names: tuple[str, ...] = NAMES, language: str = "en") -> list[dict[str, Any]]:
    """Every person's vote on every question; the last one votes against all others."""
    return [
        {"language": language, "who": name, "w": "B" if name == names[-1] else "A"}
        | {"q": f"Question {n}?", "a": f"Yes, {n}.", "b": f"No, {n}.", "session": f"{name} on day {n}"}
        for n in range(questions)
        for name in names
    ]


def builder(path: Path, rows: list[dict[str, Any]], **fields: Any) -> Builder:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    declared = Fields("q", TWO, language="language", **{"verdict": EACH} | fields)
    return Builder(
        "votes",
        "1.0.0",
        sources=(Files(str(path), declared, "rows", "1", "cc0-1.0"),),
        rater=SourceRater("people"),
        pairs=PairRule("given"),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.0),
        filters=(),
    )


def written(out: Path, declared: Builder) -> pa.Table:
    with Store(out / ".polypref", declared.name) as store:
        write_folder(run_builder(declared, store, Local(1), quiet=True), out, PROSE, quiet=True)
    record = read_provenance(out)
    return pa.concat_tables([pq.read_table(out / name) for name in sorted(record.files)])


def test_each_vote_is_a_row_with_the_pseudonym_of_whose_it_is(tmp_path: Path) -> None:
    table = written(tmp_path / "out", builder(tmp_path / "rows.jsonl", judged(6)))
    assert table.schema.names == [*schema.PREFERENCES.names, "annotator"]
    people = Counter(table["annotator"].to_pylist())
    assert sorted(people.values()) == [6] * 7 and all(len(name) == 16 for name in people)
    against = {row["annotator"] for row in table.to_pylist() if row["chosen"][0]["content"].startswith("No")}
    assert len(against) == 1 and len(set(table["pair_id"].to_pylist())) == 42
    text = (tmp_path / "out" / "provenance.json").read_text("utf-8") + (tmp_path / "out" / "README.md").read_text()
    assert not any(name in text or pseudonym in text for name in NAMES for pseudonym in people)
    assert "Column `annotator` holds pseudonyms" in text and "Column `occasion`" not in text


def test_few_people_of_a_language_and_people_of_few_rows_are_others(tmp_path: Path) -> None:
    rows = [*judged(6), *judged(6, NAMES[:4], "de"), *judged(1, ("Jane Doe",))]
    table = written(tmp_path / "out", builder(tmp_path / "rows.jsonl", rows)).to_pylist()
    counts = {tag: Counter(row["annotator"] for row in table if row["language"] == tag) for tag in ("en", "de")}
    assert counts["de"] == {OTHER: 24}
    # One person has one row, and is hidden among the four with the next fewest.
    assert counts["en"].pop(OTHER) == 25 and list(counts["en"].values()) == [6, 6, 6]


def test_an_occasion_is_another_text_under_every_prompt(tmp_path: Path) -> None:
    table = written(tmp_path / "out", builder(tmp_path / "rows.jsonl", judged(6), occasion="who")).to_pylist()
    by_prompt = Counter((row["prompt_id"], row["occasion"]) for row in table)
    assert len({occasion for _, occasion in by_prompt}) == len(by_prompt) == 42
    record = read_provenance(tmp_path / "out")
    assert record.facts.people == [PeopleFacts("en", annotators=7, others=0, occasions=42, compared_again=6)]
    card = (tmp_path / "out" / "README.md").read_text("utf-8")
    assert "| language | annotators told apart | rows of `other` |" in card and "| en | 7 | 0 | 42 | 6 |" in card
    assert "until they are five.\nColumn `occasion` says" in card and "every\nprompt.\n\n| language | ann" in card
    page = tmp_path / "page.html"
    write_page(tmp_path / "out", page)
    shown = page.read_text("utf-8")
    assert '<a href="#people">Who judged</a>' in shown and '<h3 id="h-pseudonyms">In the rows</h3>' in shown
    assert not {row["occasion"] for row in table} & {row["annotator"] for row in table}


def test_scores_of_occasions_are_published_with_them(tmp_path: Path) -> None:
    rows = [
        {"language": "en", "q": f"Question {n}?", "t": f"{who} says {s}.", "s": s, "who": who}
        for n in range(3)
        for who in ("x", "y", "")
        for s in (1, 2)
    ]
    fields = {"verdict": None, "answers": (Answer("t", score="s"),), "occasion": "who"}
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = Files(str(path), Fields("q", language="language", **fields), "rows", "1", "cc0-1.0")
    scored = replace(builder(path, rows), sources=(source,), rater=SourceRater(), pairs=PairRule("all_pairs"))
    table = written(tmp_path / "out", scored)
    assert table.schema.names == [*schema.PREFERENCES.names, "occasion"]
    occasions = table["occasion"].to_pylist()
    assert table.num_rows == len(set(occasions)) == 6 and None not in occasions
    assert "Column `annotator`" not in (tmp_path / "out" / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("verdict", "rater", "occasion", "columns"),
    [
        (EACH, SourceRater("people"), None, ("annotator",)),
        (EACH, SourceRater("people"), "session", ("annotator", "occasion")),
        (EACH, SourceRater("people"), "=all", ("annotator",)),
        (EACH, SourceRater("people"), "=row", ("annotator",)),
        (replace(EACH, join="majority"), SourceRater("people"), None, ()),
        (replace(EACH, annotator=None), SourceRater("people"), None, ()),
        (EACH, SourceRater("others"), None, ()),
        (EACH, ReferenceRater(), "session", ()),
    ],
)
def test_columns_are_those_that_the_sources_fill(tmp_path: Path, verdict, rater, occasion, columns) -> None:
    declared = builder(tmp_path / "rows.jsonl", [], verdict=verdict, occasion=occasion)
    assert people_columns(replace(declared, rater=rater)) == columns
    assert people_columns(replace(declared, rater=rater, people="none")) == ()


def test_a_dataset_that_publishes_nothing_of_people_has_the_columns_of_all(tmp_path: Path) -> None:
    declared = builder(tmp_path / "rows.jsonl", judged(6), occasion="who")
    table = written(tmp_path / "out", replace(declared, people="none"))
    assert table.schema.equals(schema.PREFERENCES)


@pytest.mark.slow
def test_a_column_of_people_is_a_minor_change(tmp_path: Path) -> None:
    declared = builder(tmp_path / "rows.jsonl", judged(6))
    written(tmp_path / "old", replace(declared, people="none"))
    written(tmp_path / "new", declared)
    changed = difference(tmp_path / "old", tmp_path / "new")
    assert (changed.bump, changed.sentence()) == ("minor", "column annotator is new")


def test_files_of_one_dataset_have_the_same_columns(tmp_path: Path) -> None:
    out = tmp_path / "out"
    written(out, builder(tmp_path / "rows.jsonl", [*judged(6), *judged(6, language="de")]))
    record = read_provenance(out)
    first, second = sorted(record.files)
    pq.write_table(pq.read_table(out / first).drop_columns("annotator"), out / first)
    facts = replace(record.files[first], sha256=file_digest(out / first), bytes=(out / first).stat().st_size)
    write_card(out, replace(record, files=record.files | {first: facts}), "out")
    with pytest.raises(UserError, match=rf"{second} has other columns than {first}; get the dataset again"):
        read_provenance(out)


def test_people_of_two_sources_are_two_groups(tmp_path: Path) -> None:
    one, few = (tmp_path / name for name in ("one.jsonl", "few.jsonl"))
    declared = builder(one, judged(6), occasion="session")
    asked = [row | {"q": f"Another {row['q']}"} for row in judged(6, NAMES[:3])]
    (other,) = builder(few, asked, occasion="session").sources
    table = written(tmp_path / "out", replace(declared, sources=(*declared.sources, replace(other, name="few"))))
    people: dict[str, set[str]] = {}
    for row in table.to_pylist():
        people.setdefault(row["source"], set()).add(row["annotator"])
    assert people["few@1"] == {OTHER} and len(people["rows@1"]) == 7 and OTHER not in people["rows@1"]
    # A name of a source is no part of an occasion.
    assert {len(occasion) for occasion in table["occasion"].to_pylist()} == {16}


def test_a_source_of_several_that_names_no_occasion_has_none() -> None:
    table = pa.table({"language": ["en"] * 3, "prompt_id": ["p"] * 3, "occasion": ["src\n", "src\nx", None]})
    none, some, nothing = People(("occasion",)).values(table)["occasion"].to_pylist()
    assert none is nothing is None and len(some) == 16


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 12), max_size=14))
@settings(deadline=None)
def test_who_is_told_apart_has_five_rows_and_hides_nobody_alone(rows: dict[str, int]) -> None:
    named = set(told_apart(rows))
    others = set(rows) - named
    in_pairs = {one for one in others if rows[one]}
    assert all(rows[one] >= 5 for one in named)
    # Who has no row of pairs makes up none of the five, and is not alone among all ratings.
    assert not named or not others or len(in_pairs) >= 5
    if rows and min(rows.values()) >= 5 and len(rows) >= 5:
        assert not others


def test_four_people_and_one_without_a_row_of_pairs_are_no_five() -> None:
    assert told_apart({"a": 9, "b": 9, "c": 9, "d": 9, "e": 0}) == []
    # Two have few rows; three more hide them, and the one who has none in the pairs is no sixth.
    rows = {"a": 1, "b": 2, "c": 6, "d": 7, "e": 8, "f": 9, "g": 10, "h": 0}
    assert told_apart(rows) == ["f", "g"]


def test_who_has_no_row_of_pairs_shares_the_word_with_five_where_groups_part_people() -> None:
    rows = {f"{group}{n}": rows for group, rows in (("young", 9), ("old", 12)) for n in range(6)}
    groups = {person: person[:-1] for person in rows}
    assert sorted(_named(rows, groups)) == sorted(rows)
    # Who votes for ties alone is in all ratings, and would be the only `other` there: five of the fewest rows go along.
    named = _named(rows | {"silent": 0}, groups)
    assert sorted(named) == ["old0", "old1", "old2", "old3", "old4", "old5", "young5"]
    # Where five are hidden already, nobody more is.
    few = rows | dict.fromkeys((f"old{n}" for n in range(5)), 1)
    assert sorted(_named(few | {"silent": 0}, groups)) == sorted(_named(few, groups)) != []


def test_nobody_is_told_apart_without_a_list() -> None:
    table = pa.table({"language": ["en", "en"], "rater": ["r", "r"], "annotator": ["x", None]})
    assert People(("annotator",)).values(table)["annotator"].to_pylist() == [OTHER, None]


def test_who_is_told_apart_by_one_rater_is_not_by_another() -> None:
    people = People(("annotator",), frozenset({("en", "r", "x")}))
    table = pa.table({"language": ["en", "en", "de"], "rater": ["r", "s", "r"], "annotator": ["x", "x", "x"]})
    assert people.values(table)["annotator"].to_pylist() == ["x", OTHER, OTHER]


def with_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"why": f"because of {row['who'].split()[0]}@uni-kassel.de"} for row in rows]


def test_the_words_of_who_judged_stand_beside_the_pair(tmp_path: Path) -> None:
    verdict = replace(EACH, rationale="why")
    declared = builder(tmp_path / "rows.jsonl", with_words(judged(6)), verdict=verdict)
    table = written(tmp_path / "out", declared)
    assert table.schema.names == [*schema.PREFERENCES.names, "annotator", "rationale"]
    assert {row["rationale"] for row in table.to_pylist() if row["chosen"][0]["content"].startswith("No")} == {
        "because of Lise@uni-kassel.de"
    }
    masked, record = mask_folder(tmp_path / "out", read_provenance(tmp_path / "out"), tmp_path / "masked")
    assert {one for path in masked.values() for one in pq.read_table(path)["rationale"].to_pylist()} == {
        "because of [email]"
    }
    assert record.masked == {"email": 42}


def test_no_words_are_published_of_people_of_whom_nothing_is(tmp_path: Path) -> None:
    verdict = replace(EACH, rationale="why")
    declared = builder(tmp_path / "rows.jsonl", with_words(judged(6)), verdict=verdict)
    table = written(tmp_path / "out", replace(declared, people="none"))
    assert table.schema.equals(schema.PREFERENCES)


def test_what_a_rater_read_are_words_of_people_too(tmp_path: Path) -> None:
    declared = replace(builder(tmp_path / "rows.jsonl", []), rater=FeedbackRater(SERVED))
    assert _silent_raters(declared) == frozenset()
    assert SERVED.model.name in _silent_raters(replace(declared, people="none"))
    both = Combined((FeedbackRater(SERVED), PairwiseJudge(SERVED, name="judge")), how="agree")
    assert SERVED.model.name in _silent_raters(replace(declared, rater=both, people="none"))


def test_a_column_of_words_that_nobody_filled_is_none(tmp_path: Path) -> None:
    verdict = replace(EACH, rationale="why")
    rows = [row | {"why": ""} for row in judged(6)]
    assert (
        "rationale"
        not in written(tmp_path / "out", builder(tmp_path / "rows.jsonl", rows, verdict=verdict)).schema.names
    )


@pytest.mark.slow
def test_words_are_a_minor_step(tmp_path: Path) -> None:
    rows = with_words(judged(6))
    written(tmp_path / "old", builder(tmp_path / "rows.jsonl", rows))
    salt = (tmp_path / "old" / ".polypref" / "pseudonyms.key").read_bytes()
    (tmp_path / "new" / ".polypref").mkdir(parents=True)
    (tmp_path / "new" / ".polypref" / "pseudonyms.key").write_bytes(salt)
    written(tmp_path / "new", builder(tmp_path / "rows.jsonl", rows, verdict=replace(EACH, rationale="why")))
    changes = difference(tmp_path / "old", tmp_path / "new")
    assert (changes.bump, changes.sentence()) == ("minor", "column rationale is new")

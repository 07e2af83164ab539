"""How far those agree who judged the same answers: in builds, in the record and on the card; nobody is named there."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files, Ranking, Scale, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import run_builder
from polypref.raters.given import SourceRater
from polypref.release.folder import read_provenance, write_folder
from polypref.shares import krippendorff
from polypref.stages.balance import Split
from polypref.stages.checks.defaults import default_chain
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts
from polypref.stages.vote_agreement import several_judge
from tests.conftest import PROSE
from tests.stages.builds import Outcome, built

QUESTIONS = ("Which lake is the deepest?", "Who built this bridge?", "Why is the sky blue?", "What is a fjord?")
VERDICT = Verdict("people", "w", ("A",), ("B",), ("T",), annotator="who", join="majority")
FIELDS = Fields("q", (Answer("a"), Answer("b")), verdict=VERDICT)
GIVEN = PairRule("given")


def rows(*votes: str, people: str = "VWXYZ") -> list[dict[str, Any]]:
    """For each question a row for each letter of its votes, by one person after the other."""
    return [
        {"q": q, "a": f"Yes, {q}", "b": f"No, {q}", "w": side, "who": f"Person {who}"}
        for q, sides in zip(QUESTIONS, votes, strict=False)
        for side, who in zip(sides, people, strict=False)
    ]


def outcome(judged: list[dict[str, Any]], fields: Fields = FIELDS) -> Outcome:
    return built(judged, fields, GIVEN, "people")


def test_shares_and_alpha_are_of_pairs_that_several_people_judged() -> None:
    (row_,) = outcome(rows("AAA", "AAB", "TTTTT", "B")).agreement
    assert (row_.rater, row_.language, row_.people) == ("people", "en", "5")
    assert (row_.pairs, row_.votes, row_.unanimous) == (3, 11, 2)
    assert (row_.ties, row_.tied) == (5, 5 / 11)
    assert row_.alpha == krippendorff(Counter({(3, 0, 0): 1, (2, 1, 0): 1, (0, 0, 5): 1}))


@pytest.mark.slow
def test_the_other_order_of_two_answers_changes_nothing() -> None:
    judged = rows("AAB", "BBB")
    turned = [
        row if number % 2 else row | {"a": row["b"], "b": row["a"], "w": {"A": "B", "B": "A"}[row["w"]]}
        for number, row in enumerate(judged)
    ]
    one, other = (outcome(some).agreement[0] for some in (judged, turned))
    assert (one.pairs, one.votes, one.unanimous) == (other.pairs, other.votes, other.unanimous) == (2, 6, 1)


def test_several_verdicts_of_one_person_are_one_or_none() -> None:
    judged = [*rows("AB"), *rows("AA"), *rows("BBB")]
    # V: A, A, B; W: B, A, B; X: B: two say nothing that can be told.
    (row_,) = outcome([*judged, *rows("", "AA")]).agreement
    assert (row_.pairs, row_.votes, row_.unanimous) == (2, 5, 1)


def test_who_contradicts_oneself_agrees_with_nobody() -> None:
    (row_,) = outcome([*rows("AA", "AA"), *rows("B")]).agreement
    assert (row_.pairs, row_.votes, row_.unanimous) == (2, 4, 1)


@pytest.mark.slow
@pytest.mark.parametrize(("people", "named"), [("V", "under 5"), ("VWXY", "under 5"), ("VWXYZ", "5")])
def test_few_people_are_not_counted(people: str, named: str) -> None:
    judged = [*rows("AAAAA", people=people), *rows("AABAB", people=people)]
    agreement = outcome([*judged, *(row | {"who": None} for row in rows("", "AB"))]).agreement
    assert [one.people for one in agreement] == [named]


def test_people_without_names_are_people_all_the_same() -> None:
    verdict = Verdict("people", ("p", "r"), ("A",), ("B",), join="majority")
    judged = [
        {"q": q, "a": f"Yes, {q}", "b": f"No, {q}", "p": "A", "r": r} for q, r in zip(QUESTIONS, "ABAB", strict=True)
    ]
    (row_,) = outcome(judged, Fields("q", (Answer("a"), Answer("b")), verdict=verdict)).agreement
    assert (row_.people, row_.pairs, row_.unanimous) == ("", 4, 2)


def test_a_row_of_several_votes_that_stands_twice_is_counted_once() -> None:
    verdict = Verdict("people", ("p", "r"), ("A",), ("B",), join="majority")
    judged = [{"q": "Which lake?", "a": "Yes.", "b": "No.", "p": "A", "r": r, "n": n} for r, n in (("A", 1), ("B", 2))]
    (row_,) = outcome([*judged, judged[0]], Fields("q", (Answer("a"), Answer("b")), verdict=verdict)).agreement
    assert (row_.pairs, row_.votes) == (1, 4)


@pytest.mark.slow
def test_each_vote_is_counted_once_with_what_becomes_of_it() -> None:
    one = {"q": "Which lake?", "a": "This.", "b": "That.", "w": "A"}
    judged = [one, one, one | {"n": 1}, one | {"w": "B"}, {**one, "q": "Which sea?"}]
    fields = Fields("q", (Answer("a"), Answer("b")), verdict=Verdict("people", "w", ("A",), ("B",), join="each"))
    done = built(judged, fields, GIVEN, "people", filters=default_chain())
    assert done.counts("pair", "verdicts") == {
        ("in", ""): 5,
        ("joined", "repeated_row"): 1,
        ("kept", ""): 4,
        ("pairs_made", ""): 4,
    }
    assert done.counts("filter", "pairs")["flagged", "annotators_disagree"] == 3
    rejecting = default_chain(exact_duplicates={"disputed": "reject"})
    done = built(judged, fields, GIVEN, "people", filters=rejecting)
    assert done.counts("filter", "pairs")["rejected", "exact_duplicates: annotators_disagree"] == 3


@pytest.mark.parametrize(
    ("verdict", "several"),
    [
        (None, False),
        (Verdict("people"), False),
        (Verdict("people", "w", ("A",)), False),
        (Verdict("others", ("w", "v"), ("A",)), False),
        (Verdict("people", ("w", "v"), ("A",)), True),
        (Verdict("people", "w", ("A",), join="each"), True),
        (Scale("people", "s", each="votes"), True),
        (Ranking("people", "r", annotator="who"), True),
    ],
)
def test_what_is_declared_says_whether_several_people_judge(verdict, several: bool) -> None:
    assert several_judge([Fields("q", verdict=verdict)], "people") is several


def test_verdicts_of_one_judge_have_no_agreement() -> None:
    verdict = Verdict("people", "w", ("A",), ("B",))
    judged = [*rows("A", "B"), *rows("A", "B")]
    assert outcome(judged, Fields("q", (Answer("a"), Answer("b")), verdict=verdict)).agreement == []


def test_the_card_shows_it_and_nobody_is_named_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    judged = [row | {"who": row["who"].replace("Person", "Ada Lovelace")} for row in rows("AAA", "AAB", "BBBBB")]
    path.write_text("".join(json.dumps(row) + "\n" for row in judged), "utf-8")
    fields = Fields("q", (Answer("a"), Answer("b")), verdict=VERDICT, occasion="who")
    builder = Builder(
        "votes",
        "1.0.0",
        sources=(Files(str(path), fields, "rows", "1", "cc0-1.0", language="en"),),
        rater=SourceRater("people"),
        pairs=GIVEN,
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.0),
        filters=(),
    )
    out = tmp_path / "out"
    with Store(out / ".polypref", "votes") as store:
        write_folder(run_builder(builder, store, Local(1), quiet=True), out, PROSE, quiet=True)
        # What is finished says it again.
        assert run_builder(builder, store, Local(1), quiet=True).agreement == read_provenance(out).agreement
    card = (out / "README.md").read_text("utf-8")
    assert "### Agreement of those who judged" in card and "| people | en | 5 | 3 | 11 | 0.67 | 0.67 | 0.00 |" in card
    assert "counted by pseudonyms" in card
    texts = [read(path) for path in out.rglob("*") if path.is_file()]
    assert len(texts) > 10 and not any("Lovelace" in text for text in texts)
    secret = (out / ".polypref" / "pseudonyms.key").read_text("ascii")
    assert sum(secret in text for text in texts) == 1


def read(path: Path) -> str:
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist())
    return path.read_bytes().decode("utf-8", "replace")

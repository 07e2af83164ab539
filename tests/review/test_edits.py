"""Answers that reviewers corrected, as rows of a source: each is written or left out with its reason."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.review.answers import Answer, Meaning
from polypref.review.edits import EditsWritten, RemovedPairs, write_edits
from tests.review.conftest import FILES, ONE, TWO, X, Y

THREE, FOUR = (f"{n:032x}" for n in (3, 4))


def answer(meaning: Meaning = "chosen", edited: str = "besser", **more: str) -> Answer:
    given = {"pair_id": TWO, "language": "he", "reviewer": "Zebulon", "comment": "", "chosen": X, "rejected": Y} | more
    return Answer(meaning=meaning, edited=edited, **given)


def rows_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize(
    ("meaning", "corrected"),
    [
        ("chosen", ["chosen"]),
        ("rejected", ["rejected"]),
        ("both_bad", ["chosen", "rejected"]),
        ("tie", ["chosen", "rejected"]),
    ],
)
def test_a_corrected_answer_is_better_than_the_one_it_was_made_of(
    pairs: Path, tmp_path: Path, meaning: Meaning, corrected: list[str]
) -> None:
    done = write_edits([answer(meaning), answer(edited="")], pairs, FILES, tmp_path / "e.jsonl")
    assert rows_in(tmp_path / "e.jsonl") == [
        {
            "language": "he",
            "prompt": [{"role": "user", "content": "?"}],
            "answer": text,
            "edited": "besser",
            "model": ONE,
        }
        for text in corrected
    ]
    assert (done.written, done.rows, done.left_out) == ({"he": 1}, len(corrected), {})
    assert "Zebulon" not in (tmp_path / "e.jsonl").read_text("utf-8")


def test_a_pair_that_has_turned_since_is_known_by_its_answers(pairs: Path, tmp_path: Path) -> None:
    write_edits([answer(chosen=Y, rejected=X)], pairs, FILES, tmp_path / "e.jsonl")
    assert [row["answer"] for row in rows_in(tmp_path / "e.jsonl")] == ["rejected"]


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (answer(edited="chosen"), "unchanged"),
        (answer(chosen="", rejected=""), "answers not named in the sheet"),
        (answer(pair_id=THREE), "pair not in the dataset"),
        (answer(rejected="c" * 32), "pair not in the dataset"),
        (answer(language="ja"), "pair not in the dataset"),
    ],
)
def test_what_is_not_written_has_its_reason(pairs: Path, tmp_path: Path, one: Answer, reason: str) -> None:
    done = write_edits([one], pairs, FILES, tmp_path / "e.jsonl")
    assert done.left_out == {(one.language, reason): 1} and rows_in(tmp_path / "e.jsonl") == []
    sentence = f"0 corrected answers in 0 rows; left out: {reason} {one.language} 1"
    assert done.sentence().startswith(sentence)
    assert ("collect all sheets of a round first" in done.sentence()) == (reason == "pair not in the dataset")


@pytest.fixture
def build(tmp_path: Path) -> RemovedPairs:
    """Where a build keeps a pair in Hebrew and one in Japanese that reviewers removed."""
    asked = {"group_id": "g", "response_language": "he", "sources": [], "origin": "native"}
    prompt = [{"role": "system", "content": "!"}, {"role": "user", "content": "?"}]
    answered = {"prompt_id": ONE, "model_revision": "", "model_licence": "", "route": "given"}
    removed = {"prompt_id": ONE, "chosen_id": X, "rejected_id": Y, "rater": "r"}
    tables = {
        "prompts": ([asked | {"prompt_id": ONE, "language": "he", "prompt": prompt}], schema.PROMPTS),
        "completions": (
            [answered | {"completion_id": one, "text": f"text {one[0]}", "model": f"model {one[0]}"} for one in (X, Y)],
            schema.COMPLETIONS,
        ),
        "removed": (
            [removed | {"pair_id": id_, "language": tag} for id_, tag in ((THREE, "he"), (FOUR, "ja"))],
            schema.PAIRS,
        ),
    }
    for name, (rows, form) in tables.items():
        pq.write_table(pa.Table.from_pylist(rows, form), tmp_path / f"{name}-00000.parquet")
    paths = {name: [tmp_path / f"{name}-00000.parquet"] for name in tables}
    return RemovedPairs(**paths)


def test_edits_of_a_pair_that_an_earlier_review_removed_are_kept(
    pairs: Path, tmp_path: Path, build: RemovedPairs
) -> None:
    edits = [
        answer("both_bad", pair_id=THREE),
        answer(),
        answer("rejected", pair_id=FOUR, language="ja"),
        answer(pair_id=THREE, rejected="c" * 32),
        answer(pair_id=f"{5:032x}"),
    ]
    done = write_edits(edits, pairs, FILES, tmp_path / "e.jsonl", build)
    rows = [(row["language"], row["answer"], row["model"]) for row in rows_in(tmp_path / "e.jsonl")]
    gone = [("he", f"text {one}", f"model {one}") for one in "ab"]
    assert rows == [*gone, ("he", "chosen", ONE), ("ja", "text b", "model b")]
    assert [turn["content"] for turn in rows_in(tmp_path / "e.jsonl")[0]["prompt"]] == ["!", "?"]
    assert done.sentence().startswith(
        "3 corrected answers in 4 rows (he 2, ja 1), 2 of them of pairs that an earlier review removed (he 1, ja 1); "
        "left out: pair not in the dataset he 2 (of pairs that are gone, edits are kept where "
    )


def test_the_sentence_counts_by_language() -> None:
    done = EditsWritten()
    done.written.update({"he": 1_200, "fa": 3})
    assert done.sentence() == "1,203 corrected answers in 0 rows (fa 3, he 1,200)"


ANSWERS = st.builds(
    answer,
    st.sampled_from(["chosen", "rejected", "both_bad", "tie"]),
    st.sampled_from(["", "besser", "chosen", "rejected"]),
    pair_id=st.sampled_from([ONE, TWO, THREE]),
    language=st.sampled_from(["de", "he"]),
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=8))
def test_each_corrected_answer_is_written_or_left_out(pairs: Path, tmp_path: Path, answers: list[Answer]) -> None:
    path = tmp_path / "e.jsonl"
    path.unlink(missing_ok=True)
    if not any(one.edited for one in answers):
        with pytest.raises(UserError, match="no answer was corrected"):
            write_edits(answers, pairs, FILES, path)
        return
    done = write_edits(answers, pairs, FILES, path)
    assert done.written.total() + done.left_out.total() == sum(bool(one.edited) for one in answers)
    assert done.rows == len(rows_in(path)) and all(row["answer"] != row["edited"] for row in rows_in(path))

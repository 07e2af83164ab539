"""A row of a dataset's page, from a pair by hand; the rows that whole builds give are in test_dataset."""

import math
from dataclasses import replace

import pytest

from polypref.pages import rows
from polypref.pages.parts import MOST_CHARACTERS

KEPT = rows._Kept(
    pair_id="1" * 32,
    language="he",
    response_language="he",
    split="train",
    flags=["short"],
    prompt=[{"role": "system", "content": "קצר"}, {"role": "user", "content": "מה?"}],
    chosen_id="3" * 32,
    rejected_id="4" * 32,
    chosen_model="a",
    chosen_route="given",
    chosen_score=2.5,
    chosen_text="כן",
    rejected_model="b",
    rejected_route="translated",
    rejected_score=None,
    rejected_text="לא",
    score_margin=1.5,
    rater="judge",
    origin="native",
    translator=None,
    source="pool",
    licence="mit",
    group_id="2" * 32,
)


def test_a_kept_pair_is_shown_with_both_answers():
    assert rows._of_kept(KEPT, "judge") == {
        "id": "1" * 32,
        "outcome": "kept",
        "stage": "",
        "language": "he",
        "answer_language": None,
        "split": "train",
        "flags": ["short"],
        "prompt": [["system", "קצר"], ["user", "מה?"]],
        "sides": ["3" * 32, "4" * 32],
        "answers": [
            {"name": "chosen", "model": "a", "route": "given", "score": 2.5, "text": "כן"},
            {"name": "rejected", "model": "b", "route": "translated", "score": None, "text": "לא"},
        ],
        "margin": 1.5,
        "rater": None,
        "origin": "native",
        "translator": None,
        "source": "pool",
        "licence": "mit",
        "group": "2" * 32,
    }


def test_what_is_the_same_for_the_whole_dataset_is_said_only_where_it_differs():
    row = rows._of_kept(replace(KEPT, rater="given", response_language="de"), "judge")
    assert (row["rater"], row["answer_language"]) == ("given", "de")


@pytest.mark.parametrize("ids", [{"chosen_id": None}, {"rejected_id": "3" * 32}, {"chosen_id": "x"}, {"pair_id": "x"}])
def test_nothing_is_decided_on_a_pair_that_a_file_of_decisions_could_not_name(ids):
    assert rows._of_kept(replace(KEPT, **ids), "judge")["sides"] == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, None])
def test_what_is_no_number_is_none_in_the_page(number):
    row = rows._of_kept(replace(KEPT, score_margin=number, chosen_score=number), "judge")
    assert row["margin"] is None and row["answers"][0]["score"] is None


def test_a_long_answer_comes_with_its_length():
    row = rows._of_kept(replace(KEPT, chosen_text="א" * (MOST_CHARACTERS + 1)), "judge")
    assert row["answers"][0]["characters"] == MOST_CHARACTERS + 1 and "characters" not in row["answers"][1]
    assert row["answers"][0]["text"] == "א" * MOST_CHARACTERS


def test_without_the_build_the_page_says_so(tmp_path):
    stages, sentence = rows.find_stages(tmp_path, record=None)
    assert stages is None and sentence.startswith("Rejected rows stay with the build and are not published")

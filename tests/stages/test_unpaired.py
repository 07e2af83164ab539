"""Labels of single answers as rows: votes on one text, what checks say of it, and that no label vanishes."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files import sql
from polypref.files.atomic import write_table
from polypref.stages.pair import PairRule
from polypref.stages.unpaired import NO_LABEL, check_thumbs, label_outcome, label_rows

SAID = {"model_revision": "1", "model_licence": "mit", "route": "given"}


def answer(name, text="", prompt="p", model="m"):
    return {"completion_id": name, "prompt_id": prompt, "model": model, "text": text or f"text {name}", **SAID}


def thumb(name, up, who=None, prompt="p", rater="people"):
    rated = {"prompt_id": prompt, "completion_id": name, "rater": rater, "rater_revision": ""}
    return rated | {"score": float(up), "occasion": who}


def finding(name, chosen, rejected, reason="answer_cut", check="truncated_answers"):
    verdict = {"check": check, "outcome": "reject", "reason": reason, "chosen": chosen, "rejected": rejected}
    return {"prompt_id": "p", "language": "de", "completion_id": name, **verdict}


def made_of(answers, thumbs, join="unanimous", findings=(), prompts=("p",)):
    """The rows as (answer, label), and (answer, reason) of what is none."""
    asked = [{"prompt_id": one, "language": "de"} for one in prompts]
    paired = label_rows(
        join,
        pa.Table.from_pylist(asked),
        pa.Table.from_pylist(answers, schema.COMPLETIONS),
        pa.Table.from_pylist(thumbs, schema.RATINGS),
        pa.Table.from_pylist(list(findings), schema.FINDINGS),
    )
    for row in paired.pairs.to_pylist():
        assert (row["chosen_id"] == "") != (row["rejected_id"] == "") and row["pair_id"] in row.values()
    rows = [(row["chosen_id"] or row["rejected_id"], bool(row["chosen_id"])) for row in paired.pairs.to_pylist()]
    return rows, [(row["detail"], row["reason"]) for row in paired.rejected.to_pylist()]


def test_each_labelled_answer_is_a_row():
    rows, lost = made_of([answer("a"), answer("b"), answer("c")], [thumb("a", 1), thumb("b", 0)])
    assert rows == [("a", True), ("b", False)] and lost == []


def test_a_prompt_without_a_label_is_counted_once():
    _, lost = made_of([answer("a"), answer("b", prompt="q")], [thumb("a", 1)], prompts=("p", "q"))
    assert lost == [(None, NO_LABEL)]


def test_one_text_is_one_row_whoever_wrote_it():
    two = [answer("a", "Ja. "), answer("b", "Ja.", model="n")]
    rows, lost = made_of(two, [thumb("a", 1), thumb("b", 1), thumb("b", 1)])
    assert rows == [("a", True)] and lost == [("b", "merged_same_label_again")] * 2
    assert made_of(two, [thumb("a", 1), thumb("b", 0)]) == ([], [("a", "disagreement"), ("b", "disagreement")])


@pytest.mark.parametrize(
    ("thumbs", "label", "reasons"),
    [
        ([1, 1, 0], True, ["merged_same_label_again", "outvoted"]),
        ([0, 1, 0], False, ["merged_same_label_again", "outvoted"]),
        ([1, 0], None, ["no_majority", "no_majority"]),
    ],
)
def test_a_majority_says_which_label_an_answer_has(thumbs, label, reasons):
    rows, lost = made_of([answer("a")], [thumb("a", up) for up in thumbs], "majority")
    assert rows == ([] if label is None else [("a", label)])
    assert sorted(reason for _, reason in lost) == reasons


def test_who_says_both_is_no_vote_for_either():
    """x says both and y and z differ: none of the two labels has two of three people."""
    torn = [thumb("a", 1, "x"), thumb("a", 0, "x"), thumb("a", 1, "y"), thumb("a", 0, "z")]
    assert made_of([answer("a")], torn, "majority")[0] == []
    # x says good twice and is one person, so that it is one against one.
    assert made_of([answer("a")], [*torn[2:], thumb("a", 1, "y")], "majority")[0] == []
    assert made_of([answer("a")], [*torn[2:], thumb("a", 1, "v")], "majority")[0] == [("a", True)]


def test_labels_of_nobody_in_a_source_among_several_are_of_a_person_each():
    votes = [thumb("a", 1, "s\n"), thumb("a", 1, "s\n"), thumb("a", 0, "s\nx")]
    assert made_of([answer("a")], votes, "majority")[0] == [("a", True)]


def test_the_occasion_stands_where_all_labels_of_a_row_have_it():
    def occasions(*who):
        asked = pa.Table.from_pylist([{"prompt_id": "p", "language": "de"}])
        thumbs = pa.Table.from_pylist([thumb("a", 1, one) for one in who], schema.RATINGS)
        texts = pa.Table.from_pylist([answer("a")], schema.COMPLETIONS)
        return label_rows("unanimous", asked, texts, thumbs).pairs["occasion"].to_pylist()

    assert occasions("x") == ["x"] and occasions("x", "x") == ["x"]
    assert occasions("x", "y") == [None] and occasions("x", None) == [None]


@pytest.mark.parametrize(
    ("chosen", "rejected", "rows"),
    [(True, False, [("b", False)]), (False, True, [("a", True)]), (True, True, [])],
)
def test_what_a_check_says_of_an_answer_holds_for_its_label(chosen, rejected, rows):
    """a is good and b bad; an answer that may be rejected only stands as a bad one only."""
    findings = [finding(name, chosen, rejected) for name in "ab"]
    kept, lost = made_of([answer("a"), answer("b")], [thumb("a", 1), thumb("b", 0)], findings=findings)
    assert kept == rows
    assert lost == [(one, "truncated_answers: answer_cut") for one in "ab" if one not in dict(rows)]


def test_of_equal_texts_the_one_that_may_stand_does():
    """The first was cut, as its finish reason says, and the second was not."""
    two = [answer("a", "Ja."), answer("b", "Ja.", model="n")]
    rows, lost = made_of(two, [thumb("a", 1), thumb("b", 1)], findings=[finding("a", True, True)])
    assert rows == [("b", True)] and lost == [("a", "merged_same_label_again")]


def test_empty_and_missing_answers_are_no_rows():
    _, lost = made_of([answer("a", " \n")], [thumb("a", 1), thumb("z", 0)])
    assert sorted(lost) == [("a", "empty_answer"), ("z", "answer_missing")]


THUMB = st.tuples(st.sampled_from("abcd"), st.booleans(), st.sampled_from(["x", "y", None]))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(THUMB, min_size=1, max_size=12), st.sampled_from(["unanimous", "majority"]), st.booleans())
def test_no_label_vanishes(thumbs, join, checked):
    """b and c have one text; d may be a bad answer only. Compared with votes counted in plain Python."""
    answers = [answer("a"), answer("b", "same"), answer("c", "same "), answer("d")]
    findings = [finding("d", True, False)] if checked else []
    rows, lost = made_of(answers, [thumb(*one) for one in thumbs], join, findings)
    labels = [one for one in lost if one[1] != NO_LABEL]
    assert len(rows) + len(labels) == len(thumbs)
    text_of = {"a": "a", "b": "bc", "c": "bc", "d": "d"}
    votes: dict[str, dict[str, set[bool]]] = {}
    for number, (name, up, who) in enumerate(thumbs):
        votes.setdefault(text_of[name], {}).setdefault(who or f"nobody {number}", set()).add(up)
    expected = {}
    for text, people in votes.items():
        if join == "unanimous":
            every = set().union(*people.values())
            label = every.pop() if len(every) == 1 else None
        else:
            clear = Counter(next(iter(ups)) for ups in people.values() if len(ups) == 1)
            label = next((up for up, count in clear.items() if 2 * count > len(people)), None)
        if label is not None and not (checked and text == "d" and label):
            expected[text] = label
    assert {text_of[name]: label for name, label in rows} == expected
    assert {label_outcome(reason) for _, reason in labels} <= {"joined", "rejected"}


def test_scores_that_are_no_labels_stop_the_build(tmp_path):
    path = tmp_path / "ratings-0.parquet"
    scores = [0, 1, 4, 4, 0.5]
    write_table(path, pa.Table.from_pylist([thumb("a", up) for up in scores], schema.RATINGS))
    con = sql.connect(reads=[tmp_path])
    with pytest.raises(UserError) as error:
        check_thumbs(con, [path], "people")
    assert "hold 0.5 (1), 4 (2); say what each stands for" in str(error.value)
    assert "score_labels={0.5: GOOD, 4: GOOD}" in str(error.value)
    check_thumbs(con, [path], "somebody else")
    check_thumbs(con, [], "people")


@pytest.mark.parametrize("setting", [{"min_margin": 1}, {"per_prompt": 1}, {"prefer_rejected": ("language",)}])
def test_settings_of_pairs_do_not_go_with_labels(setting):
    with pytest.raises(UserError, match="leave min_margin, per_prompt and prefer_rejected out"):
        PairRule("unpaired", **setting)


def test_a_join_of_labels_does_not_go_with_pairs():
    with pytest.raises(UserError, match="verdicts have Verdict"):
        PairRule("given", join="majority")
    assert PairRule("unpaired").unpaired and not PairRule().unpaired

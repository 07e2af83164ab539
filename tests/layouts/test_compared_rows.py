"""Rows as evaluations compare them: by the builder's reader, without what no comparison needs."""

import pytest

from polypref.files.readers import Line
from polypref.layouts.compared_rows import ComparedRows, compared_fields
from polypref.layouts.named import layout, layout_of_keys
from polypref.layouts.sources import Answer, Fields, Verdict

VERDICT = Verdict("people", "w", ("A",), ("B",))


def layout_of(**keys):
    fields = {"prompt": "q", "answers": [{"text": "a"}, {"text": "b"}]}
    fields["verdict"] = {"rater": "people", "column": "w", "first": ["A"], "second": ["B"]}
    return layout_of_keys({"fields": fields | keys}, "mine", "layout")


def test_what_no_comparison_needs_is_not_read():
    two = (Answer("a", licence_column="l", source_text="s"), Answer("b", model="m", finish_reason="f"))
    fields = compared_fields(Fields("q", two, reference="r", labels="k", group="g", verdict=VERDICT))
    assert fields == Fields("q", (Answer("a", model="a"), Answer("b", model="m")), group="g", verdict=VERDICT)


@pytest.mark.parametrize(("scores", "columns"), [(True, ("s",)), (False, ())])
def test_scores_beside_verdicts_are_read_where_they_are_asked_for(scores, columns):
    declared = layout_of(answers=[{"text": "a", "score": "s"}, {"text": "b"}])
    assert ComparedRows(declared, scores=scores).fields.answers[0].score_columns == columns


def test_an_answer_of_several_columns_goes_by_its_place():
    answer = Answer("{x}\n{y}")
    assert compared_fields(Fields("q", (Answer("a"), answer))).answers[1].model == "answer 2"


def test_a_row_of_a_file_in_one_language_is_in_that():
    reader = ComparedRows(layout_of())
    row = {"q": "Wo?", "a": "Da.", "b": "Dort.", "w": "A", "language": "uk"}
    (given,), (own,) = ([item for _, item in reader.read([Line("x:1", row)], tag)] for tag in ("de", ""))
    assert (given.prompt["language"], own.prompt["language"]) == ("de", "uk")


def test_a_fault_is_kept_with_its_place():
    reader = ComparedRows(layout_of())
    assert list(reader.read([Line("x:1", {"q": "", "a": "Da.", "b": "Dort.", "w": "A"})])) == []
    assert [tuple(one) for one in reader.faults] == [("x:1", "empty_prompt", "", "und")]


def test_messages_that_are_left_out_are_counted_in_their_language():
    gone = {"role": "assistant", "text": "Dort.", "lang": "he", "rank": 1, "deleted": True}
    kept = [{"role": "assistant", "text": text, "lang": "de", "rank": rank} for rank, text in enumerate(("Da.", "Da!"))]
    first = {"role": "prompter", "text": "Wo?", "lang": "de", "replies": [*kept, gone]}
    reader = ComparedRows(layout("oasst_nested"))
    assert len(list(reader.read([Line("x:1", first)], "de"))) == 1 and reader.left_out == {("de", "deleted_message"): 1}
    reader = ComparedRows(layout("oasst"))
    assert len(list(reader.read([Line("x:1", {"prompt": first})]))) == 1
    assert reader.left_out == {("he", "deleted_message"): 1}

"""Scores by what questions state, of samples laid out as `lm_eval --log_samples` of 0.4.13 writes them."""

import json
import re

import pytest

from polypref.errors import UserError
from polypref.evaluation.harness import Academic
from polypref.evaluation.inputs.lm_eval import merge_results
from polypref.evaluation.inputs.lm_eval_samples import slice_samples
from polypref.evaluation.report.breakdowns import MOST_ROWS, parts_of_academic
from polypref.files.records import decode, encode
from tests.evaluation.inputs.test_lm_eval import results, write

TIME = "2026-11-21T08-50-40.612651"
#: Question -> its label in Global-MMLU: sensitive to culture, agnostic, or nobody looked.
LABELS = ["CS", "CS", "CS", "CA", "CA", "CA", ""]


def run(folder, scores, **more):
    """Results with samples: task -> a score for each question."""
    file = write(folder, results({task: {"acc,none": (0.5, 0.1)} for task in scores})) / f"results_{TIME}.json"
    for task, several in scores.items():
        lines = [
            {
                "doc_id": at, "doc_hash": f"h{at}", "filter": "none", "metrics": ["acc"], "acc": score,
                "doc": {"sample_id": f"law/test/{at}", "cultural_sensitivity_label": LABELS[at], "country": "['X','Y']",
                        "subject": "law"} | more,
            }
            for at, score in enumerate(several)
        ]  # fmt: skip
        text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        (folder / f"samples_{task}_{TIME}.jsonl").write_text(text + "\n", "utf-8")
    return file


HE, DE = "global_mmlu_full_he_law", "global_mmlu_full_de_law"


@pytest.fixture
def both(tmp_path):
    before = run(tmp_path / "before", {HE: [1, 0, 0, 1, 1, 0, 1], DE: [1, 1, 0, 1, 1, 1, 1]})
    return before, run(tmp_path / "after", {HE: [1, 1, 1, 1, 0, 0, 1], DE: [1, 1, 0, 1, 0, 1, 1]})


def test_scores_by_label_and_language(both):
    (one,) = slice_samples(*both, ["cultural_sensitivity_label"])
    rows = {(row.value, row.language): row for row in one.rows}
    # By hand: in Hebrew 1 of 3 sensitive questions before and all after; in German 2 of 3 both times.
    hebrew, mean = rows["CS", "he"], rows["CS", ""]
    assert (hebrew.questions, hebrew.before, hebrew.after) == (3, pytest.approx(1 / 3), pytest.approx(1))
    assert hebrew.difference == pytest.approx(2 / 3) and hebrew.low < 2 / 3 < hebrew.high
    assert rows["CS", "de"].difference == pytest.approx(0)
    assert (mean.before, mean.after, mean.difference) == tuple(map(pytest.approx, (1 / 2, 5 / 6, 1 / 3)))
    assert mean.groups == 3, "a question in two languages is one"
    # Of the agnostic ones one was lost in each: 2 of 3 to 1 of 3, 3 of 3 to 2 of 3.
    assert [rows["CA", tag].difference for tag in ("he", "de", "")] == [pytest.approx(-1 / 3)] * 3
    assert list(rows) == [("CA", "de"), ("CA", "he"), ("CA", ""), ("CS", "de"), ("CS", "he"), ("CS", "")]
    assert (one.without, one.unpaired, one.rest_values) == (2, 0, 0)


def test_the_report_shows_them(both):
    academic = merge_results(*both, ["cultural_sensitivity_label", "subject"])
    assert decode(Academic, json.loads(json.dumps(encode(academic))), "bad") == academic
    assert "slices" not in encode(merge_results(*both)), "files of before stay what they were"
    part, other = parts_of_academic(academic)
    assert part.title == "By 'cultural_sensitivity_label' of the questions"
    assert part.rows[5][:6] == ("CS †", "macro average", "6", "0.500", "0.833", "+0.333")
    assert "Without a value: 2 questions." in part.what and other.rows[0][0] == "law †"


def test_many_rows_are_averages_only(tmp_path):
    tags = ("ar", "de", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru", "tr", "uk", "vi")
    scores = {f"global_mmlu_full_{tag}_law": [1, 0, 1, 0, 1, 0, 1] for tag in tags}
    file = run(tmp_path / "x", scores, topic=["a", "b", "c", "d"])
    academic = merge_results(file, file, ["topic"])
    assert len(academic.slices[0].rows) == 4 * (len(tags) + 1) > MOST_ROWS
    (part,) = parts_of_academic(academic)
    assert [row[1] for row in part.rows] == ["macro average"] * 4 and "too many rows" in part.what[1]


def test_questions_of_one_side_are_counted(tmp_path):
    before, after = run(tmp_path / "a", {HE: [1, 0, 0, 1]}), run(tmp_path / "b", {HE: [1, 0]})
    (one,) = slice_samples(before, after, ["subject"])
    assert one.unpaired == 2 and one.rows[0].questions == 2


def test_what_cannot_be_sliced_is_said(tmp_path, both):
    before, after = both
    changed = (after.parent / f"samples_{DE}_{TIME}.jsonl").read_text("utf-8")
    bare = write(tmp_path / "bare", results({HE: {"acc,none": (0.5, 0.1)}})) / after.name
    for name, text in (
        ("other", changed.replace('"h3"', '"another"')),
        ("broken", "{"),
        ("none", changed.replace('"acc": ', '"bleu": ')),
        ("high", changed.replace('"acc": 1', '"acc": 7')),
    ):
        (write(tmp_path / name, results({DE: {}})) / f"samples_{DE}_{TIME}.jsonl").write_text(text, "utf-8")
    for file, column, says in (
        (after, "region", "no question of the samples states 'region'"),
        (bare, "subject", "run lm_eval with --log_samples"),
        (tmp_path / "other" / after.name, "subject", f"question 3 of {DE} is another one"),
        (tmp_path / "broken" / after.name, "subject", "cannot read"),
        (tmp_path / "none" / after.name, "subject", "no acc or exact_match from 0 to 1"),
        (tmp_path / "high" / after.name, "subject", "line 1"),
    ):
        with pytest.raises(UserError, match=re.escape(says)):
            slice_samples(before, file, [column])
    with pytest.raises(UserError, match="no question in common"):
        slice_samples(before, run(tmp_path / "third", {"xcopa_id": [1]}), ["subject"])

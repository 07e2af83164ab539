"""What a build left out, drawn from the stages that are finished, whichever these are."""

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.files import sql
from polypref.pages.lost_rows import MOST_ANSWERS, Stages, lost_rows
from polypref.stages.counts import FunnelRow

PROMPT = {"group_id": "g", "language": "de", "response_language": "de", "sources": [], "origin": "native"}
ANSWER = {"model_revision": "", "model_licence": "", "route": "given"}
PAIR = {"language": "de", "rater": "r", "chosen_score": 2.0, "rejected_score": 1.0, "score_margin": 1.0}


def write(folder: Path, table: str, rows: list[dict[str, object]], form: pa.Schema) -> None:
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, form), folder / f"{table}-00000.parquet")


@pytest.fixture
def stages(tmp_path) -> Stages:
    """p1 makes a pair that reviewers removed, p2 one that a check left out, p3 one that no mixture took, p4 none."""
    names = ("p1", "p2", "p3", "p4")
    read, pair, review = tmp_path / "read-0", tmp_path / "pair-0", tmp_path / "review-0"
    asked = [PROMPT | {"prompt_id": name, "prompt": [{"role": "user", "content": f"<{name}>"}]} for name in names]
    write(read, "prompts", asked, schema.PROMPTS)
    answers = [(name, side) for name in names for side in "ab"] + [("p4", side) for side in "cdef"]
    texts = [
        ANSWER | {"completion_id": name + side, "prompt_id": name, "model": side, "text": f"{name}{side}."}
        for name, side in answers
    ]
    write(read, "completions", texts, schema.COMPLETIONS)
    write(read, "rejected", [{"language": "", "where": "x:9", "reason": "not_json", "detail": "cut"}], schema.REJECTED)
    ids = [
        PAIR | {"pair_id": "=" + name, "prompt_id": name, "chosen_id": f"{name}a", "rejected_id": f"{name}b"}
        for name in names[:3]
    ]
    write(pair, "pairs", ids, schema.PAIRS)
    write(pair, "rejected", [{"language": "de", "where": "p4", "reason": "tie"}], schema.REJECTED)
    write(review, "pairs", ids[1:], schema.PAIRS)
    write(review, "removed", ids[:1], schema.PAIRS)
    verdicts = [
        {"pair_id": "=p2", "language": "de", "flags": [], "filter": "long", "reason": "over", "detail": "900"},
        {"pair_id": "=p3", "language": "de", "flags": ["f"]},
    ]
    write(tmp_path / "filter-0", "filtered", verdicts, schema.FILTERED)
    ranked = pa.schema([("pair_id", pa.string()), ("split", pa.string()), ("rank", pa.int64())])
    write(tmp_path / "balance-0", "ranked", [], ranked)
    findings = {"language": "de", "check": "empty", "outcome": "reject", "chosen": True, "rejected": True}
    rows = [findings | {"prompt_id": "p4", "completion_id": "p4f", "reason": "answer_blank", "detail": "nothing"}]
    write(tmp_path / "check-0", "findings", rows, schema.FINDINGS)
    return Stages((read,), pair, review, tmp_path / "filter-0", tmp_path / "balance-0", tmp_path / "check-0")


def drawn(stages: Stages, tags: list[str] | None = None, most: int = 9) -> dict[str, dict[str, object]]:
    """The rows by stage."""
    totals: Counter[tuple[str, str, str, str]] = Counter()
    con = sql.connect(reads=stages.folders)
    funnel = [FunnelRow("balance", "pairs", "de", "skipped", "beyond_every_quota", 1)]
    rows = lost_rows(con, stages, funnel, "r", tags, most, totals)
    con.close()
    assert Counter(row.total for row in rows) == (totals if most else Counter())
    return {row["stage"]: row for row in (json.loads(row.text) for row in rows)}


def test_every_stage_gives_what_it_left_out_with_its_texts(stages):
    rows = drawn(stages)
    assert {stage: (row["outcome"], row["reason"]) for stage, row in rows.items()} == {
        "read": ("rejected", "not_json"),
        "pair": ("rejected", "tie"),
        "review": ("rejected", "removed_by_reviewers"),
        "filter": ("rejected", "long: over"),
        "balance": ("left out", "beyond_every_quota"),
        "check": ("rejected", "empty: answer_blank"),
    }
    for stage, prompt in (("review", "p1"), ("filter", "p2"), ("balance", "p3")):
        assert rows[stage]["prompt"] == [["user", f"<{prompt}>"]] and rows[stage]["margin"] == 1.0
        sides = [(one["name"], one["text"], one["score"]) for one in rows[stage]["answers"]]
        assert sides == [("chosen", f"{prompt}a.", 2.0), ("rejected", f"{prompt}b.", 1.0)]
    assert (rows["read"]["where"], rows["read"]["detail"]) == ("x:9", "cut") and "prompt" not in rows["read"]
    assert (rows["filter"]["detail"], rows["balance"]["flags"]) == ("900", ["f"])
    assert [one["text"] for one in rows["check"]["answers"]] == ["p4f."]
    assert len(rows["pair"]["answers"]) == MOST_ANSWERS and rows["pair"]["unshown"] == 2


def test_an_answer_that_may_be_one_side_only_is_shown_under_the_reason_that_the_funnel_has(stages):
    about = {"prompt_id": "p1", "language": "de", "check": "language", "outcome": "reject", "reason": "foreign"}
    rows = [
        about | {"completion_id": "p1a", "chosen": True, "rejected": False, "detail": "en"},
        about | {"completion_id": "p1b", "chosen": True, "rejected": False, "detail": "fr"},
        about | {"completion_id": "p1b", "check": "empty", "reason": "blank", "chosen": False, "rejected": True},
    ]
    write(stages.check, "findings", rows, schema.FINDINGS)
    totals: Counter[tuple[str, str, str, str]] = Counter()
    con = sql.connect(reads=stages.folders)
    shown = [json.loads(row.text) for row in lost_rows(con, stages, [], "r", None, 9, totals)]
    con.close()
    checked = {one["answers"][0]["text"]: one for one in shown if one["stage"] == "check"}
    assert {text: (one["outcome"], one["reason"], one.get("detail")) for text, one in checked.items()} == {
        "p1a.": ("rejected only", "language: foreign", "en"),
        "p1b.": ("rejected", "empty: blank", ""),
    }
    assert totals["rejected only", "check", "language: foreign", "de"] == 1


def test_a_verdict_is_shown_with_the_texts_of_its_two_answers(stages, tmp_path):
    verdict = {"language": "de", "where": "p4", "reason": "no_majority", "detail": "p4c p4b"}
    write(tmp_path / "pair-0", "rejected", [verdict], schema.REJECTED)
    row = drawn(stages)["pair"]
    assert [one["text"] for one in row["answers"]] == ["p4c.", "p4b."] and not row.get("detail")
    # An answer that is nowhere can only be named.
    write(tmp_path / "pair-0", "rejected", [verdict | {"detail": "p4c gone"}], schema.REJECTED)
    assert drawn(stages)["pair"]["detail"] == "p4c gone"


@pytest.mark.parametrize("count", range(7))
def test_stages_that_are_not_finished_give_nothing(stages, count):
    order = ("read", "check", "pair", "review", "filter", "balance")
    there = set(order[:count])
    at = lambda name, path: path if name in there else None  # noqa: E731
    cut = Stages(
        stages.rows if "read" in there else (),
        at("pair", stages.pair),
        at("review", stages.pairs) or at("pair", stages.pair),
        at("filter", stages.filtered),
        at("balance", stages.ranked),
        at("check", stages.check),
    )
    assert set(drawn(cut)) == there


def test_languages_and_the_most_rows_of_a_reason_are_kept_to(stages):
    assert drawn(stages, ["he"]) == {} and set(drawn(stages, [""])) == {"read"}
    assert drawn(stages, most=0) == {}


def test_a_stage_stands_once_among_the_folders(stages):
    assert len(stages.folders) == 6
    assert Stages(stages.rows, stages.pair, stages.pair).folders == (*stages.rows, stages.pair)

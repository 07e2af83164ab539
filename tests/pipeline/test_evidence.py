"""Mistakes of users that leave nothing: each is answered with its counts and with what cures it."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import Built, run_builder
from polypref.raters.given import ReferenceRater, SourceRater
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.own import RegexCheck
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts

PROMPT = "Was ist die Hauptstadt von Frankreich, und warum ist sie so wichtig? Frage {}."
GOOD = "Die Hauptstadt von Frankreich ist Paris, eine sehr große Stadt an der Seine, und das seit vielen Jahrhunderten."
POOR = "Ich weiß es leider nicht so genau, aber vielleicht ist es eine große Stadt irgendwo mitten in Frankreich."
CUT = "Die Hauptstadt von Frankreich ist Paris, wie dieses {} Programm zeigt, das man so schreibt:\n```\nprint("
ENGLISH = (
    "The capital of France is Paris, which is a very large city on the river Seine, and has been for centuries.",
    "I do not know the answer to this question, but maybe it is some large city in the middle of the country.",
)
ROW = {"a": GOOD, "b": POOR, "x": 2, "y": 1, "best": "a"}
SCORED = Fields(prompt="prompt", answers=(Answer("a", model="one", score="x"), Answer("b", model="two", score="y")))
JUDGED = Fields(
    prompt="prompt",
    answers=(Answer("a", model="one"), Answer("b", model="two")),
    verdict=Verdict("annotators", "best", first=("a",), second=(), tie=("neither",)),
)
GIVEN = PairRule("given")
ASKS = "PairRule asks for"
FEWER = (
    "a pair needs two to one prompt; declare each row's second answer or the list that holds them "
    "(Fields(each=...)), or have models answer (Builder(complete=...)); labels of single answers, good or bad, can be "
    "kept unpaired (PairRule 'unpaired', or --unpaired with polypref build pairs)"
)
OTHER = (
    "if that is right, declare the language that they are in (Fields(language=...), response_language=...) and ask for "
)
OTHER += "it; if not, give the check other settings or leave it out of filters"


Row = dict[str, Any] | list[dict[str, Any]] | None


def run(
    tmp_path: Path,
    row: Row = None,
    n: int = 5,
    limit: int | None = None,
    **more: Any,
) -> Built:
    """A build of so many rows; `row` changes each of them, or each by itself."""
    prompt = more.pop("prompt", PROMPT)
    path = tmp_path / "rows.jsonl"
    changes = row if isinstance(row, list) else [row or {}] * n
    rows = [ROW | change | {"prompt": prompt.format(number)} for number, change in enumerate(changes)]
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    fields = more.pop("fields", SCORED)
    source = Files(str(path), name="x", licence="mit", revision="1", fields=fields, language="de")
    more = {"prompts": Prompts(near_duplicates=None), "split": Split(test=0)} | more
    with Store(tmp_path / "out" / ".polypref", "b") as store:
        return run_builder(Builder("b", "1.0.0", sources=(source,), **more), store, Local(1), limit, quiet=True)


def sentence(tmp_path: Path, row: Row = None, **more: Any) -> str:
    """What is said of a build that leaves nothing, with the folder it was in as DIR."""
    with pytest.raises(UserError) as refused:
        run(tmp_path, row, **more)
    return str(refused.value).replace(str(tmp_path), "DIR")


MISTAKES = [
    pytest.param(
        None,
        {"rater": SourceRater("people")},
        "5 prompts unrated: rater 'people' gave no score; the sources have scores by 'source': declare "
        "rater=SourceRater('source')",
        id="wrong rater",
    ),
    pytest.param(
        None,
        {"fields": JUDGED},
        "5 prompts unrated: rater 'source' gave no score; the sources have verdicts by 'annotators': declare "
        "rater=SourceRater('annotators'), pairs=PairRule('given')",
        id="verdicts, a rule of scores and the wrong rater",
    ),
    pytest.param(
        None,
        {"fields": JUDGED, "rater": SourceRater("annotators")},
        "5 prompts unrated: rater 'annotators' gave no score; the sources have verdicts by 'annotators': declare "
        "pairs=PairRule('given')",
        id="verdicts, a rule of scores",
    ),
    pytest.param(
        None,
        {"pairs": GIVEN},
        "5 prompts no_verdict: rater 'source' gave no verdict; the sources have scores by 'source': declare another "
        "pair rule",
        id="scores, the rule of verdicts",
    ),
    pytest.param(
        None,
        {"fields": replace(SCORED, answers=SCORED.answers[:1])},
        f"5 prompts fewer_than_two_answers: there are 5 answers to 5 prompts, and {FEWER}",
        id="single answers",
    ),
    pytest.param(
        {"x": 1},
        {},
        "5 prompts tie: every score by rater 'source' is 1; name the column that tells answers apart in "
        "Answer(score=...), or take another rater",
        id="ties",
    ),
    pytest.param(
        None,
        {"fields": replace(SCORED, answers=(SCORED.answers[0], replace(SCORED.answers[1], score="x")))},
        "5 prompts tie: two answers of a row have the same column of scores, 'x'; name each answer's own in "
        "Answer(score=...), or where one column says who is better, declare Verdict(...) and PairRule('given')",
        id="one column of scores for both answers",
    ),
    pytest.param(
        None,
        {"pairs": PairRule(min_margin=5)},
        "5 prompts below_margin: PairRule(min_margin=5) asks for 5; scores of which a pair could be differ by 1 at "
        "most: lower it",
        id="margin",
    ),
    pytest.param(
        None,
        {"pairs": PairRule(min_margin=3, margin_unit="sd")},
        "5 prompts below_margin: PairRule(min_margin=3) asks for 3 standard deviations; scores of which a pair could "
        "be differ by 2 standard deviations at most: lower it",
        id="margin in standard deviations",
    ),
    pytest.param(
        None,
        {"pairs": PairRule("model_a_vs_model_b", model_a="gpt", model_b="two")},
        f"5 prompts model_missing: {ASKS} 'gpt' and 'two', and no answer is by 'gpt'; there are answers by one 5, two "
        "5: name two of these in model_a and model_b",
        id="a model that is not there",
    ),
    pytest.param(
        {"a": ENGLISH[0], "b": ENGLISH[1]},
        {},
        "5 prompts too_few_usable_answers: of the answers were left out 10 by check 'language' "
        f"(answer_in_another_language); 10 were taken for en; {OTHER}",
        id="answers in English",
    ),
    pytest.param(
        None,
        {"prompt": "What is the capital of France, and why is it so important to people? Question number {}."},
        "5 prompts left out by check 'language' (prompt_in_another_language): 5 were taken for en; " + OTHER,
        id="prompts in English",
    ),
    pytest.param(
        {"a": CUT.format("kleine"), "b": CUT.format("kurze")},
        {},
        "5 prompts too_few_usable_answers: of the answers were left out 10 by check 'truncated_answers' "
        "(answer_open_fence); the check is for: answers cut at the token limit, or with a code block or formula left "
        "open; mend the texts, let such answers be rejected ones (PairRule(may_be_rejected=...)), or give the check "
        "other settings or leave it out of filters",
        id="all answers cut",
    ),
    pytest.param(
        {"a": GOOD, "b": GOOD},
        {},
        "5 prompts identical_texts: the answers of a prompt are the same text; name two different columns in "
        "Answer(...)",
        id="identical texts",
    ),
    pytest.param(
        {"b": " \n"},
        {},
        "5 prompts empty_answer: 5 of 5 answers by two are empty; check the columns that Answer(...) names",
        id="empty answers",
    ),
    pytest.param(
        {"x": "good", "y": "bad"},
        {"max_bad": 1},
        "5 prompts unrated: rater 'source' gave no score; 5 score_not_a_number (first at DIR/rows.jsonl:1: good): "
        "mend the column, or name the one that holds numbers in Answer(score=...)",
        id="scores that are words",
    ),
    pytest.param(
        {"y": None},
        {},
        "5 prompts unrated: rater 'source' scored 5 of 10 answers, and a pair needs two of a prompt; 5 "
        "not_rated: their cells are empty; check the column that Answer(score=...) names",
        id="one answer scored",
    ),
    pytest.param(
        None,
        {"rater": ReferenceRater()},
        "5 prompts unrated: rater 'chrf-reference' compares with reference answers, and no source names a column of "
        "them: declare Fields(reference='COLUMN')",
        id="no column of references",
    ),
    pytest.param(
        {"good": None},
        {"rater": ReferenceRater(), "fields": replace(SCORED, reference="good")},
        "5 prompts unrated: rater 'chrf-reference' gave no score; it compares with a reference, which 0 of 5 prompts "
        "have: name its column in Fields(reference=...), or take another rater",
        id="no reference",
    ),
    pytest.param(
        {"x": 1},
        {"limit": 2},
        "2 prompts tie, 3 prompts beyond_limit: every score by rater 'source' is 1; name the column that tells answers "
        "apart in Answer(score=...), or take another rater; limit (--limit) 2 left 3 more prompts aside, which may do "
        "better",
        id="a limit that leaves only ties",
    ),
]


@pytest.mark.parametrize(("row", "settings", "reasons"), MISTAKES)
def test_where_no_pair_is_left_the_mistake_is_named(tmp_path, row, settings, reasons):
    looked = "; polypref inspect DIR/out shows all counts and rows that were left out"
    assert sentence(tmp_path, row, **settings) == f"no pair is left to share out: {reasons}{looked}"


def test_prompts_that_differ_in_what_cannot_be_seen_are_named_with_their_number(tmp_path):
    texts = ["Wo ist K\u00f6ln?", "Wo ist\u00a0Ko\u0308ln? ", "Wo ist \u200bK\u00f6ln?", "Was ist ein Igel?"]
    fields = replace(SCORED, answers=SCORED.answers[:1])
    reason = sentence(tmp_path, n=4, prompt=SimpleNamespace(format=lambda number: texts[number]), fields=fields)
    assert "there are 4 answers to 4 prompts, and a pair needs two to one prompt; 2 prompts differ from anoth" in reason
    assert "second answer" not in reason


def test_verdicts_that_are_ties_are_named(tmp_path):
    rows = [{"best": "neither"}] * 5 + [{"b": GOOD}]
    reason = sentence(tmp_path, rows, fields=JUDGED, rater=SourceRater("annotators"), pairs=GIVEN)
    assert "5 verdicts tie, 1 verdict identical_texts: these verdicts prefer neither answer; check which l" in reason


def test_a_person_who_says_both_is_named_where_there_is_no_majority(tmp_path):
    verdict = Verdict("annotators", "best", first=("a",), second=("b",), each="votes", annotator="who", join="majority")
    votes = [{"who": "x", "best": best} for best in "aab"]
    fields = replace(JUDGED, verdict=verdict)
    reason = sentence(tmp_path, {"votes": votes}, fields=fields, rater=SourceRater("annotators"), pairs=GIVEN)
    assert (
        "15 verdicts no_majority: no side has more than half of the people who judged the same two answers (5 times "
        "one person says different things, which counts for no side); mend these rows or the column of annotator=, "
        "or have each verdict count by itself: Verdict(join='each'); polypref"
    ) in reason


def test_a_check_of_ones_own_that_leaves_nothing_is_named(tmp_path):
    reason = sentence(tmp_path, filters=(RegexCheck("no_france", "Frankreich"),))
    assert "5 prompts too_few_usable_answers: of the answers were left out 10 by check 'no_france' (" in reason
    assert "the check is for: " in reason


def test_the_better_answers_being_left_out_is_told_apart(tmp_path):
    reason = sentence(tmp_path, {"a": POOR, "b": ENGLISH[0], "y": 3})
    assert "5 prompts preferred_answer_not_usable: of the answers, the better ones, were left out 5 by check" in reason


def test_only_answers_of_the_two_models_of_a_rule_are_counted(tmp_path):
    three = (*SCORED.answers, Answer("c", model="three", score="z"))
    rule = PairRule("model_a_vs_model_b", model_a="one", model_b="two")
    row = {"b": CUT.format("kleine"), "c": ENGLISH[0], "z": 9}
    reason = sentence(tmp_path, row, fields=replace(SCORED, answers=three), pairs=rule)
    assert (
        "5 prompts too_few_usable_answers: of the answers by 'one' and 'two' were left out 5 by check "
        "'truncated_answers' (answer_open_fence); the check is for" in reason
    )
    assert "another_language" not in reason


def test_a_margin_is_compared_with_what_could_be_a_pair_and_the_better_answers_are_named(tmp_path):
    three = (*SCORED.answers, Answer("c", model="three", score="z"))
    row = {"c": ENGLISH[0], "z": 9}
    reason = sentence(tmp_path, row, fields=replace(SCORED, answers=three), pairs=PairRule(min_margin=3))
    assert (
        "5 prompts below_margin: PairRule(min_margin=3) asks for 3; scores of which a pair could be differ by 1 at "
        "most: lower it; the answers with the highest scores to 5 of these prompts may not be chosen: 5 by check "
        "'language' (answer_in_another_language)"
    ) in reason


@pytest.mark.slow
@pytest.mark.parametrize("reviewed", ["decisions", "changelog"])
def test_people_who_took_everything_back_are_named(tmp_path, reviewed):
    built = run(tmp_path)
    pairs = [row for part in built.pair.parts("pairs") for row in pq.read_table(part).to_pylist()]
    path = tmp_path / f"{reviewed}.txt"
    if reviewed == "decisions":
        decisions = {row["pair_id"]: "remove" for row in pairs}
        path.write_text(json.dumps({"format": "polypref-review/1", "decisions": decisions, "agreement": {}}), "utf-8")
        assert (
            "5 pairs removed_by_reviewers: the decisions of DIR/decisions.txt (--review) remove them; build"
            in sentence(tmp_path, review=str(path))
        )
    else:
        path.write_text("".join(f"- {row['prompt_id']}\n" for row in pairs), "utf-8")
        assert (
            "5 prompts left out by check 'retracted' (taken_back): they were taken back from an earlier release "
            "(DIR/changelog.txt); give other prompts"
        ) in sentence(tmp_path, retracted=str(path))


def test_verdicts_on_one_usable_answer_are_named(tmp_path):
    fields = replace(JUDGED, answers=JUDGED.answers[:1])
    reason = sentence(tmp_path, fields=fields, rater=SourceRater("annotators"), pairs=GIVEN, max_bad=1)
    assert "5 prompts no_verdict: rater 'annotators' gave no verdict on them; 5 verdict_without_two_answers" in reason
    assert "first at DIR/rows.jsonl:1: 1 usable" in reason


def test_a_margin_in_standard_deviations_without_a_score_names_why(tmp_path):
    reason = sentence(tmp_path, fields=JUDGED, pairs=PairRule(min_margin=1, margin_unit="sd"))
    assert reason.startswith(
        "a margin in standard deviations needs scores: rater 'source' gave no score; the sources have"
    )


EMPTY = "mixture 'm' is empty: no training pair is in any of its languages "


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "reasons"),
    [
        (
            {"mixtures": (Mixture("m", ("ja", "zh")),)},
            EMPTY + "(ja, zh): no row is in ja, zh; there are prompts in de 5: name some of these, or give rows in the "
            "others",
        ),
        (
            {"mixtures": (Mixture("m", ("ja",), per_language=5, shortage="error"),)},
            EMPTY + "(ja): no row is in ja; there are prompts in de 5: name some of these, or give rows in the others",
        ),
        (
            {"mixtures": (Mixture("m"),), "split": Split(test=0.999)},
            "mixture 'm' is empty: all 5 pairs of its languages (de) are in the test split; lower its share (now "
            "Split(test=0.999)), or add prompts",
        ),
        (
            {"mixtures": (Mixture("m"),), "split": Split(test=0.999), "limit": 1},
            "mixture 'm' is empty: the only pair of its languages (de) is in the test split; lower its share (now "
            "Split(test=0.999)), or raise limit (--limit), which left 4 prompts aside",
        ),
        (
            {"mixtures": (Mixture("m", ("ar", "de"), total=1),)},
            "mixture 'm' is empty: its total of 1 is asked of languages without a training pair (ar 1); raise total, "
            "or set shortage to redistribute",
        ),
        (
            {"mixtures": (Mixture("m"),), "split": Split(test=0, length_balanced=True)},
            "no pair is left to share out: 5 pairs beyond_length_balance: Split(length_balanced=True) keeps as many "
            "pairs whose chosen answer is longer as ones whose is shorter, and there are none of one kind; leave it "
            "out; polypref inspect DIR/out shows all counts and rows that were left out",
        ),
        (
            {"languages": ("he",), "mixtures": (Mixture("m"),)},
            "no source has a usable prompt in he; rows are in de 5: ask for one of these (--languages)",
        ),
    ],
    ids=["other languages", "shortage", "all in test", "limit", "total", "lengths", "languages"],
)
def test_an_empty_mixture_is_explained(tmp_path, settings, reasons):
    assert sentence(tmp_path, **settings) == reasons


def rows_of(tmp_path, rows):
    path = tmp_path / "several.jsonl"
    path.write_text("".join(json.dumps(ROW | one) + "\n" for one in rows), "utf-8")
    fields = replace(SCORED, language="language")
    return Files(str(path), name="x", licence="mit", revision="1", fields=fields)


def test_a_mixture_that_cannot_be_filled_says_what_each_short_language_lost(tmp_path):
    rows = [{"prompt": PROMPT.format(n), "language": "de", "y": 2 if n < 4 else 1} for n in range(10)]
    rows += [{"prompt": "", "language": "de"}]
    rows += [{"prompt": f"Who built house number {n}?", "language": "en"} for n in range(3)]
    mixture = Mixture("m", ("de", "en", "ja"), per_language=7, shortage="error")
    settings = {"mixtures": (mixture,), "split": Split(test=0.4), "prompts": Prompts(near_duplicates=None)}
    builder = Builder("b", "1.0.0", sources=(rows_of(tmp_path, rows),), filters=(), max_bad=0.5, **settings)
    with Store(tmp_path / "out", "b") as store, pytest.raises(UserError) as error:
        run_builder(builder, store, Local(1), None, quiet=True)
    assert str(error.value) == (
        "mixture 'm' cannot be filled: de 3 of 7, en 2 of 7, ja 0 of 7 training pairs; what was left out in ja: "
        "nothing; what was left out in en: 1 pair is in test; what was left out in de: 4 prompts tie, 1 row "
        "empty_prompt, and 3 pairs are in test; ask for less, add prompts, or set shortage to accept or redistribute"
    )


def test_a_shortage_counts_pairs_that_distinct_prompts_do_not_take(tmp_path):
    rows = [{"prompt": f"{PROMPT} {n}", "language": tag, "id": n} for n in range(6) for tag in ("de", "en")]
    source = rows_of(tmp_path, rows)
    source = replace(source, fields=replace(source.fields, group="id"))
    mixture = Mixture("m", ("de", "en"), per_language=6, shortage="error", prompts="distinct")
    builder = Builder(
        "b", "1.0.0", sources=(source,), filters=(), mixtures=(mixture,), split=Split(test=0),
        prompts=Prompts(near_duplicates=None),
    )  # fmt: skip
    with Store(tmp_path / "out", "b") as store, pytest.raises(UserError) as error:
        run_builder(builder, store, Local(1), None, quiet=True)
    assert "; what was left out in de: prompts='distinct' does not take " in str(error.value)

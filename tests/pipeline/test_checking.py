"""Checks in a build: which rows are seen together, and what is counted."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.languages import detectors
from polypref.languages.identifier import Identifier
from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.pipeline.checking import detectors_and_files, whole_prompts
from polypref.pipeline.run import Built, run_builder
from polypref.raters.contract import ratings
from polypref.raters.given import SourceRater
from polypref.stages import pool
from polypref.stages.balance import Split
from polypref.stages.checks.language import Language
from polypref.stages.checks.line_fidelity import LineFidelity
from polypref.stages.checks.own import RegexCheck
from polypref.stages.checks.refusals import Refusals
from polypref.stages.checks.second_detector import SecondDetector
from polypref.stages.equation import steps_of
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts


@pytest.mark.parametrize(
    ("prompts", "most", "sizes"),
    [
        ("", 2, [0]),
        ("a", 2, [1]),
        ("abcd", 2, [2, 2]),
        ("aab", 1, [2, 1]),
        ("abbbcd", 2, [4, 2]),
        ("aaaa", 3, [4]),
    ],
)
def test_all_pairs_of_a_prompt_come_to_the_filters_together(prompts, most, sizes):
    pairs = pa.table({"prompt_id": pa.array(list(prompts), pa.string())})
    cuts = list(whole_prompts(pairs, most))
    assert [len(cut) for cut in cuts] == sizes
    assert pa.concat_tables(cuts).equals(pairs)


@pytest.mark.parametrize(
    ("check", "asked"),
    [
        (Language(), {"py3langid"}),
        (LineFidelity(), {"py3langid"}),
        (LineFidelity(Identifier(detector="lingua")), {"lingua-language-detector", "py3langid"}),
        (SecondDetector(), {"langdetect", "py3langid"}),
        (SecondDetector(Identifier(detector="lingua"), Identifier(detector="langdetect")),
         {"lingua-language-detector", "langdetect", "py3langid"}),
        (Refusals(), set()),
    ],
)  # fmt: skip
def test_what_checks_stand_for_holds_the_version_of_each_detector_that_they_may_ask(monkeypatch, check, asked):
    for package in ("py3langid", "langdetect", "lingua-language-detector", "fasttext"):
        versions = {package: "another"}
        monkeypatch.setattr(detectors, "package_version", lambda name, held=versions: held.get(name, "1.0"))
        changed = any("another" in identity for identity, _ in detectors_and_files([check], lambda path: ""))
        assert changed == (package in asked), package


PROMPT = "Was ist die Hauptstadt von Frankreich, und warum ist sie so wichtig? Frage {}."
ENGLISH = "The capital of France is Paris, which is a very large city on the river Seine, and has been for centuries."
GOOD = "Die Hauptstadt von Frankreich ist Paris, eine sehr große Stadt an der Seine, und das seit vielen Jahrhunderten."
POOR = "Ich weiß es leider nicht so genau, aber vielleicht ist es eine große Stadt irgendwo mitten in Frankreich."
CUT = "Die Hauptstadt von Frankreich ist Paris, wie dieses kleine Programm zeigt, das man so schreibt:\n```\nprint("
DAMAGED = "Die Hauptstadt von Frankreich ist Par\ufffds, eine gro\ufffde Stadt an der Seine, seit vielen Jahrhunderten."
FIELDS = Fields(prompt="prompt", answers=(Answer("answer", model="model", score="score"),))


@dataclass(frozen=True)
class Lengths:
    """A rater that likes long answers, and remembers which it was given."""

    seen: list[str] = field(default_factory=list, metadata={"settings": False})
    name: ClassVar[str] = "lengths"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        self.seen.extend(completions["text"].to_pylist())
        ids = zip(*(completions[name].to_pylist() for name in ("prompt_id", "completion_id", "text")), strict=True)
        return ratings(self.name, [(prompt, completion, float(len(text))) for prompt, completion, text in ids])


def built_of(tmp_path: Path, prompts: Mapping[str, Sequence[tuple[str, float]]], **more: Any) -> Built:
    """A build of prompts, each with answers and their scores; the default checks but for those of near-copies."""
    rows = [
        {"prompt": prompt, "answer": text, "score": score, "model": f"m{place}"}
        for prompt, answers in prompts.items()
        for place, (text, score) in enumerate(answers)
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = Files(str(path), name="x", licence="mit", revision="1", fields=more.pop("fields", FIELDS), language="de")
    more = {"prompts": Prompts(near_duplicates=None), "split": Split(test=0)} | more
    with Store(tmp_path / "store", "b") as store:
        return run_builder(Builder("b", "1.0.0", sources=(source,), **more), store, Local(1), quiet=True)


def counts(built: Built, stage: str, unit: str) -> dict[str, int]:
    """Outcome and reason -> rows of one stage and unit."""
    rows = [row for row in built.funnel if (row.stage, row.unit) == (stage, unit)]
    return {" ".join(filter(None, (row.outcome, row.reason))): row.rows for row in rows}


def pairs_of(built: Built) -> list[dict[str, Any]]:
    """The pairs with their texts and flags, by prompt."""
    tables = [*(pq.read_table(part) for part in built.pair.parts("pairs"))]
    flags = {
        row["pair_id"]: row for part in built.filtered.parts("filtered") for row in pq.read_table(part).to_pylist()
    }
    texts = {
        row["completion_id"]: row["text"]
        for part in pool.row_files(built.rows, "completions")
        for row in pq.read_table(part).to_pylist()
    }
    return [
        row | {"chosen": texts[row["chosen_id"]], "rejected": texts[row["rejected_id"]]} | flags[row["pair_id"]]
        for row in pa.concat_tables(tables).to_pylist()
    ]


@pytest.mark.slow
def test_where_the_rater_likes_english_the_next_best_is_chosen(tmp_path):
    built = built_of(tmp_path, {PROMPT.format(1): [(ENGLISH, 9), (GOOD, 8), (POOR, 2)]})
    (pair,) = pairs_of(built)
    assert (pair["chosen"], pair["rejected"], pair["score_margin"], pair["flags"]) == (GOOD, POOR, 6, [])
    assert counts(built, "check", "answers") == {
        "in": 3,
        "kept": 3,
        "rejected_only language: answer_in_another_language": 1,
    }
    rule = PairRule(prefer_rejected=("language",))
    (pair,) = pairs_of(built_of(tmp_path, {PROMPT.format(1): [(ENGLISH, 9), (GOOD, 8), (POOR, 2)]}, pairs=rule))
    assert (pair["chosen"], pair["rejected"], pair["score_margin"]) == (GOOD, ENGLISH, None)
    assert pair["reason"] is None and pair["flags"] == ["language_confusion", "rejected_lines_in_another_language"]


def test_answers_and_prompts_that_are_left_out_are_counted_once_each(tmp_path):
    built = built_of(
        tmp_path,
        {
            PROMPT.format(1): [(CUT, 9), (GOOD, 8), (POOR, 2)],
            PROMPT.format(2): [(CUT, 9), (DAMAGED, 8), (GOOD, 2)],
            PROMPT.format("\ufffd"): [(GOOD, 8), (POOR, 2)],
            PROMPT.format(3): [(GOOD, 8)],
        },
    )
    assert counts(built, "check", "prompts") == {
        "in": 4,
        "kept": 3,
        "rejected encoding_damage: prompt_replacement_character": 1,
    }
    assert counts(built, "check", "answers") == {
        "in": 9,
        "kept": 3,
        "unused not_checked": 1,
        "unused prompt_left_out": 2,
        "rejected truncated_answers: answer_open_fence": 2,
        "rejected encoding_damage: answer_replacement_character": 1,
    }
    assert counts(built, "pair", "prompts") == {
        "in": 3,
        "kept": 1,
        "pairs_made": 1,
        "first_choice": 3,
        "first_choice_fell truncated_answers: answer_open_fence": 2,
        "rejected too_few_usable_answers": 1,
        "rejected fewer_than_two_answers": 1,
    }
    assert [(pair["chosen"], pair["rejected"]) for pair in pairs_of(built)] == [(GOOD, POOR)]


@pytest.mark.slow
def test_nobody_rates_what_can_be_in_no_pair_unless_told_to(tmp_path):
    prompts = {
        PROMPT.format(1): [(CUT, 0), (GOOD, 0), (POOR, 0), (ENGLISH, 0)],
        PROMPT.format(2): [(DAMAGED, 0), (GOOD, 0)],
    }
    rater = Lengths()
    built = built_of(tmp_path, prompts, rater=rater)
    assert sorted(rater.seen) == sorted([GOOD, POOR, ENGLISH])
    assert [pair["chosen"] in (GOOD, POOR) for pair in pairs_of(built)] == [True]
    every = Lengths()
    built = built_of(tmp_path, prompts, rater=every, rate_every_answer=True)
    # The cut one; and the damaged one with the only other answer to its prompt, which passes the checks.
    used = {"in": 4, "kept": 3, "unused only_usable_answer": 1}
    assert counts(built, "rate", "answers") == {**used, "rated_beyond_use": 3}
    (step,) = (step for step in steps_of(built.funnel) if (step.stage, step.unit) == ("rate", "answers"))
    assert (step.came, step.left_out, step.went) == (4, {("unused", "only_usable_answer"): 1}, 3)
    assert counts(built_of(tmp_path, prompts, rater=rater), "rate", "answers") == used
    assert Counter(every.seen) == Counter([CUT, GOOD, POOR, ENGLISH, DAMAGED, GOOD])


def test_a_cut_answer_may_be_rejected_by_setting(tmp_path):
    prompts = {PROMPT.format(1): [(GOOD, 8), (CUT, 2)]}
    with pytest.raises(UserError, match="no pair is left"):
        built_of(tmp_path, prompts)
    rule = PairRule(may_be_rejected=("truncated_answers: answer_open_fence",))
    (pair,) = pairs_of(built_of(tmp_path, prompts, pairs=rule))
    assert (pair["rejected"], pair["flags"]) == (CUT, ["rejected_open_fence"])


def test_a_pair_that_people_turned_falls_where_its_answers_may_not_be_so(tmp_path):
    prompts = {PROMPT.format(n): [(GOOD, 8), (ENGLISH, 2)] for n in (1, 2)}
    first, second = pairs_of(built_of(tmp_path, prompts))
    decisions = {"format": "polypref-review/1", "decisions": {first["pair_id"]: "relabel"}, "agreement": {}}
    (tmp_path / "decisions.json").write_text(json.dumps(decisions), "utf-8")
    built = built_of(tmp_path, prompts, review=str(tmp_path / "decisions.json"))
    assert counts(built, "filter", "pairs") == {
        "in": 2,
        "kept": 1,
        "rejected language: chosen_in_another_language": 1,
        "flagged language_confusion": 1,
        "flagged rejected_lines_in_another_language": 1,
    }
    assert second["pair_id"] != first["pair_id"]


def test_verdicts_on_a_prompt_that_is_left_out_are_counted(tmp_path):
    fields = Fields(
        prompt="prompt",
        answers=(Answer("a", model="=x"), Answer("b", model="=y")),
        verdict=Verdict("people", "won", first=("a",), second=("b",), tie=()),
    )
    rows = [
        {"prompt": PROMPT.format(1), "a": GOOD, "b": POOR, "won": "a"},
        {"prompt": PROMPT.format(2), "a": GOOD, "b": ENGLISH, "won": "b"},
        {"prompt": PROMPT.format(3), "a": CUT, "b": GOOD, "won": "b"},
        {"prompt": PROMPT.format("\ufffd"), "a": GOOD, "b": POOR, "won": "a"},
    ]
    path = tmp_path / "verdicts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    source = Files(str(path), name="x", licence="mit", revision="1", fields=fields, language="de")
    builder = Builder(
        "b", "1.0.0", sources=(source,), rater=SourceRater("people"), pairs=PairRule("given"), split=Split(test=0),
        prompts=Prompts(near_duplicates=None),
    )  # fmt: skip
    with Store(tmp_path / "store", "b") as store:
        built = run_builder(builder, store, Local(1), quiet=True)
    assert counts(built, "pair", "verdicts") == {
        "in": 4,
        "kept": 1,
        "pairs_made": 1,
        "unused prompt_left_out": 1,
        "rejected language: chosen_in_another_language": 1,
        "rejected truncated_answers: rejected_open_fence": 1,
    }
    assert counts(built, "verdicts", "prompts") == {
        "in": 3,
        "kept": 1,
        "with_a_pair": 1,
        "rejected no_pair_of_its_verdicts": 2,
    }


def test_the_one_answer_of_a_prompt_is_not_checked_and_no_answer_that_is_kept(tmp_path):
    prompts = {
        PROMPT.format(1): [(GOOD, 8), (POOR, 2)],
        PROMPT.format(2): [("Es ist kap\ufffdtt.", 8)],
        PROMPT.format(3): [(GOOD, 8)],
    }
    built = built_of(tmp_path, prompts)
    assert counts(built, "check", "answers") == {"in": 4, "kept": 2, "unused not_checked": 2}
    assert counts(built, "pair", "answers") == {"in": 2, "kept": 2}
    assert counts(built, "pair", "prompts")["rejected fewer_than_two_answers"] == 2


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (PairRule(prefer_rejected=("langauge",)), r"prefer_rejected=\.\.\.\) names 'langauge'.*'language'"),
        (
            PairRule(prefer_rejected=("language: answer_cut",)),
            r"'language' keeps no answer for the reason 'answer_cut'; its reasons are answer_in_another_language",
        ),
        (PairRule(may_be_rejected=("truncated_answers: cut",)), "its reasons are answer_cut, answer_open_fence"),
        (PairRule(may_be_rejected=("exact_duplicates",)), r"may_be_rejected=\.\.\.\) names 'exact_duplicates'"),
        (PairRule(may_be_rejected=("cut: answer_cut",)), "names 'cut: answer_cut'"),
        (
            PairRule(prefer_rejected=("refusals",)),
            "names 'refusals', and no check in the chain that keeps answers from",
        ),
    ],
)
def test_a_pair_rule_that_names_no_check_of_answers_is_refused(tmp_path, rule, named):
    with pytest.raises(UserError, match=named):
        built_of(tmp_path, {PROMPT.format(1): [(GOOD, 8), (POOR, 2)]}, pairs=rule)


def test_another_list_of_refusals_is_another_stage(tmp_path):
    folder = tmp_path / "lists"
    folder.mkdir()

    def chosen(phrase: str) -> list[str]:
        rows = f"kind\tphrase\tsource\treviewer\nrefusal\t{phrase}\tby hand\tA. Reader\n"
        (folder / "de.tsv").write_text(rows, "utf-8")
        check = Refusals(folder=str(folder), action="reject")
        prompts = {PROMPT.format(1): [(GOOD, 8), (POOR, 2), (POOR + " Vielleicht.", 1)]}
        return [pair["chosen"] for pair in pairs_of(built_of(tmp_path, prompts, filters=(check,)))]

    assert chosen("Nichts davon steht da") == [GOOD]
    assert chosen("Die Hauptstadt von Frankreich") == [POOR]


def test_no_check_may_be_called_as_that_for_what_was_taken_back(tmp_path):
    with pytest.raises(UserError, match=r"has a check called 'retracted'.*give it another name"):
        built_of(tmp_path, {PROMPT.format(1): [(GOOD, 8), (POOR, 2)]}, filters=(RegexCheck("retracted", "zzz"),))

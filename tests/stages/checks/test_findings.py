"""Checks of prompts and answers: what each is shown, what an answer may then be, the flags of its pairs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.stages.checks.contract import Batch, Flag, Outcome, Reject, Side, Subject
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.findings import check_subjects, checks_of, flags_of, in_a_pair, run_checks, subjects_of
from polypref.stages.checks.own import FunctionCheck, RegexCheck


def answers(*texts: str) -> Batch:
    """Answers a0, a1 ... to one German prompt."""
    rows = len(texts)
    table = {
        "prompt_id": ["p"] * rows,
        "completion_id": [f"a{row}" for row in range(rows)],
        "language": ["de"] * rows,
        "response_language": ["de"] * rows,
        "prompt": [[{"role": "user", "content": "Warum?"}]] * rows,
        "answer": list(texts),
        "answer_finish_reason": [None] * rows,
        "answer_route": ["given"] * rows,
        "labels": [[]] * rows,
    }
    return Batch(pa.table(table), subject="answer")


@dataclass(frozen=True)
class Letter:
    """Rejects answers with a letter, and remembers what it was shown."""

    letter: str
    shown: list[list[str]]
    roles: tuple[Side, ...] = ("chosen", "rejected")
    sides: tuple[Side, ...] | None = None
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "a letter"
    thresholds: ClassVar[dict[str, str]] = {}
    subjects: ClassVar[tuple[Subject, ...]] = ("answer",)

    @property
    def name(self) -> str:
        return f"letter_{self.letter}"

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        self.shown.append(batch.texts("answer"))
        for row, text in enumerate(batch.texts("answer")):
            if self.letter in text:
                yield row, Reject(f"answer_has_{self.letter}", text, self.sides)


def uses(table: pa.Table) -> list[tuple[str, str, str, bool, bool]]:
    names = ("completion_id", "check", "reason", "chosen", "rejected")
    assert table.schema == schema.FINDINGS
    return [tuple(row[name] for name in names) for row in table.to_pylist()]  # type: ignore[misc]


def test_an_answer_that_may_be_neither_is_shown_to_no_check_after():
    shown: list[list[str]] = []
    chain = [Letter("x", shown), Letter("y", shown, ("chosen",)), Letter("z", shown)]
    table = run_checks(chain, answers("x", "y", "yz", "n"))
    assert uses(table) == [
        ("a0", "letter_x", "answer_has_x", True, True),
        ("a1", "letter_y", "answer_has_y", True, False),
        ("a2", "letter_y", "answer_has_y", True, False),
        ("a2", "letter_z", "answer_has_z", True, True),
    ]
    # What may still be rejected is looked at further: it may turn out to be of no use either.
    assert shown == [["x", "y", "yz", "n"], ["y", "yz", "n"], ["y", "yz", "n"]]


def test_two_checks_that_each_leave_one_side_leave_none_together():
    shown: list[list[str]] = []
    chain = [Letter("x", shown, ("chosen",)), Letter("y", shown, ("rejected",)), Letter("z", shown)]
    assert len(run_checks(chain, answers("xy", "x"))) == 3
    assert shown[-1] == ["x"]


def test_the_outcome_says_the_sides_before_the_check_does():
    table = run_checks([Letter("x", [], ("chosen", "rejected"), ("rejected",))], answers("x"))
    assert uses(table) == [("a0", "letter_x", "answer_has_x", False, True)]


@pytest.mark.parametrize("named", ["letter_x", "letter_x: answer_has_x"])
def test_a_pair_rule_may_let_what_a_check_rejects_be_rejected(named):
    shown: list[list[str]] = []
    table = run_checks([Letter("x", shown), Letter("y", shown)], answers("x", "y"), (named,))
    assert uses(table)[0] == ("a0", "letter_x", "answer_has_x", True, False)
    assert uses(table)[1] == ("a1", "letter_y", "answer_has_y", True, True)
    assert shown[-1] == ["x", "y"], "it is looked at further"
    assert flags_of(table) == {("a0", "rejected"): ["rejected_has_x"]}


def test_each_check_says_what_it_is_shown():
    subjects = {one.name: subjects_of(one) for one in default_chain()}
    assert subjects["language"] == subjects["length_bounds"] == ("prompt", "answer")
    assert subjects["truncated_answers"] == subjects["line_fidelity"] == ("answer",)
    assert subjects["contamination"] == subjects["untranslated"] == ("prompt",)
    pairs = [one.name for one in checks_of(default_chain(), "pair")]
    assert pairs == [
        *("exact_duplicates", "score_sanity", "small_margin", "identical_answers", "near_identical_answers"),
        *("length_ratio", "rater_spread", "reviewed"),
    ]
    assert subjects_of(RegexCheck("x", "y", roles=("prompt",))) == ("prompt",)
    assert subjects_of(FunctionCheck(lambda row: None)) == ("pair",)
    assert subjects_of(FunctionCheck(lambda row: None, of="answer")) == ("answer",)


def test_a_function_may_look_at_answers():
    check = FunctionCheck(lambda row: "short" if len(row["answer"]) < 3 else None, "length", of="answer")
    assert uses(run_checks([check], answers("ab", "abc"))) == [("a0", "length", "short", True, True)]
    chosen = FunctionCheck(lambda row: Reject("short", sides=("chosen",)), "length", of="answer")
    assert uses(run_checks([chosen], answers("ab"))) == [("a0", "length", "short", True, False)]
    with pytest.raises(UserError, match=r"check 'length', answer a0: the function returns 7; return None to keep"):
        run_checks([FunctionCheck(lambda row: 7, "length", of="answer")], answers("ab"))


def test_flags_are_those_of_the_side_that_an_answer_is_on():
    def row(answer: str | None, outcome: str, reason: str, chosen: bool, rejected: bool) -> dict[str, Any]:
        ids = {"prompt_id": "p", "completion_id": answer, "language": "de", "check": "c"}
        return ids | {"outcome": outcome, "reason": reason, "chosen": chosen, "rejected": rejected}

    rows = [
        row(None, "flag", "prompt_html", True, True),
        row(None, "reject", "prompt_empty", True, True),
        row("a", "flag", "answer_refusal", True, True),
        row("a", "flag", "pii_email", True, True),
        row("a", "flag", "harmful_prompt", True, False),
        row("b", "reject", "answer_in_another_language", True, False),
        row("c", "reject", "answer_html", True, False),
        row("d", "reject", "answer_cut", True, True),
        row("e", "reject", "answer_odd", False, True),
    ]
    assert flags_of(pa.Table.from_pylist(rows, schema.FINDINGS)) == {
        ("p", None): ["prompt_html"],
        ("a", "chosen"): ["chosen_refusal", "pii_email", "harmful_prompt"],
        ("a", "rejected"): ["rejected_refusal", "pii_email"],
        ("b", "rejected"): ["language_confusion"],
        ("c", "rejected"): ["rejected_html"],
    }
    assert in_a_pair("answer_cut", "rejected") == "rejected_cut" and in_a_pair("pii_email", "chosen") == "pii_email"


def test_a_side_that_is_given_back_leaves_no_finding():
    only_rejected = Letter("x", [], ("rejected",))
    assert run_checks([only_rejected], answers("x"), ("letter_x",)).num_rows == 0


@pytest.mark.parametrize(
    ("named", "wrong"),
    [("subjects", ("answers",)), ("subjects", "answer"), ("subjects", ()), ("roles", ("choosen",)), ("roles", ())],
)
def test_a_check_that_misspells_what_it_is_shown_is_refused(named, wrong):
    one = type("Own", (Letter,), {named: wrong} if named == "subjects" else {})
    check = one("x", [], *([wrong] if named == "roles" else []))
    with pytest.raises(UserError, match=rf"check 'letter_x'.*: its {named} are "):
        check_subjects(check)
    check_subjects(Letter("x", []))


@pytest.mark.parametrize("sides", [(), ("both",), "chosen", ["chosen"]])
def test_sides_that_are_none_are_refused(sides):
    for outcome in (lambda: Reject("r", sides=sides), lambda: Flag("f", sides)):
        with pytest.raises(UserError, match=r"write \('chosen',\), \('rejected',\) or \('chosen', 'rejected'\)"):
            outcome()


def test_what_an_own_check_raises_is_named_with_the_answer():
    def raising(row: Any) -> None:
        if "b" in row["answer"]:
            raise ValueError("no b")

    with pytest.raises(UserError, match=r"check 'raising', answer a1.* no b"):
        run_checks([FunctionCheck(raising, of="answer")], answers("a", "b"))


@given(st.lists(st.text("xyz", max_size=3), max_size=8), st.permutations("xyz"))
def test_an_answer_alone_is_judged_as_among_others(texts: Sequence[str], letters: Sequence[str]):
    chain = [
        Letter(letters[0], [], ("chosen",)),
        Letter(letters[1], [], ("rejected",)),
        Letter(letters[2], []),
    ]
    together = uses(run_checks(chain, answers(*texts)))
    batch = answers(*texts)
    alone = [one for row in range(len(texts)) for one in uses(run_checks(chain, batch.take([row])))]
    assert together == alone


def test_every_reason_for_which_a_check_keeps_an_answer_is_one_that_it_declares():
    texts = (
        "",
        "Ja",
        "Das ist sch\u00f6n. " * 400,
        "Es ist kap\ufffdtt, " * 9,
        "Das ist \u00c3\u00a4rgerlich und sch\u00c3\u00b6n und gr\u00c3\u00bcn und s\u00c3\u00bc\u00c3\u0178.",
        "Das ist der Anfang eines langen Satzes, der mitten in einem Wo",
        "So schreibt man das als kleines Programm auf:\n```\nprint(",
        "Die Formel daf\u00fcr lautet so: $$ a + b",
        'Der Name ist __PH_3__ und wohnt in <x id="1"/> mit ihm.',
        "<p>Das ist ein <b>Absatz</b> aus einer Seite im Netz.</p><br/>",
        "This is because the blue light of the sun is scattered more than the red light is.",
        "Das ist gut.<|im_end|>",
    )
    declared = 0
    for check in checks_of(default_chain(), "answer"):
        reasons = {
            one["reason"] for one in run_checks([check], answers(*texts)).to_pylist() if one["outcome"] == "reject"
        }
        if hasattr(check, "answer_reasons"):
            declared += 1
            assert reasons <= set(check.answer_reasons), check.name
        else:
            assert not reasons, check.name
    assert declared > 8

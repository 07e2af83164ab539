"""docs/reasons.md has a sentence on every reason and flag that a build can count, and on none that is no more."""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from runpy import run_path
from typing import get_args

import pytest

from polypref.review.applying import Outcome
from polypref.stages.equation import LEFT_OUT
from polypref.stages.reason_words import groups
from polypref.text.personal_data import KINDS

from .conftest import ROOT

HOUSE = ROOT / "polypref"
FOLDERS = ("files", "inference", "judging", "layouts", "pipeline", "raters", "stages", "text")
# Calls by which something is left out or flagged -> which argument is the reason.
CALLS = {
    **dict.fromkeys(("Bad", "Broken", "Failure", "Flag", "NotAsked", "Reject", "Uncleanable", "Unread", "Unusable"), 0),
    **dict.fromkeys(("outcome", "_name", "_parsed"), 1),
    "_each_remnant": 3,
}
BESIDE = (*LEFT_OUT, "flagged", "part_rejected", "rejected_only", "chosen_only")
# What stands where reasons do and is none (in SQL, roles of turns, how a model stopped), and reasons by which
# evaluations, `polypref look` and rehearsals alone leave something out.
NO_REASONS = {"a", "b", "again", "turned", "assistant", "system", "tool_calls", *groups()["outcomes"].meanings()}
OF_EVALUATIONS = {"nan", "missing_field", "same_model", "no_two_answers_compared", "score_outside_the_scale"}
OF_EVALUATIONS |= {"one_answer_scored", "no_preference", "rehearsed"}
NAME = re.compile(r"[a-z{}]+(_[a-z{}]+)*")


@cache
def trees() -> dict[Path, ast.Module]:
    return {path: ast.parse(path.read_text("utf-8")) for one in FOLDERS for path in (HOUSE / one).rglob("*.py")}


def assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr, int]]:
    """The names that a module gives to values at its top, with these and the line."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            both = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            for name, value in zip(target.elts, node.value.elts, strict=True) if both else [(target, node.value)]:
                if isinstance(name, ast.Name):
                    yield name.id, value, node.lineno


@cache
def constants() -> dict[str, set[str]]:
    known: dict[str, set[str]] = {}
    for name, value, _ in chain.from_iterable(map(assigned, trees().values())):
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            known.setdefault(name, set()).add(value.value)
    return known


def texts(node: ast.expr) -> list[str]:
    """What an expression may be: `{}` stands for what is not known."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.Name):
        return sorted(constants().get(node.id, ()))
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.BoolOp):
        return [text for one in node.values for text in texts(one)]
    if not isinstance(node, ast.JoinedStr):
        return []
    whole = [""]
    for part in node.values:
        options = texts(part.value) or ["{}"] if isinstance(part, ast.FormattedValue) else texts(part)
        whole = [before + option for before in whole for option in options]
    return whole


def reasons_of(node: ast.AST) -> Iterator[str]:
    """The reasons and flags that one piece of code counts by."""
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if len(node.args) > (place := CALLS.get(name, len(node.args))):
            remnant = "{}_" if name == "_each_remnant" else ""
            yield from (remnant + text for text in texts(node.args[place]))
        problems = [one.value for one in node.keywords if one.arg == "problem"]
        yield from (text for one in problems if isinstance(one, ast.Tuple) for text in texts(one.elts[0]))
    if (
        isinstance(node, ast.Tuple)
        and len(node.elts) >= 3
        and not texts(node.elts[0])
        and any(text in BESIDE for text in texts(node.elts[-2]))
    ):
        yield from texts(node.elts[-1])
    if isinstance(node, ast.Tuple) and len(node.elts) == 2 and is_detail(node.elts[1]):
        yield from texts(node.elts[0])
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "answer_reasons":
        yield from (text for one in getattr(node.value, "elts", ()) for text in texts(one))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        in_sql = re.findall(r"(?:THEN|ELSE) '([a-z_]+)'|'([a-z_]+)' AS (?:left_out|reason|why)", node.value)
        yield from (one or other for one, other in in_sql)


def is_detail(node: ast.expr) -> bool:
    """Whether this is what was seen beside a reason: a detail of another fault, or nothing."""
    shown = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "shown"
    return shown or getattr(node, "attr", "") == "detail" or (isinstance(node, ast.Constant) and node.value == "")


def named_reasons(path: Path, tree: ast.Module) -> Iterator[str]:
    """Constants below a comment that says that they are reasons."""
    lines = path.read_text("utf-8").splitlines()
    for _, value, line in assigned(tree):
        above, at = "", line - 2
        while at >= 0 and lines[at].startswith("#"):
            above, at = f"{lines[at]} {above}", at - 1
        if re.match(r"#:? (Why|The reasons? )", above):
            yield from texts(value)


def counted() -> dict[str, str]:
    """Reasons and flags, with `{}` for what is not known -> where the code has one of them."""
    where = {}
    for path, tree in trees().items():
        everything = chain(named_reasons(path, tree), *map(reasons_of, ast.walk(tree)))
        for reason in everything:
            known = NAME.fullmatch(reason) and re.search("[a-z]{2}", reason)
            if known and reason not in NO_REASONS | OF_EVALUATIONS:
                where.setdefault(reason, str(path.relative_to(HOUSE)))
    return where


@cache
def explained() -> set[str]:
    return {name for group in list(groups().values())[1:] for name in group.meanings()}


def matches(pattern: str, name: str) -> bool:
    return re.fullmatch(pattern.replace("{}", "[A-Za-z_]+"), name) is not None


@pytest.mark.slow
def test_every_reason_and_flag_is_explained():
    where = counted()
    lacking = {
        reason: path
        for reason, path in where.items()
        # What is wrong with a translation's text, or with an answer, stands in the name of the reason.
        if not any(
            matches(one, name)
            for one in (reason, f"translation_{reason}", reason.removeprefix("answer_"))
            for name in explained()
        )
    }
    assert lacking == {}, "add them to polypref/data/reasons.toml, and run python docs/reasons.py"
    of_each_way = {"language_confusion", "no_pair_of_its_verdicts", "beyond_per_prompt", "in_no_pair", "not_judged"}
    of_each_way |= {"only_usable_answer", "preferred_answer_not_usable", "{}_language_undetermined", "repeated_prompt"}
    assert of_each_way <= where.keys()


def test_what_checks_build_from_lists_is_explained():
    reviews = {f"review_{one}" for one in get_args(Outcome)} - {"review_removed"}
    for names, begin in ((reviews, "review_"), ({f"pii_{kind}" for kind in KINDS}, "pii_")):
        assert names == {name for name in explained() if name.startswith(begin)}


def test_nothing_is_explained_that_is_no_more():
    further = [
        ast.parse(path.read_text("utf-8")) for one in ("release", "review") for path in (HOUSE / one).rglob("*.py")
    ]
    written = {text for tree in (*trees().values(), *further) for text in texts_in(tree)}
    known = {token for text in written for token in re.findall("[a-z]+(?:_[a-z0-9]+)+|[a-z]+", text)}
    patterns = {text for text in written if "{}" in text and NAME.fullmatch(text)}
    gone = []
    for name in sorted(explained()):
        rest = re.sub("^(prompt|answer|chosen|rejected|translation)_", "", name)
        open_name = re.sub("REASON|COLUMN|ROLE", "{}", name)
        of_sides = re.sub("^(prompt|answer|chosen|rejected)_", "{}_", name)
        of_answer = re.sub("^(chosen|rejected|prompt)_", "answer_", name)
        of_lists = name.startswith(("pii_", "review_"))  # test_what_checks_build_from_lists_is_explained
        if not of_lists and not {name, rest, open_name, of_sides, of_answer} & (known | patterns):
            gone.append(name)
    assert gone == [], "take them out of polypref/data/reasons.toml, and run python docs/reasons.py"


def texts_in(tree: ast.Module) -> Iterator[str]:
    """The texts of a module but for its docstrings."""
    nodes = list(ast.walk(tree))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in docstrings:
            yield from texts(node)


def test_datasets_of_before_count_by_words_that_are_explained():
    rows = [
        row
        for path in (ROOT / "tests/fixtures").rglob("provenance.json")
        for row in json.loads(path.read_bytes())["funnel"]
    ]
    assert len(rows) > 10
    outcomes = groups()["outcomes"].meanings()
    assert {row["outcome"] for row in rows} <= outcomes.keys()
    assert {row["reason"].rpartition(": ")[2] for row in rows if row["reason"]} <= explained()


def test_the_page_is_made_of_the_sentences():
    text = run_path(str(ROOT / "docs/reasons.py"))["page"]()
    assert (ROOT / "docs/reasons.md").read_text("utf-8") == text, "run python docs/reasons.py"
    assert "| `language_confusion` |" in text and "`rejected_language_undetermined`" in text

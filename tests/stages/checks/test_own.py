"""Checks of one line, and the default chain without some of its checks or with other settings."""

import pickle
from typing import Any

import pyarrow as pa
import pytest

from polypref.errors import UserError
from polypref.stages.checks.contract import Batch, Flag, Reject, run_chain
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.own import FunctionCheck, RegexCheck


@pytest.fixture
def batch(pairs: Any) -> Any:
    """Pairs that have ids, as the chain sees them."""

    def make(rows: list[dict[str, Any]]) -> Batch:
        ids = pa.array([f"pair-{number}" for number in range(len(rows))])
        return Batch(pairs(*rows)._table.append_column("pair_id", ids))

    return make


def outcomes(check: Any, batch: Any) -> list[tuple[int, Any]]:
    return list(check(batch))


def test_a_pattern_is_looked_for_in_the_texts_of_its_roles(batch: Any) -> None:
    pairs = batch([{"chosen": "As an AI I cannot"}, {"chosen": "fine", "rejected": "as an ai"}, {"chosen": "fine"}])
    rejected = outcomes(RegexCheck("as_an_ai", r"(?i)\bas an ai\b"), pairs)
    assert rejected == [(0, Reject("as_an_ai", "As an AI I cannot"))]
    both = RegexCheck("ai", "as an ai", roles=("chosen", "rejected"), reason="is_a_machine", action="flag")
    assert outcomes(both, pairs) == [(1, Flag("is_a_machine"))]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pattern": "("}, r"the pattern '\(' is none"),
        ({"pattern": ""}, "needs a name, a pattern and a role"),
        ({"roles": ()}, "needs a name, a pattern and a role"),
        ({"roles": "chosen"}, r"roles=\('chosen',\)"),
        ({"roles": ("choosen",)}, "did you mean 'chosen'"),
        ({"action": "drop"}, "action='drop'"),
        ({"reason": "x\ny"}, r"RegexCheck 'n', reason='x\\ny': its reason is counted by: write a text of 1 to 200 "),
        ({"reason": "x" * 201}, "its reason is counted by"),
        ({"name": "x" * 201}, "its reason is counted by"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        RegexCheck(**{"name": "n", "pattern": "p"} | given)


def test_what_a_function_may_return(batch: Any) -> None:
    answers: list[Any] = [None, False, 0, "", "too_long", True, Reject("r", "d"), Flag("f")]
    pairs = batch([{"chosen": str(n), "prompt": f"p{n}"} for n in range(len(answers))])
    check = FunctionCheck(lambda row: answers[int(row["chosen"])], name="mine")
    kept = [(4, Reject("too_long")), (5, Reject("mine")), (6, Reject("r", "d")), (7, Flag("f"))]
    assert outcomes(check, pairs) == kept
    flagging = FunctionCheck(lambda row: answers[int(row["chosen"])], name="mine", action="flag")
    assert outcomes(flagging, pairs) == [(4, Flag("too_long")), (5, Flag("mine")), *kept[2:]]


def named(row: Any) -> str | None:
    return "has_more" if set(row) >= {"chosen", "prompt", "pair_id"} and len(row) > 10 else None


def test_a_function_sees_the_columns_of_a_pair(batch: Any) -> None:
    check = FunctionCheck(named)
    assert check.name == "named"
    assert outcomes(check, batch([{}])) == [(0, Reject("has_more"))]
    assert outcomes(pickle.loads(pickle.dumps(check)), batch([{}])) == [(0, Reject("has_more"))]
    assert FunctionCheck(lambda row: None).name == "function_check"


@pytest.mark.parametrize(
    ("function", "failing", "message"),
    [
        (
            lambda row: row["choosen"],
            0,
            r" \(test_own.py line \d+\) raises KeyError: .*no column 'choosen'; it has .*chosen",
        ),
        (
            lambda row: 1 / (row["chosen"] != "bad") < 0,
            1,
            r" \(test_own.py line \d+\) raises ZeroDivisionError: division by zero",
        ),
        (lambda row: row["chosen"] == "bad" and 3.5, 1, ": the function returns 3.5; return None to keep the pair"),
        (lambda row: row["chosen"] == "bad" and ["x"], 1, r": the function returns \['x'\]"),
    ],
)
def test_a_function_that_fails_is_named_with_the_pair(batch: Any, function: Any, failing: int, message: str) -> None:
    pairs = batch([{"chosen": "good"}, {"chosen": "bad"}, {"chosen": "good"}])
    check = FunctionCheck(function, name="mine")
    with pytest.raises(UserError, match=f"^check 'mine', pair pair-{failing}{message}"):
        run_chain([check], pairs)


@pytest.mark.parametrize("function", [lambda: 1, lambda row, more: 1, lambda *, row: 1])
def test_a_function_that_takes_no_row_is_refused_where_it_is_declared(function: Any) -> None:
    place = rf"\(test_own.py line {function.__code__.co_firstlineno}\)"
    with pytest.raises(
        UserError, match=rf"^FunctionCheck 'mine' {place}: its function is not to be called with one row"
    ):
        FunctionCheck(function, name="mine")


def test_a_function_may_take_more_than_a_row() -> None:
    assert FunctionCheck(lambda row, most=3: None, name="mine").name == "mine"


def test_a_function_that_nobody_awaits_is_refused() -> None:
    async def later(row: Any) -> None: ...

    with pytest.raises(UserError, match="FunctionCheck 'later': its function is async, and nobody awaits it"):
        FunctionCheck(later)


class Wrong:
    """A check that yields what is no outcome."""

    name, version, summary = "wrong", 1, ""
    thresholds: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, *yields: Any) -> None:
        self.yields = yields

    def __call__(self, batch: Any) -> Any:
        yield from self.yields


@pytest.mark.parametrize(
    "wrong", [3, (0, "reason"), (1, Reject("r")), (-1, Flag("f")), ("0", Flag("f")), (0, Flag(""))]
)
def test_what_is_no_outcome_is_refused(batch: Any, wrong: Any) -> None:
    with pytest.raises(
        UserError, match=r"check 'wrong' \(Wrong, test_own.py\) yields .*; (yield \(row, Reject\(reason|its name is)"
    ):
        run_chain([Wrong(wrong)], batch([{}]))
    assert run_chain([Wrong((0, Reject("r")))], batch([{}]))["reason"].to_pylist() == ["r"]


def test_what_a_check_of_polypref_raises_stays_what_it_is(batch: Any) -> None:
    check = RegexCheck("n", "p")
    object.__setattr__(check, "pattern", None)
    with pytest.raises(TypeError):
        run_chain([check], batch([{}]))


def test_the_default_chain_without_some_and_with_other_settings() -> None:
    whole = default_chain()
    fewer = default_chain(without=["refusals", "html_remnants"], length_bounds={"maximum": 3000, "roles": ["chosen"]})
    names = [one.name for one in whole if one.name not in ("refusals", "html_remnants")]
    assert [one.name for one in fewer] == names and len(whole) - len(names) == 3
    (bounds,) = (one for one in fewer if one.name == "length_bounds")
    assert (bounds.maximum, bounds.minimum, bounds.roles) == (3000, 0.0, ("chosen",))  # type: ignore[attr-defined]
    others = [one for one in whole if one.name in names and one.name != "length_bounds"]
    assert [one for one in fewer if one.name != "length_bounds"] == others


@pytest.mark.parametrize(
    ("without", "settings", "message"),
    [
        (["refusal"], {}, "no check is called 'refusal'; did you mean 'refusals'"),
        ("refusals", {}, r"write without=\['refusals'\]"),
        ([], {"length_bound": {}}, "no check is called 'length_bound'; did you mean 'length_bounds'"),
        ([], {"length_bounds": {"max": 1}}, "check 'length_bounds' has no setting 'max'; did you mean 'maximum'"),
        ([], {"length_bounds": {"maximum": "3000"}}, r"LengthBounds\(maximum='3000'\): write a number"),
        ([], {"length_bounds": 3000}, "write settings by name"),
        ([], {"length_bounds": {3: 4}}, r"^default_chain\(length_bounds={3: 4}\): write settings by name"),
        (3, {}, r"^default_chain\(without=3\): write names of checks"),
        ([3], {}, r"^default_chain\(without=\[3\]\): write names of checks"),
        ([], {"html_remnants": {"action": "flag"}}, "'html_remnants' runs twice"),
        (["refusals"], {"refusals": {"head": 1}}, "left out and given settings"),
        ([], {"contamination": {"share": 1}}, "has no setting 'share'; it has none"),
    ],
)
def test_a_default_chain_that_cannot_be_is_refused(without: Any, settings: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        default_chain(without=without, **settings)

"""The filter chain: order, what a filter is shown, verdicts; and the batch that filters see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.languages import get
from polypref.stages.checks.contract import Batch, Flag, Outcome, Reject, each, run_chain


def batch(*chosen: str, **columns: list[Any]) -> Batch:
    """Pairs with these chosen answers."""
    n = len(chosen)
    prompt = [[{"role": "user", "content": f"שאלה {i}"}] for i in range(n)]
    return Batch(
        pa.table(
            {
                "pair_id": pa.array([f"pair{i}" for i in range(n)], pa.string()),
                "language": pa.array(["he"] * n, pa.string()),
                "prompt": pa.array(prompt, schema.MESSAGES),
                "chosen": pa.array(chosen, pa.string()),
                "rejected": pa.array(["לא"] * n, pa.string()),
            }
            | columns
        )
    )


@dataclass(frozen=True)
class Words:
    """Rejects or flags texts that hold a word, and remembers what it was shown."""

    name: str
    reject: str = ""
    flag: str = ""
    detail: str | None = None
    shown: list[list[str]] = field(default_factory=list)
    version: ClassVar[int] = 1

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        self.shown.append(batch.column("chosen"))
        for row, text in enumerate(batch.column("chosen")):
            if self.flag and self.flag in text:
                yield row, Flag(f"has_{self.flag}")
            if self.reject and self.reject in text:
                yield row, Reject(f"has_{self.reject}", self.detail)


def verdicts(table: pa.Table) -> list[tuple[Any, ...]]:
    return [(r["flags"], r["filter"], r["reason"], r["detail"]) for r in table.to_pylist()]


KEPT = (None, None, None)


def test_every_pair_has_one_row_in_the_order_of_the_batch() -> None:
    table = run_chain([Words("one", reject="b", detail="found b")], batch("a", "b", "c"))
    assert table.schema == schema.FILTERED
    assert table["pair_id"].to_pylist() == ["pair0", "pair1", "pair2"]
    assert table["language"].to_pylist() == ["he"] * 3
    assert verdicts(table) == [([], *KEPT), ([], "one", "has_b", "found b"), ([], *KEPT)]


def test_a_rejected_row_is_not_shown_to_the_filters_after() -> None:
    one, two, three = Words("one", reject="b"), Words("two", reject="c"), Words("three", reject="d")
    table = run_chain([one, two, three], batch("a", "b", "c", "bcd", "d"))
    assert one.shown == [["a", "b", "c", "bcd", "d"]]
    assert two.shown == [["a", "c", "d"]]
    assert three.shown == [["a", "d"]]
    assert table["filter"].to_pylist() == [None, "one", "two", "one", "three"]


def test_the_first_of_several_reasons_counts() -> None:
    @dataclass(frozen=True)
    class Twice:
        name: ClassVar[str] = "twice"
        version: ClassVar[int] = 1

        def __call__(self, batch: Batch) -> Iterator[Outcome]:
            yield 1, Reject("first", "here")
            yield 1, Reject("second")
            yield 1, Flag("late")

    assert verdicts(run_chain([Twice()], batch("a", "b"))) == [([], *KEPT), (["late"], "twice", "first", "here")]


def test_flags_are_sorted_and_each_there_once() -> None:
    chain = [Words("one", flag="z"), Words("two", flag="a"), Words("three", flag="z")]
    assert verdicts(run_chain(chain, batch("za", "-"))) == [(["has_a", "has_z"], *KEPT), ([], *KEPT)]


def test_a_chain_without_filters_keeps_everything() -> None:
    assert verdicts(run_chain([], batch("a", "b"))) == [([], *KEPT)] * 2


def test_no_filter_is_called_when_nothing_is_left() -> None:
    one, two = Words("one", reject=""), Words("two")
    assert run_chain([one], batch()).schema == schema.FILTERED and run_chain([one], batch()).num_rows == 0
    table = run_chain([Words("all", reject="a"), two], batch("a", "aa"))
    assert table["filter"].to_pylist() == ["all", "all"]
    assert one.shown == two.shown == []


@given(st.lists(st.text("abcd", max_size=4), max_size=8), st.permutations("abcd"))
def test_a_row_s_verdict_does_not_depend_on_the_rows_around_it(texts: list[str], order: list[str]) -> None:
    chain = [Words(letter, reject=letter, flag="a") for letter in order]
    whole = verdicts(run_chain(chain, batch(*texts)))
    assert whole == [verdicts(run_chain(chain, batch(text)))[0] for text in texts]
    for text, (_, name, _, _) in zip(texts, whole, strict=True):
        assert name == next((letter for letter in order if letter in text), None)


def test_a_part_of_a_batch_has_its_rows_whether_or_not_they_were_read_before() -> None:
    for read in (True, False):
        whole = batch("a", "b", "c")
        if read:
            whole.column("chosen"), whole.prompts, whole.proses("chosen")
        part = whole.take([2, 0])
        assert len(part) == 2 and part.column("pair_id") == ["pair2", "pair0"]
        assert part.texts("chosen") == ["c", "a"] and part.texts("prompt") == ["שאלה 2", "שאלה 0"]
        assert part.proses("chosen") == ["c", "a"]
        assert part.take([1]).column("chosen") == ["a"]


def test_the_prompt_is_what_the_user_wrote() -> None:
    messages = [
        {"role": "system", "content": "Απάντα στα ελληνικά."},
        {"role": "user", "content": "Γεια!"},
        {"role": "assistant", "content": "Γεια σου."},
        {"role": "user", "content": "Τι κάνεις;"},
    ]
    one = batch("Καλά.", prompt=[messages])
    assert one.texts("prompt") == one.prompts == ["Γεια!\n\nΤι κάνεις;"]


def test_the_texts_of_some_roles_come_role_by_role() -> None:
    texts = list(each(batch("a", "b"), ("chosen", "prompt")))
    assert texts == [("chosen", 0, "a"), ("chosen", 1, "b"), ("prompt", 0, "שאלה 0"), ("prompt", 1, "שאלה 1")]


@pytest.mark.parametrize(
    ("kind", "arguments", "sentence"),
    [
        (Reject, (3,), "Reject(reason=3): its reason is counted by: write a text of 1 to 200 characters on one line"),
        (Reject, (None, "x"), "Reject(reason=None): its reason is counted by"),
        (Reject, ("mine", 3), "Reject('mine', detail=3): its detail is int, write a text or None"),
        (Flag, (None,), "Flag(name=None): its name is counted by"),
        (Flag, (["x"],), "Flag(name=['x']): its name is counted by"),
    ],
)
def test_an_outcome_of_another_type_is_refused_where_it_is_made(
    kind: Any, arguments: tuple[object, ...], sentence: str
) -> None:
    with pytest.raises(UserError) as caught:
        kind(*arguments)
    assert str(caught.value).startswith(sentence) and "\n" not in str(caught.value)


class Asking:
    """Somebody's own check, which calls a function of polypref's with what that refuses."""

    name, version, summary = "asking", 1, ""
    thresholds: ClassVar[dict[str, str]] = {}

    def __call__(self, batch: Batch) -> Iterator[Outcome]:
        get("tlh")
        yield 0, Flag("never")


def test_what_polypref_refuses_within_an_own_check_names_the_check() -> None:
    with pytest.raises(UserError, match=r"^check 'asking': Unknown language tag 'tlh'"):
        run_chain([Asking()], batch("a", "b"))

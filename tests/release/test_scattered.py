"""Rows that are sent to groups come back whole, however many groups there are, with one file open at a time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref.release.scattered import Scattered, ahead


def table(numbers: list[int]) -> pa.Table:
    return pa.table({"number": numbers, "text": [f"row {one}" for one in numbers]})


def test_a_group_is_given_away_with_all_its_rows(tmp_path: Path) -> None:
    rows = Scattered[str](tmp_path, held_bytes=0)
    rows.add(["a", "b", "a"], table([1, 2, 3]))
    rows.add(["b", "c"], table([4, 5]))
    assert rows.groups() == ["a", "b", "c"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.arrow", "1.arrow", "2.arrow"]
    assert rows.take("b") == table([2, 4])
    assert rows.take("a") == table([1, 3]) and rows.take("c") == table([5])
    assert list(tmp_path.iterdir()) == []


def test_few_rows_are_held_in_memory(tmp_path: Path) -> None:
    rows = Scattered[int](tmp_path)
    rows.add([0, 1], table([1, 2]))
    assert list(tmp_path.iterdir()) == [] and rows.take(1) == table([2])


def test_one_file_is_open_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, most, original = [], [], Path.open

    def watched(path: Path, *arguments: str) -> object:
        opened.append(original(path, *arguments))
        most.append(sum(not file.closed for file in opened))
        return opened[-1]

    monkeypatch.setattr(Path, "open", watched)
    rows = Scattered[int](tmp_path, held_bytes=0)
    rows.add(list(range(300)), table(list(range(300))))
    rows.add(list(range(300)), table(list(range(300))))
    assert rows.take(299) == table([299, 299])
    assert (len(opened), max(most)) == (601, 1) and all(file.closed for file in opened)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=6), st.sampled_from([0, 200, 1 << 20]))
def test_no_row_is_lost_or_in_another_group(
    tmp_path_factory: pytest.TempPathFactory, buckets: list[list[int]], held: int
) -> None:
    rows, number = Scattered[int](tmp_path_factory.mktemp("rows"), held), 0
    expected: dict[int, list[int]] = {}
    for keys in buckets:
        numbers = list(range(number, number := number + len(keys)))
        rows.add(keys, table(numbers))
        for key, one in zip(keys, numbers, strict=True):
            expected.setdefault(key, []).append(one)
    assert {key: sorted(rows.take(key)["number"].to_pylist()) for key in rows.groups()} == expected


def test_the_next_part_is_made_while_one_is_worked_on() -> None:
    begun: list[int] = []
    is_ahead = threading.Event()

    def parts() -> Iterator[int | None]:
        for number in range(4):
            begun.append(number)
            if number:
                is_ahead.set()
            yield number if number != 2 else None

    coming = ahead(parts())
    assert next(coming) == 0
    assert is_ahead.wait(60), "the second is made while the first is worked on"
    assert [*coming] == [1, None, 3] and begun == [0, 1, 2, 3]
    assert [*ahead(iter(()))] == []


def test_what_makes_the_next_part_and_fails_is_known_where_it_is_wanted() -> None:
    def parts() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    coming = ahead(parts())
    assert next(coming) == 1
    with pytest.raises(OSError, match="gone"):
        next(coming)

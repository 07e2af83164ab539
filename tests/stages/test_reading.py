"""Sources of one's own: what they give that their contract does not ask for is one sentence."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.sources import Fields, Files
from polypref.stages.reading import files_of, lines_of, read_with, resolved_source


@dataclass(frozen=True)
class Own:
    """A source that gives what it is told to."""

    given: Any = ()
    name: str = "own"
    revision: str | None = "1"
    licence: str = "mit"
    fields: Fields = field(default_factory=lambda: Fields("prompt"))
    language: str | None = "de"
    where: dict[str, Any] = field(default_factory=dict)

    def resolved(self) -> Any:
        return self

    def files(self) -> Any:
        return self.given

    def beside(self, path: Path) -> Any:
        return [path.with_suffix(".meta")]

    def lines(self, path: Path | None = None) -> Any:
        return self.given


class Resolves(Own):
    def resolved(self) -> Any:
        return self.given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"resolved\(\) returns None; return the source"),
        ("main", r"resolved\(\) returns 'main'; return the source"),
        (Own(name="other"), r"resolved\(\) returns a source called 'other'; its name stays what it is"),
        (Own(revision=None), "its revision is None; write a word, or 'unknown'"),
        (Own(licence="a\nb"), "its licence is .*; write a word, or 'unknown'"),
    ],
)
def test_what_is_no_resolved_source_is_refused(given: Any, message: str) -> None:
    with pytest.raises(UserError, match=r"^source 'own' \((Resolves|Own), test_reading.py\): " + message):
        resolved_source(Resolves(given))
    own = Own(revision="2")
    assert resolved_source(Resolves(own)) is own


def test_polypref_s_own_sources_are_asked_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"prompt": "x"}\n', "utf-8")
    source = Files(str(tmp_path / "a.jsonl"), Fields("prompt"), "s", "1", "mit", language="de")
    assert resolved_source(source) == source and files_of(source) == [tmp_path / "a.jsonl"]
    assert [line.row for line in lines_of(source, files_of(source))] == [{"prompt": "x"}]


def test_files_are_paths_and_what_lies_beside_follows_its_file(tmp_path: Path) -> None:
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    for path in (one, two):
        path.touch()
        path.with_suffix(".meta").touch()
    assert files_of(Own(iter([one, two]))) == [one, two] and files_of(Own([])) == []
    assert read_with(Own(), [one, two]) == [one, tmp_path / "a.meta", two, tmp_path / "b.meta"]


def test_a_file_that_is_not_there_is_named_with_whose_it_is() -> None:
    with pytest.raises(UserError, match=r"^source 'own' \(Own, test_reading.py\): files\(\) gives a.jsonl, which"):
        files_of(Own([Path("a.jsonl")]))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"files\(\) returns None; return a list of paths"),
        ("a.jsonl", r"files\(\) returns 'a.jsonl'; return a list of paths"),
        (["a.jsonl"], r"files\(\) gives 'a.jsonl', which is no path; write Path"),
    ],
)
def test_what_are_no_paths_is_refused(given: Any, message: str) -> None:
    with pytest.raises(UserError, match=r"^source 'own' \((Resolves|Own), test_reading.py\): " + message):
        files_of(Own(given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, r"lines\(\) returns None; yield Line"),
        ([{"prompt": "x"}], r"lines\(\) gives dict, not Line"),
        ([Line("", {})], "its place is a text"),
        ([Line("a:1", "x")], "a row is a mapping"),  # type: ignore[arg-type]
        ([Line("a:1", Bad("two\nlines", ""))], "the reason of Bad is a word"),
        ([Line("a:1", {}), "x"], "after a:1: .*gives str, not Line"),
    ],
)
def test_what_is_no_row_is_refused(given: Any, message: str) -> None:
    with pytest.raises(UserError, match="^source 'own'.*" + message):
        list(lines_of(Own(given), ()))


def test_what_it_raises_halfway_is_named_with_the_row_before() -> None:
    def broken() -> Iterator[Line]:
        yield Line("a:1", {})
        raise ValueError("gone")

    rows = lines_of(replace(Own(), given=broken()), ())
    assert next(rows).where == "a:1"
    with pytest.raises(UserError, match=r"source 'own' \(Own, test_reading.py line \d+\) .*gone, after a:1$"):
        next(rows)

"""What is said where the sources give no prompt at all."""

import json
from pathlib import Path

from polypref.layouts.sources import Fields, Files
from polypref.stages.counts import FunnelRow
from polypref.stages.no_prompts import no_prompt


def row(stage: str, outcome: str, reason: str, rows: int, language: str = "he") -> FunnelRow:
    return FunnelRow(stage, "rows", language, outcome, reason, rows)


def source(tmp_path: Path, rows: list[dict[str, object]], where: dict[str, object]) -> Files:
    path = tmp_path / f"{len(list(tmp_path.iterdir()))}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return Files(str(path), Fields("prompt"), "s", "1", "mit", language="he", where=where)


def sentence(rows: int, out: dict[str, int], *sources: Files) -> str:
    left_out = [row("read", "skipped", f"where_{column}", number) for column, number in out.items()]
    whole = no_prompt((), [row("read", "in", "", rows), *left_out], sources)
    return whole.removeprefix("no source has a usable prompt in any language; ")


def test_rows_that_where_left_out_are_told_with_their_values(tmp_path):
    rows = [{"turn": turn} for turn in (1, "1.0", 2, None)] + [{}]
    assert sentence(5, {"turn": 5}, source(tmp_path, rows, {"turn": [7, "last"]})) == (
        "`where` left out all 5 rows: turn is '1' (2), '' (2), '2' (1) and may be 7, 'last': check the values that it "
        "allows"
    )


def test_of_several_columns_the_first_that_leaves_a_row_out_counts(tmp_path):
    rows = [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 2}, {"a": [1]}]
    sources = [
        source(tmp_path, rows, {"a": 1, "b": 4}),
        source(tmp_path, [{"a": 5}], {}),
        source(tmp_path, [], {"b": 5}),
    ]
    assert sentence(6, {"a": 2, "b": 2}, *sources) == (
        "`where` left out 4 of 6 rows: a is '2' (1), list (1) and may be 1; b is '2' (1), '3' (1) and may be 4, 5: "
        "check the values that it allows"
    )


def test_long_values_and_many_are_cut(tmp_path):
    rows = [{"a": f"{n}" * 50} for n in range(9)]
    sentence_of_all = sentence(9, {"a": 9}, source(tmp_path, rows, {"a": [f"x{n}" * 50 for n in range(9)]}))
    assert len(sentence_of_all) < 500 and sentence_of_all.count(", ...") == 2
    assert sentence(9, dict.fromkeys("abcdef", 1)).endswith(
        "a; b; c; d; and 2 more columns: check the values that it allows"
    )


def test_no_value_may_be(tmp_path):
    assert "a is '1' (1) and may be nothing" in sentence(1, {"a": 1}, source(tmp_path, [{"a": 1}], {"a": []}))


def test_nothing_is_known_of_why():
    assert no_prompt(["ja"], []).endswith("in ja; check languages (--languages) and the language columns")


def test_languages_and_rows_that_took_all_prompts_are_named():
    funnel = [
        row("read", "skipped", "language_not_asked_for", 4, "de"),
        row("read", "skipped", "language_not_asked_for", 9, "en"),
        row("read", "rejected", "empty_prompt", 2),
        row("read", "kept", "", 0),
    ]
    assert no_prompt(["he"], funnel) == (
        "no source has a usable prompt in he; rows are in en 9, de 4: ask for one of these (--languages); rows cannot "
        "be used (read empty_prompt 2): mend them or the columns that are declared"
    )
    unknown = [row("read", "skipped", "unknown_language", 7, "")]
    assert "; rows cannot be used (read unknown_language 7): mend them" in no_prompt(["he"], unknown)
    many = [
        row("read", "skipped", "language_not_asked_for", 1, tag) for tag in ("ar", "cs", "de", "el", "en", "es", "fa")
    ]
    assert "rows are in ar 1, cs 1, de 1, el 1, en 1, es 1 ...: ask" in no_prompt(["he"], many)

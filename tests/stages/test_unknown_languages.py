"""Names that no language goes by: each with its rows and the nearest known one."""

from collections import Counter
from pathlib import Path

from polypref.files.cells import Bad
from polypref.files.store import Stage
from polypref.stages.asking import rejections
from polypref.stages.counts import Funnel, UnknownLanguage
from polypref.stages.unknown_languages import (
    left_out_by_name,
    named_languages,
    names_unknown_language,
    unknown_languages,
    unknown_names,
)


def write_rejected(folder: Path, number: int, *details: tuple[str, str]) -> Stage:
    """A stage whose job of this number left out rows for these (reason, detail)."""
    import pyarrow.parquet as pq

    stage = Stage(folder, "")
    pq.write_table(rejections(("", f"a:{n}", *two) for n, two in enumerate(details)), stage.part("rejected", number))
    return stage


def test_each_name_is_counted_over_all_jobs_with_the_nearest_language(tmp_path):
    unknown = "unknown_language"
    write_rejected(tmp_path, 0, (unknown, "Elbanian"), (unknown, "qqqqqqq"), ("empty_prompt", "Elbanian"))
    stage = write_rejected(tmp_path, 1, (unknown, "Elbanian"), (unknown, "hi-Latn"))
    assert unknown_languages(stage, Funnel({("", "rejected", unknown): 4})) == [
        UnknownLanguage("Elbanian", 2, "Albanian (sq)"),
        UnknownLanguage("hi-Latn", 1, "Hindi (hi)"),
        UnknownLanguage("qqqqqqq", 1, ""),
    ]


def test_where_all_are_known_nothing_is_read_again(tmp_path):
    (tmp_path / "rejected-00000.parquet").write_text("no Parquet file")
    assert unknown_languages(Stage(tmp_path, ""), Funnel({("de", "rejected", "empty_prompt"): 1})) == []


def test_after_fifty_names_the_others_are_one():
    names = unknown_names(Counter({f"q{n}q": 60 - n for n in range(60)}))
    assert len(names) == 51 and [one.rows for one in names[:2]] == [60, 59]
    assert names[-1] == UnknownLanguage("10 other names", sum(range(1, 11)), "")


def test_names_in_words():
    unknown = [UnknownLanguage("Elbanian", 1_200, "Albanian (sq)"), UnknownLanguage("qqq", 1, "")]
    assert named_languages(unknown) == "Elbanian (1,200 rows; nearest: Albanian (sq)), qqq (1 row)"


def test_which_rows_are_of_a_language_that_is_not_known():
    assert names_unknown_language(Bad("unknown_language", "python"))
    assert not names_unknown_language(Bad("unknown_language", "none given"))
    assert not names_unknown_language(Bad("empty_prompt"))
    answered_in_none = Bad("unknown_language", "qqx")
    answered_in_none.language = "de"
    assert not names_unknown_language(answered_in_none)


def test_the_line_about_rows_left_out_names_languages_with_their_counts():
    unknown = unknown_names(Counter({"hebrw": 12, "python": 1, "qqa": 1, "qqb": 1, "qqc": 1, "qqd": 1}))
    assert left_out_by_name(unknown) == (
        "17 rows left out, as no known language goes by the name that they give: hebrw (12 rows; nearest: Hebrew "
        "(he)), python (1 row), qqa (1 row), qqb (1 row), qqc (1 row) ...; --language-name TAG=hebrw of polypref "
        "build, or polypref.register(Language(...)) in the script, keeps rows of one"
    )
    assert left_out_by_name(unknown[1:2]).startswith("1 row left out")

"""What to do about a source whose rows cannot be used."""

from pathlib import Path

import pytest

from polypref.layouts.sources import Fields, Files
from polypref.stages.advice import bare_value, language_advice, language_as_column, no_rows, score_advice


def source(language: str | None) -> Files:
    return Files("a.jsonl", Fields("prompt", language=language), "s", "1", "cc0-1.0")


@pytest.mark.parametrize(
    ("language", "reason", "details", "advice"),
    [
        (
            None,
            "unknown_language",
            ["none given"],
            "; say which column holds it, as in Fields(..., language='lang'), or where all rows are in one language, "
            "write Files(..., language='he') (--language he with polypref build pairs)",
        ),
        (
            "lang",
            "unknown_language",
            ["none given", "none given"],
            "; the column 'lang' (language of Fields) is empty there: fill it in, or where all rows are in one "
            "language, write Files(..., language='he') (--language he with polypref build pairs)",
        ),
        (
            "lang",
            "unknown_language",
            ["none given", "qqx"],
            "; to keep them, call each by a known name, or add it: --language-name qqx=NAME of polypref build, or "
            "polypref.register(Language(...)) in the script",
        ),
        (
            "Thai",
            "unknown_language",
            ["none given"],
            "; language='Thai' of Fields names a column: where all rows are in one language, write "
            "Files(..., language='th')",
        ),
        (
            "Thai",
            "unknown_language",
            ["none given", "qqx"],
            "; to keep them, call each by a known name, or add it: --language-name qqx=NAME of polypref build, or "
            "polypref.register(Language(...)) in the script",
        ),
        ("th", "missing_field", ["prompt"], ""),
        ("th", "empty_prompt", [""], ""),
    ],
)
def test_rows_without_a_language_say_how_one_is_given(language, reason, details, advice):
    assert language_advice(source(language), reason, details) == advice


def test_a_source_without_rows_names_its_files():
    assert no_rows("s", []) == "source 's' has no rows; check its path and columns"
    assert no_rows("s", [Path("a.csv")]) == (
        "source 's' has no rows; a.csv holds none (blank lines and a header are no rows): check its path"
    )
    many = no_rows("s", [Path(f"{n}.csv") for n in range(5)])
    assert "; 0.csv, 1.csv, 2.csv ... hold none" in many


@pytest.mark.parametrize("detail", ["3,5", " -0,25", "helpful: +4,0", "1,2345"])
def test_a_decimal_comma_is_no_number_and_says_how_one_is_written(detail: str) -> None:
    number = bare_value(detail)
    assert number == detail.rpartition(":")[2].strip()
    point = f"write numbers with a point ({number.replace(',', '.')}, not {number}), or declare decimal=','"
    point += " in Answer(...) (--decimal-comma with polypref build pairs)"
    assert score_advice("score_not_a_number", ["4", "none", detail]) == f"; {point}"


def test_a_language_in_the_place_of_a_column_is_told_from_a_column() -> None:
    assert language_as_column(source("he")).startswith("; language='he' of Fields names a column: where all rows")
    assert language_as_column(source("lang")) == language_as_column(source(None)) == ""


def test_thumbs_that_nothing_gives_a_number_say_how_one_is_given() -> None:
    assert score_advice("score_not_a_number", ["True", "False", "True"]) == (
        "; where these stand for numbers, write Answer(..., score_labels={'False': NUMBER, 'True': NUMBER}) with the "
        "number of each"
    )
    assert "{'up': NUMBER}" in score_advice("score_not_a_number", ["helpful: up"])
    assert score_advice("no_prompt", ["True"]) == ""
    assert score_advice("score_not_a_number", [f"word {n}" for n in range(9)]) == ""

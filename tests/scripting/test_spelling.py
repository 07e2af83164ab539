"""The known name that was meant: cut short, or misspelt."""

import pytest

from polypref.scripting.spelling import closest_name

OPTIONS = ["--log", "--language-column", "--languages", "--limit", "--retracted", "--retry"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("--lang", "--languages"),  # spelt more like --log
        ("--langauges", "--languages"),
        ("--language-c", "--language-column"),
        ("--lgo", "--log"),
        ("--lo", "--log"),  # two letters begin too much
        ("--retr", "--retry"),
        ("--prompts", ""),
        ("", ""),
    ],
)
def test_what_is_cut_short_comes_before_what_is_spelt_alike(name: str, meant: str) -> None:
    assert closest_name(name, OPTIONS) == meant


def test_names_without_hyphens_are_compared_alike() -> None:
    assert closest_name("lang", ["long", "language"]) == "language"
    assert closest_name("aya", ["quickstart", "aya_preferences"]) == "aya_preferences"

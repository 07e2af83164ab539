"""`polypref factors --by`: what it shows and keeps of a dataset whose people state groups, and what it refuses."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from polypref import load
from polypref.cli.commands import main
from polypref.files.records import decode
from polypref.layouts.sources import Verdict
from polypref.release.folder import altered, read_provenance
from polypref.release.group_factor_results import GroupFactors
from tests.release.test_group_people import builder, votes, write

CITY, VILLAGE = "עיר", "कोई 'गाँव' <b>"
PEOPLE = 12
VOTE = Verdict("people", "w", ("A",), ("B",), tie=("tie",), annotator="who", join="each")


def answers(language: str, number: int) -> tuple[str, str]:
    """A short answer and a long one, of which the short one is a list in every other question."""
    words = ["पानी", "चाय", "चीनी"] if language == "hi" else ["מים", "תה", "סוכר"]
    short, long = words[: 1 + number % 3], words * (2 + number % 5)
    plain, listed = " ".join, lambda items: "\n".join(f"- {one}" for one in items)
    return (listed(short), plain(long)) if number % 2 else (plain(short), listed(long[:4]) + "\n" + plain(long))


def rows(language: str, questions: int = 24, people: int = PEOPLE) -> list[dict[str, Any]]:
    """Votes of people of whom the city likes short answers in nine of ten, and the village long ones; ties are none."""
    made_up = []
    for number in range(questions):
        short, long = answers(language, number)
        for who in range(people):
            wants_short = (who % 2 == 0) != ((7 * number + who) % 10 == 0)
            made_up.append(
                {
                    "language": language,
                    "q": f"Question {number} in {language}?",
                    "a": f"{short} {number}",
                    "b": f"{long} {number}",
                    "m1": "brief",
                    "m2": "thorough",
                    "who": f"Person {who}",
                    "w": "tie" if (number + who) % 12 == 5 else "A" if wants_short else "B",
                    "stated": {"lives": CITY if who % 2 == 0 else VILLAGE},
                }
            )
    return made_up


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by")
    every = [*rows("hi"), *rows("he", questions=9), *rows("ar", people=1)]
    write(
        folder / "out", builder(folder / "rows.jsonl", every, annotator_groups={"lives": "stated.lives"}, verdict=VOTE)
    )
    return folder / "out"


@pytest.fixture
def dataset(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "out")
    return tmp_path / "out"


def test_it_shows_each_value_and_what_differs_and_keeps_both(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["factors", str(dataset), "--by", "lives"]) == 0
    shown = capsys.readouterr().out
    city = f"'\N{FIRST STRONG ISOLATE}{CITY}\N{POP DIRECTIONAL ISOLATE}'"
    assert f"hi, {city} (132 pairs of 24 prompts, 6 people told apart): less length" in shown
    assert f"hi, '{VILLAGE}' (132 pairs of 24 prompts, 6 people told apart): more length" in shown
    assert "hi, differences (1 of " in shown and f"length: {city} -" in shown
    # Of nine prompts nothing can be weighed, and of one person everything is other.
    assert f"he: {city} has too few prompts for a weight: 50 pairs of 9 prompts, and 20 are needed" in shown
    assert "ar, 'other' (22 pairs of 22 prompts, 0 people told apart)" in shown
    assert "ar: no two values can be compared" in shown
    record = read_provenance(dataset)
    (kept,) = record.group_factors
    assert altered(dataset, record) is None and record.factors is None
    assert [(row.language, row.pairs, row.unstated) for row in kept.languages] == [
        ("ar", 22, 0),
        ("he", 99, 0),
        ("hi", 264, 0),
    ]
    card = (dataset / "README.md").read_text("utf-8")
    assert "### What chosen answers have more of, by lives" in card and "&lt;b&gt;" in card
    assert main(["inspect", str(dataset), "--pairs", "0", "--html", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert f"<bdi>{CITY}</bdi>" in page and "&lt;b&gt;</bdi>" in page and VILLAGE not in page
    everything = f"{shown}{page}{card}{(dataset / 'provenance.json').read_text('utf-8')}"
    assert "Person " not in everything


def test_a_file_takes_the_weights_and_leaves_the_folder(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (dataset / "provenance.json").read_bytes()
    words = ["--languages", "hi", "--out", str(tmp_path / "by.json"), "--quiet"]
    assert main(["factors", str(dataset), "--by", "lives", *words]) == 0
    read = decode(GroupFactors, json.loads((tmp_path / "by.json").read_text("utf-8")), "there")
    assert [row.language for row in read.languages] == ["hi"] and read.held_differences()
    assert (dataset / "provenance.json").read_bytes() == before
    assert capsys.readouterr().out.splitlines() == [f"wrote {tmp_path / 'by.json'}"]
    assert read == load(dataset).factors_by("lives", "hi", keep=False)


def test_a_dry_run_counts_pairs_by_value(dataset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["factors", str(dataset), "--by", "lives", "--languages", "hi", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "hi: 264 pairs of 24 prompts",
        f"hi: 132 pairs state lives {CITY}",
        f"hi: 132 pairs state lives {VILLAGE}",
        "no model is asked",
    ]


def test_a_group_that_is_not_there_is_one_sentence_with_those_that_are(
    dataset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["factors", str(dataset), "--by", "live"]) == 2
    assert "groups has no group 'live' (--by); did you mean 'lives'? It has lives" in capsys.readouterr().err
    assert main(["factors", str(dataset), "--by", "zodiac", "--dry-run"]) == 2
    assert "groups has no group 'zodiac' (--by); it has lives" in capsys.readouterr().err
    assert main(["factors", str(dataset), "--by", "lives", "--principles", "tiny"]) == 2
    assert "--by and --principles do not go together" in capsys.readouterr().err


def test_a_dataset_without_groups_says_how_to_have_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "out", builder(tmp_path / "rows.jsonl", votes(names=5), annotator_groups=None))
    assert main(["factors", str(tmp_path / "out"), "--by", "lives"]) == 2
    wrong = capsys.readouterr().err
    assert "states no groups of who judged" in wrong and "sources do with Fields(annotator_groups=...)" in wrong

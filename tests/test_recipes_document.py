"""docs/recipes.md, copied out and followed in order, with files of the rows that it shows."""

import csv
import json
from pathlib import Path

import pyarrow.dataset as ds
import pytest

from polypref.release.folder import read_provenance

from .conftest import ROOT, Run
from .test_readme import blocks, follow

PAGE = (ROOT / "docs/recipes.md").read_text("utf-8")
VOTES, WITHOUT, NAMED, MARKS, CHECK, MIXTURES, SECOND, NOTEBOOK = (
    "Votes in a spreadsheet, in a language that nobody measured",
    "Verdicts without the texts",
    "A language that polypref does not know",
    "Marks of several people",
    "A check of one's own, and other settings of those that there are",
    "A mixture by speakers",
    "A second version, a week later",
    "In a notebook, without the command line",
)
THINGS = ("mkate", "maji", "chai", "samaki", "ndizi", "kitabu", "nyumba", "shamba", "soko", "mvua", "safari", "kazi")


def write_votes(folder: Path, name: str = "votes.csv", number_of_votes: int = 24) -> None:
    """The page's own two rows, and so many more of which every eighth is a tie."""
    (shown,) = blocks("csv", PAGE, VOTES)
    (folder / name).write_text(shown, "utf-8")
    with (folder / name).open("a", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        for number in range(number_of_votes):
            thing, other = THINGS[number % 12], THINGS[(number + 5) % 12]
            good = f"Watu wa kijiji hununua {thing} asubuhi na mapema, kisha huenda na {other} ({number})."
            bad = f"Sijui vizuri kuhusu {other}, labda {thing} ni sawa ({number})."
            won = "sawa" if number % 8 == 0 else "AB"[number % 2]
            answers = [bad, good] if won == "B" else [good, bad]
            table.writerow([f"Je, {thing} hutoka wapi, na {other}? ({number})", *answers, won])


def write_marks(folder: Path, name: str, numbers: range) -> None:
    (shown,) = blocks("json", PAGE, MARKS)
    keys = set(json.loads(shown))
    with (folder / name).open("w", encoding="utf-8") as file:
        for number in numbers:
            for who in ("ana", "ben", "carla"):
                for model, mark in (("first", 4), ("second", 2)):
                    # Ben marks one answer higher than all others do, and of every tenth question the other way round.
                    mark = 6 - mark if who == "ben" and number % 10 == 0 else mark + (who == "ben")
                    shouting = "!!!!" if number % 5 == 1 and model == "first" else "."
                    answer = f"Loaf {number} rises because yeast makes gas in warm rooms, says {model}{shouting}"
                    row = {"question": f"Why does loaf {number} rise?", "language": "en", "model": model}
                    row |= {"answer": answer, "who": who, "mark": mark}
                    assert set(row) == keys
                    file.write(json.dumps(row) + "\n")


def pairs(folder: Path) -> list[dict]:
    return ds.dataset(folder / "data", format="parquet").to_table().to_pylist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the whole page was followed."""
    folder = tmp_path_factory.mktemp("recipes")
    write_votes(folder)
    write_marks(folder, "marks.jsonl", range(20))
    for section in (MARKS, CHECK, SECOND):
        (script,) = blocks("python", PAGE, section)
        (folder / script.splitlines()[0].removeprefix("# ")).write_text(script, "utf-8")
    (rows,) = blocks("csv", PAGE, NAMED)
    (folder / "tapuykuna.csv").write_text(rows, "utf-8")
    (corrected,) = blocks("csv", PAGE, SECOND)
    (folder / "corrected.csv").write_text(corrected, "utf-8")
    (layout,) = blocks("toml", PAGE, VOTES)
    (folder / "votes.toml").write_text(layout, "utf-8")
    for name, form in (("hukumu.csv", "csv"), ("hukumu.yaml", "yaml")):
        (text,) = blocks(form, PAGE, WITHOUT)
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def shown(folder: Path, polypref: Run) -> dict[str, str]:
    """What each command printed."""
    printed = {}
    for section in (VOTES, WITHOUT, NAMED, MARKS, CHECK, SECOND):
        if section == SECOND:
            write_marks(folder, "marks-2.jsonl", range(20, 30))
            write_votes(folder, "votes-2.csv", 27)
        for commands in blocks("sh", PAGE, section):
            printed |= follow(commands, folder, polypref)
    return printed


def test_votes_in_a_language_that_nobody_measured(shown: dict[str, str], folder: Path) -> None:
    assert "the thresholds were set on other languages" in shown["languages --check sw"]
    assert "no layout that is known fits" in shown["look votes.csv"] and "bora" in shown["look votes.csv"]
    rows = pairs(folder / "build/votes")
    assert len(rows) == 26 - 3 and {row["language"] for row in rows} == {"sw"}  # three ties
    chosen = [row["chosen"][0]["content"] for row in rows]
    assert not [text for text in chosen if text.startswith("Sijui")]
    assert "Katika tanuri moto kwa nusu saa hivi." in chosen
    assert (folder / "votes.html").stat().st_size > 10_000
    with (folder / "sheets/review-sw.csv").open(encoding="utf-8-sig", newline="") as file:
        assert sum(row["language"] == "sw" for row in csv.DictReader(file)) == 20
    card = (folder / "build/votes/README.md").read_text("utf-8")
    assert "The thresholds of the checks were not measured in sw" in card
    (results,) = (folder / "build/win-rates").glob("results.json")
    (one,) = json.loads(results.read_text("utf-8"))["comparisons"]
    assert (one["model"], one["other"]) == ("ours", "theirs")


def test_verdicts_without_the_texts(shown: dict[str, str], folder: Path) -> None:
    (one,) = json.loads((folder / "build/hukumu/results.json").read_text("utf-8"))["comparisons"]
    (row,) = one["rows"]
    # q1: 1 and 1; q2: the second, which is ours, and a tie.
    assert (row["language"], row["win_rate"], row["length_controlled"]) == ("sw", (1 + 0.75) / 2, None)


def test_a_language_that_a_command_names_is_known_to_those_that_follow(shown: dict[str, str], folder: Path) -> None:
    record = read_provenance(folder / "build/quechua")
    assert record.own_languages["qu"]["name"] == "Quechua" and record.own_languages["qu"]["scripts"] == ["Latn"]
    assert {row["language"] for row in pairs(folder / "build/quechua")} == {"qu"}
    assert (folder / "quechua-sheets/review-qu.csv").is_file() and "Quechua" in (folder / "quechua.html").read_text()
    (looked,) = (text for words, text in shown.items() if words.startswith("look tapuykuna.csv"))
    assert "--language-name qu=Quechua" in looked and 'languages.Language("qu", "Quechua"' in looked


def test_a_language_of_ones_own_is_declared(run_python: Run) -> None:
    (script,) = blocks("python", PAGE, VOTES)
    more = 'print(polypref.languages.resolve("aari").tag)'
    done = run_python(script + more)
    assert done.stdout == "aiw\n", done.stderr


def test_marks_are_compared_within_one_person(shown: dict[str, str], folder: Path) -> None:
    rows = pairs(folder / "build/marks")
    # Of two questions of the twenty Ben orders the answers otherwise.
    assert len(rows) == 18 and {row["chosen_model"] for row in rows} == {"first"}


def test_marks_of_several_people_are_built_by_one_command(shown: dict[str, str], folder: Path) -> None:
    """The same pairs as the script's, and `look` names the command."""
    sides = [
        {(row["prompt"][0]["content"], row["chosen"][0]["content"]) for row in pairs(folder / "build" / name)}
        for name in ("one-command", "marks")
    ]
    assert sides[0] == sides[1] and len(sides[0]) == 18
    assert "build answer_pool --source marks.jsonl" in shown["look marks.jsonl"]
    assert "--score-column mark" in shown["look marks.jsonl"]


def test_own_checks_take_what_they_say(shown: dict[str, str], folder: Path) -> None:
    record = read_provenance(folder / "build/checked")
    chain = [one["class"] for one in record.settings["builder"]["filters"]]
    assert chain[-2:] == ["RegexCheck", "FunctionCheck"] and "PersonalData" not in chain
    # Questions 1, 6, 11 and 16.
    assert [row.rows for row in record.funnel if row.reason == "shouts: chosen_shouts"] == [4]
    assert len(pairs(folder / "build/checked")) == 18 - 4


def test_mixtures_ask_for_what_the_page_says() -> None:
    (script,) = blocks("python", PAGE, MIXTURES)
    names: dict = {}
    exec(script, names)
    mixture = names["by_speakers"]
    assert [mixture.weights[tag] / sum(mixture.weights.values()) for tag in ("hi", "fa")] == [1 / 3, 1 / 6]


def test_a_second_version_keeps_the_rows_of_the_first(shown: dict[str, str], folder: Path) -> None:
    first, second = ({row["pair_id"]: row for row in pairs(folder / name)} for name in ("build/marks", "build/marks-2"))
    assert set(first) < set(second) and len(second) == 27
    assert "minor" in shown["diff build/marks build/marks-2"]


def test_a_second_version_by_one_command_adds_rows_and_changes_none(shown: dict[str, str], folder: Path) -> None:
    first, second = ({row["pair_id"]: row for row in pairs(folder / name)} for name in ("build/votes", "build/votes-2"))
    assert len(second) == len(first) + 2  # of three more, one is a tie
    assert {pair: second[pair] for pair in first} == first
    compared = shown["diff build/votes build/votes-2"]
    assert "2 rows added" in compared and "changed" not in compared and "a minor step" in compared


def test_corrected_rows_count_in_place_of_the_first(shown: dict[str, str], folder: Path) -> None:
    second, third = ({row["pair_id"] for row in pairs(folder / name)} for name in ("build/votes-2", "build/votes-3"))
    assert third < second and len(second - third) == 1  # what was a vote is a tie now
    (last_lines,) = (text for words, text in shown.items() if "--corrections" in words)
    assert "replaced by corrections: 1 row (replaced_by_correction 1)" in last_lines


def test_in_a_notebook(shown: dict[str, str], folder: Path, run_python: Run) -> None:
    (script,) = blocks("python", PAGE, NOTEBOOK)
    done = run_python(script, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("en Loaf ") == 2 and (folder / "notebook.html").stat().st_size > 10_000

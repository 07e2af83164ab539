"""`polypref build pairs` a second time, a week later; and the same rows by the script that `polypref look` prints."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.release.earlier import check_follows
from polypref.scripting import params
from polypref.scripting.loading import load_script

from ..cli.test_review import fill
from .test_pairs import SCRIPT, THINGS, bad, good, write

Command = Callable[..., str]
WINNER = ("--prompt", "question", "--a", "one", "--b", "two", "--winner", "won", "--first", "x", "--second", "y")
WORDS = (*WINNER, "--language", "en", "--test", "0.3", "--name", "votes", "--quiet")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Votes of two weeks, and the dataset `first` of those of the first."""
    folder = tmp_path_factory.mktemp("weeks")
    write_votes(folder / "week-1.jsonl", 30)
    write_votes(folder / "week-2.jsonl", 33)
    words = ["build", "pairs", "--source", str(folder / "week-1.jsonl"), *WORDS, "--out", str(folder / "first")]
    assert main(words) == 0
    return folder


@pytest.fixture
def polypref_here(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in that folder; what it prints, or with code 2 the sentence that it ends with."""
    monkeypatch.chdir(folder)

    def run(*words: object, code: int = 0) -> str:
        capsys.readouterr()
        ended = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert ended == code, shown.err
        return shown.err if code else shown.out

    return run


def write_votes(path: Path, number: int) -> Path:
    """So many questions of one sort with two answers, of which the better one stands now first and now second."""
    votes = []
    for one in range(number):
        thing = f"{THINGS[one % 10]} number {one * 7919 % 1009}"
        sides = [good(thing), bad(thing)] if one % 2 else [bad(thing), good(thing)]
        asked = f"How do I warm the {thing} so that it stays good?"
        votes.append({"question": asked, "one": sides[0], "two": sides[1], "won": "xy"[1 - one % 2]})
    return write(path, votes)


def rows_of(folder: Path) -> dict[str, tuple[str, dict]]:
    """pair_id -> split and row."""
    return {
        row["pair_id"]: (path.name.split("-")[0], row)
        for path in folder.rglob("*.parquet")
        if "data" in path.relative_to(folder).parts
        for row in pq.read_table(path).to_pylist()
    }


def data_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted((folder / "data").rglob("*.parquet"))}


LATER = ("build", "pairs", "--source", "week-2.jsonl", *WORDS, "--out", "second")


@pytest.mark.slow
def test_a_second_version_keeps_rows_and_splits_of_the_first_and_is_a_minor_step(
    polypref_here: Command, folder: Path
) -> None:
    # Another seed would have other rows in test, were there no earlier version.
    done = polypref_here(*LATER, "--seed", 5, "--previous", "first", "--version", "0.2.0")
    assert "polypref diff first second says what changed" in done
    first, second = rows_of(folder / "first"), rows_of(folder / "second")
    assert len(first) == 30 and len(second) == 33
    assert {split for split, _ in first.values()} == {"train", "test"}
    assert {pair: second[pair] for pair in first} == first
    compared = polypref_here("diff", "first", "second")
    assert "3 rows added;" in compared and "changed" not in compared and "a minor step" in compared


def test_a_dry_run_names_the_version_that_is_needed_and_a_build_refuses_a_lower_one(
    polypref_here: Command, folder: Path
) -> None:
    words = (*LATER[:-1], "new", "--previous", "first")
    shown = " ".join(polypref_here(*words, "--dry-run").split())
    assert "at least 0.2.0 where rows are only added, 1.0.0 where rows change or go" in shown
    assert "polypref diff first new says which" in shown
    assert "version 0.1.0 does not come after 0.1.0 of first; give another (--version): 0.2.0" in polypref_here(
        *words, code=2
    )
    assert not (folder / "new" / "data").exists()


def test_an_earlier_version_that_is_not_there_is_told_in_the_words_of_the_option(polypref_here: Command) -> None:
    refused = polypref_here(*LATER, "--previous", "nowhere", "--version", "0.2.0", code=2)
    assert "--previous 'nowhere': there is no folder of this name" in refused and "Split(" not in refused


def test_a_build_of_another_name_than_its_earlier_version_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check_follows("votes", "0.1.1", folder / "first", "first")
    assert capsys.readouterr().err == ""
    check_follows("week-2", "0.1.1", folder / "first", "first")
    assert "first is called 'votes', and this build 'week-2'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_later_build_without_the_decisions_of_the_earlier_ones_reviewers_says_what_comes_back(
    polypref_here: Command, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    polypref_here("review", "export", "first", "--pairs", 4, "--out", "sheets")
    fill(folder / "sheets" / "review-en.csv", folder / "filled.csv", ["both bad"] * 4)
    polypref_here("review", "import", "first", "filled.csv", "--out", "review.json")
    reviewed = ("build", "pairs", "--source", "week-1.jsonl", *WORDS, "--review", "review.json", "--out", "reviewed")
    polypref_here(*reviewed)
    later = [word if word != "second" else "third" for word in LATER]
    assert main([*later, "--previous", "reviewed", "--version", "0.2.0"]) == 0
    sentence = "in reviewed reviewers had relabelled 0 and removed 4 pairs, and this build has no decisions of theirs"
    assert sentence in capsys.readouterr().err
    assert len(rows_of(folder / "third")) == 33
    assert main([*later, "--previous", "reviewed", "--version", "0.2.0", "--review", "review.json"]) == 0
    assert "reviewers had" not in capsys.readouterr().err
    assert len(rows_of(folder / "third")) == 29


CHOSEN = ("--prompt", "question", "--chosen", "better", "--rejected", "worse")
#: How the pairs are said, and what stands for the words that the script leaves to be filled in.
FILLED: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "winner": (WINNER, {"PROMPT": "question", "FIRST": "one", "SECOND": "two", "WINNER": "won", "A": "x", "B": "y"}),
    "chosen": (CHOSEN, {"PROMPT": "question", "CHOSEN": "better", "REJECTED": "worse"}),
    "layout": (("--layout", "trl_preference"), {}),
}


@pytest.fixture(params=FILLED)
def both_ways(request: pytest.FixtureRequest, polypref_here: Command, folder: Path) -> tuple[str, list[str], Path]:
    """A way to say the pairs, the words of the command, and the script that `look` prints, filled in."""
    way = str(request.param)
    options, columns = FILLED[way]
    path = write_votes(folder / f"übel {way}.jsonl", 20)
    if way != "winner":
        asked, better, worse = ("prompt", "chosen", "rejected") if way == "layout" else ("question", "better", "worse")
        write(path, [{asked: f"Warm {one}?", better: good(one), worse: bad(one)} for one in THINGS])
    shown = polypref_here("look", path.name, "--language", "en")
    script = shown.partition("A builder script to start from:\n\n")[2]
    for name, column in columns.items():
        script = script.replace(f'"{name}"', f'"{column}"')
    # No value of the column says either.
    script = script.replace(', tie=("TIE",), unjudged=("SKIPPED",)', "")
    (folder / f"{way}.py").write_text(script, "utf-8")
    return way, ["--source", path.name, *options, "--language", "en"], folder / f"{way}.py"


def test_the_script_that_look_prints_declares_what_the_command_does(
    both_ways: tuple[str, list[str], Path],
) -> None:
    _, words, script = both_ways
    sides = []
    for path, options in ((SCRIPT, words), (script, [])):
        module = load_script(str(path))
        sides.append(module.build(params.parse_words(module.Params, options, str(path))))
    parts = ("name", "version", "sources", "rater", "pairs", "mixtures", "split", "filters")
    assert [getattr(sides[1], part) for part in parts] == [getattr(sides[0], part) for part in parts]


@pytest.mark.slow
@pytest.mark.parametrize("both_ways", ["winner"], indirect=True)
def test_the_script_that_look_prints_gives_the_bytes_of_the_command(
    both_ways: tuple[str, list[str], Path], polypref_here: Command, folder: Path
) -> None:
    _, words, script = both_ways
    polypref_here("build", "pairs", *words, "--out", "command", "--quiet")
    polypref_here("build", script.name, "--out", "script", "--quiet")
    data = data_of(folder / "script")
    assert data and data == data_of(folder / "command")

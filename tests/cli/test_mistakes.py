"""What new users do wrong: each gives one sentence with the value that was seen, what is known, and the cure."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from polypref.cli.commands import main

SCRIPT = """
from dataclasses import dataclass
from polypref import *
from polypref import layouts
from typing import ClassVar

@dataclass(frozen=True)
class Mine:
    name: ClassVar[str] = "too_many_links"
    version: ClassVar[int] = 1
    summary: ClassVar[str] = "answers with too many links"
    thresholds: ClassVar[dict] = {{}}
    of: ClassVar[str] = "answers"
    def __call__(self, batch):
        return iter(batch.nothing)

@dataclass(frozen=True)
class Params:
    source: str = ""

def build(params):
    answers = {answers}
    fields = Fields("prompt", answers{fields})
    source = Files(params.source, fields, name="mine", revision="1"{licence})
    return Builder("mine", "1.0.0", sources={sources}, rater=SourceRater(), pairs={pairs}, mixtures={mixtures},
                   filters={filters})
"""
RIGHT = {
    "answers": '(Answer("a", model="one", score="x"), Answer("b", model="two", score="y"))',
    "fields": ', language="language"',
    "licence": ', licence="cc0-1.0"',
    "sources": "(source,)",
    "pairs": "PairRule()",
    "mixtures": '(Mixture("all"),)',
    "filters": "()",
}
GIVEN = {
    "answers": '(Answer("a"), Answer("b"))',
    "fields": ', language="language", verdict=Verdict("people", "w", first=("one",), second=("two",))',
    "pairs": 'PairRule("given")',
}
WORDS = ("Zeit", "Brot", "Haus", "Berg", "Wald", "Schule", "Fenster", "Garten", "Lampe", "Brücke", "Wolke", "Kaffee")
ROWS = [
    {"id": n, "language": "de", "prompt": f"Was ist {word}?", "a": f"{word} ist {n}.", "b": "Nichts.", "x": 2, "y": 1}
    for n, word in enumerate(WORDS)
]
Write = Callable[[Path], Path]


def jsonl(**change: object) -> Write:
    """The rows with columns changed: to a value, or to that of a function of the row's number."""
    return called_otherwise({}, **change)


def called_otherwise(names: Mapping[str, str], **change: object) -> Write:
    def write(folder: Path) -> Path:
        values = [{key: one(n) if callable(one) else one for key, one in change.items()} for n in range(len(ROWS))]
        changed = [row | own for row, own in zip(ROWS, values, strict=True)]
        rows = [{names.get(key, key): value for key, value in row.items()} for row in changed]
        path = folder / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        return path

    return write


def sheet(encoding: str = "utf-8", separator: str = ",", prompt: str = "") -> Write:
    """The rows as a spreadsheet program saves them."""

    def write(folder: Path) -> Path:
        text = io.StringIO()
        writer = csv.DictWriter(text, ROWS[0], delimiter=separator)
        writer.writeheader()
        for n, row in enumerate(ROWS):
            writer.writerow(row | ({"prompt": f"{prompt} {n}", "a": prompt, "b": n} if prompt else {}))
        (folder / "rows.csv").write_bytes(text.getvalue().encode(encoding))
        return folder / "rows.csv"

    return write


def json_list(folder: Path) -> Path:
    (folder / "rows.jsonl").write_text(json.dumps(ROWS, indent=1), "utf-8")
    return folder / "rows.jsonl"


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Builds the rows by a script with a mistake in one of them; what is said, which ends a build with code 2."""
    monkeypatch.chdir(tmp_path)

    def spoken_of(write: Write, script: Mapping[str, str], code: int = 2, before: str = "") -> str:
        (tmp_path / "mine.py").write_text(before + SCRIPT.format(**RIGHT | script), "utf-8")
        assert main(["build", "mine.py", "--source", write(tmp_path).name, "--out", "out", "--quiet"]) == code
        printed = capsys.readouterr()
        if code:
            assert printed.out == "" and printed.err.count("\n") == 1 and printed.err.startswith("polypref: ")
        return printed.out + printed.err

    return spoken_of


def test_the_rows_and_the_script_are_right_but_for_the_mistakes(build: Callable[..., str]) -> None:
    lines = build(jsonl(), {}, code=0)
    assert "wrote out: all 11 training pairs" in lines
    assert "test pairs: one; no leak group of de was drawn for test, so the next was put there" in lines


@pytest.mark.parametrize(
    ("write", "script", "parts"),
    [
        # Nothing left of the rows: the real reason.
        (jsonl(x="4,5", y="3,5"), {}, ["score_not_a_number (12)", "(4,5)", "write numbers with a point (4.5"]),
        (jsonl(x="4 / 5"), {}, ["score_not_a_number 4 / 5 (12)", "write Answer(..., score_labels={'4 / 5': NUMBER"]),
        (jsonl(a=None), {}, ["12 prompts empty_answer: 12 of 12 answers by one are empty; check the columns that"]),
        (jsonl(a=["x", "y"]), {}, ["answer_not_text one list (12)", "where a column holds several answers"]),
        (jsonl(y=2), {}, ["12 prompts tie: every score by rater 'source' is 2; name the column that tells"]),
        (
            jsonl(),
            {"answers": '(Answer("a"), Answer("b"))'},
            ["declare neither scores nor verdicts", "name a column of scores in Answer(score=...)"],
        ),
        # Columns.
        (
            called_otherwise({"prompt": "question"}),
            {},
            ["column 'prompt' (prompt of Fields) is in none of the 12 rows", "there are 'id', 'language', 'question'"],
        ),
        (called_otherwise({"x": "x_score"}), {}, ["column 'x' (score of Answer)", "there are", "'x_score'"]),
        (called_otherwise({"language": "lang"}), {}, ["column 'language' (language", "did you mean 'lang'?"]),
        (called_otherwise({"prompt": "Prompt "}), {}, ["column 'prompt' (prompt", "did you mean 'Prompt '?"]),
        # Names of languages, each with its own count and the nearest.
        (
            jsonl(language=lambda n: ("hebrw", "farsii", "swx")[n % 3]),
            {},
            [
                "farsii (4 rows; nearest: Persian (fa)), hebrw (4 rows; nearest: Hebrew (he)), swx (4 rows)",
                "call each by a known name, or add it: --language-name TAG=farsii of polypref build",
            ],
        ),
        # Encodings.
        (sheet("utf-16-le"), {}, ["rows.csv is UTF-16 without a byte order mark; save it as UTF-8 (Excel: Save As"]),
        (sheet("cp1255", prompt="מה השעה"), {}, ["not_utf8 (12)", "an encoding of Windows", "save it as UTF-8"]),
        (sheet("cp1256", prompt="كم الساعة"), {}, ["not_utf8 (12)", "an encoding of Windows", "save it as UTF-8"]),
        # The script.
        (jsonl(), {"licence": ""}, ["missing a required argument: 'licence'; write what is known of it, or 'unknown'"]),
        (jsonl(), {"licence": ", licence=''"}, ["needs a licence; write what is known of it, or 'unknown'"]),
        (jsonl(), {"sources": "source"}, ["needs brackets and a comma: sources=(Files(...),)"]),
        (jsonl(), {"answers": 'Answer("a", score="x")'}, ["needs brackets and a comma: answers=(Answer(...),)"]),
        (jsonl(), {"mixtures": 'Mixture("all")'}, ["needs brackets and a comma: mixtures=(Mixture(...),)"]),
        (
            jsonl(),
            {"mixtures": '(Mixture("all", languages="he"),)'},
            ["Mixture(languages='he')", "needs brackets and a comma: languages=('he',)"],
        ),
        (jsonl(), {"filters": "(Mine(),)"}, ["check 'too_many_links', pair ", "(Mine, mine.py line 15) raises "]),
        # Verdicts.
        (
            jsonl(w=lambda n: "one" if n % 2 else "B"),
            GIVEN,
            ["column w holds 'B' (6), beside 'one' (6)", "write each into first, second or tie of Verdict(...)"],
        ),
    ],
)  # fmt: skip
def test_one_sentence_with_the_value_and_the_cure(
    build: Callable[..., str], write: Write, script: Mapping[str, str], parts: list[str]
) -> None:
    sentence = build(write, script)
    assert [part for part in parts if part not in sentence] == [], sentence


def test_a_path_of_before_names_the_import(build: Callable[..., str]) -> None:
    sentence = build(jsonl(), {}, before="from polypref.balance import Mixture\n")
    assert "mine.py, line 1, raises ModuleNotFoundError: No module named 'polypref.balance'" in sentence
    assert sentence.endswith("; write `from polypref import Mixture`\n")


@pytest.mark.parametrize("write", [sheet(separator=";"), sheet(separator="\t"), sheet("utf-16"), json_list])
def test_what_can_be_told_of_a_file_is_read(build: Callable[..., str], write: Write) -> None:
    assert "wrote out: all 1" in build(write, {}, code=0)


@pytest.mark.parametrize(
    ("write", "script", "warning"),
    [
        (jsonl(), {"answers": RIGHT["answers"].replace("two", "one")}, "two answers of a row go by the name of one mo"),
        (jsonl(id=None), {"fields": ', language="language", group="id"'}, "column 'id' (group of Fields) is empty in"),
    ],
)  # fmt: skip
def test_what_is_built_and_may_be_meant_otherwise_is_said(
    build: Callable[..., str], write: Write, script: Mapping[str, str], warning: str
) -> None:
    assert warning in build(write, script, code=0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "p.jsonl", "--model", "org/a"), "it lacks another model (models, --model), a judge (judge, "),
        (("--model", "org/a", "--model", "org/b", "--judge", "relevance"), "; it lacks a set (sets, --set)"),
        (("--set", "nope", "--model", "org/a", "--model", "org/b", "--judge", "relevance"),
         "no evaluation set 'nope': it is neither a file or folder here, nor ORG/NAME on the Hub, nor one of dolly, "),
        (("--set", "p.jsonl", "--model", "{name: a"), "as in '{name: mine, model: build/dpo}'"),
        (("--set", "p.jsonl", "--model", "org/a", "--model", "org/b", "--judge", "relevanc"),
         "judge: unknown kind relevanc; did you mean relevance?"),
    ],
)  # fmt: skip
def test_evaluations_name_what_is_missing(
    words: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.jsonl").write_text('{"id": "1", "language": "de", "prompt": "Wie spät ist es?"}\n', "utf-8")
    assert main(["evaluate", "--out", "ev", *words]) == 2
    printed = capsys.readouterr().err
    assert sentence in printed and printed.count("\n") == 1


def test_a_misspelt_folder_is_no_fault_of_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["inspect", "mien"]) == 2
    assert capsys.readouterr().err.startswith("polypref: no folder at mien; give a dataset folder, or ORG/NAME")


@pytest.mark.parametrize("words", [("factors", "some"), ("factors", "some", "--principles", "tiny"), ("audit", "some")])
def test_a_file_for_figures_that_is_there_is_refused_before_any_work(words, tmp_path, monkeypatch, capsys):
    """A dataset that can do nothing: whoever weighs, asks or counts fails otherwise."""
    monkeypatch.setattr("polypref.api.datasets.find_dataset", lambda _: object())
    (tmp_path / "mine.json").write_text("mine")
    assert main([*words, "--out", str(tmp_path / "mine.json")]) == 2
    assert "mine.json is there already, and nothing was done" in capsys.readouterr().err
    assert (tmp_path / "mine.json").read_text() == "mine"

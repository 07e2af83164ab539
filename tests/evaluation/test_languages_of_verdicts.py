"""What `polypref evaluate --judgements` is told by options: the one language, which verdict counts, a layout's file."""

import json

import pytest

from polypref.cli import main

ROWS = [
    {"id": "q1", "one": "ours", "two": "theirs", "won": "A", "who": "ሳራ"},
    {"id": "q1", "one": "ours", "two": "theirs", "won": "B", "who": "አበበ"},
    {"id": "q2", "one": "theirs", "two": "ours", "won": "Tie", "who": "ሳራ"},
]
COLUMNS = "form: winner\ncolumns: won\nprompt: id\nmodel_a: one\nmodel_b: two\nlabels: {A: a, B: b, Tie: tie}\n"
FIELDS = """
[fields]
prompt = "id"
answers = [{text = "=x", model_column = "one"}, {text = "=yy", model_column = "two"}]
verdict = {rater = "people", column = "won", first = ["A"], second = ["B"], tie = ["Tie"], join = "each"}
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "votes.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), "utf-8")
    (tmp_path / "columns.yaml").write_text(COLUMNS, "utf-8")
    (tmp_path / "fields.toml").write_text(FIELDS, "utf-8")
    return tmp_path


@pytest.fixture
def evaluate(folder, capsys):
    def run(*options):
        words = ("evaluate", "--judgements", folder / "votes.jsonl", *options, "--out", folder / "out", "--quiet")
        if main([str(word) for word in words]):
            return capsys.readouterr().err
        (one,) = json.loads((folder / "out/results.json").read_text("utf-8"))["comparisons"]
        (row,) = one["rows"]
        return row["language"], row["win_rate"], row["length_controlled"], one["average"]["p"] == row["p"]

    return run


@pytest.mark.parametrize("layout", ["columns.yaml", "fields.toml"])
@pytest.mark.parametrize(("keep", "rate"), [("first", 0.75), ("last", 0.25), ("mean", 0.5)])
def test_the_language_and_what_counts_are_options_and_one_text_for_all_rows_has_no_length(
    evaluate, folder, layout, keep, rate
):
    own = evaluate("--layout", folder / layout, "--languages", "am", "--keep", keep, "--model", "ours")
    assert own == ("am", rate, None, True)


def test_what_counts_of_several_is_asked_for(evaluate, folder):
    sentence = evaluate("--layout", folder / "columns.yaml", "--languages", "am")
    assert "prompt q1 has 2 judgements of ours shown before theirs; say which counts, by `--keep mean`" in sentence


@pytest.mark.parametrize(
    ("languages", "line", "message"),
    [
        ("am,ti", "", "--languages am,ti names several"),
        ("am", "language: who\n", "--languages am: the layout says of the language 'who'; take one of them out"),
    ],
)
def test_a_language_that_is_said_twice_or_is_several_is_refused(evaluate, folder, languages, line, message):
    (folder / "columns.yaml").write_text(COLUMNS + line, "utf-8")
    assert message in evaluate("--layout", folder / "columns.yaml", "--languages", languages, "--keep", "mean")


def test_labels_that_were_seen_stand_in_the_line_to_write(evaluate, folder):
    (folder / "columns.yaml").write_text(COLUMNS.replace("labels: {A: a, B: b, Tie: tie}\n", ""), "utf-8")
    sentence = evaluate("--layout", folder / "columns.yaml", "--keep", "mean")
    assert "'A' (1), 'B' (1), 'Tie' (1)" in sentence and "as in labels: {A: a, B: b, Tie: tie}" in sentence


@pytest.mark.parametrize("layout", ["columns.yaml", "fields.toml"])
def test_a_stored_judge_takes_a_layout_s_file_and_a_set_the_one_language_asked_for(polypref, folder, layout):
    (folder / "columns.yaml").write_text(COLUMNS + "keep: mean\nlanguage: =am\n", "utf-8")
    (folder / "fields.toml").write_text(
        FIELDS.replace('prompt = "id"', 'prompt = "id"\ngroup = "id"\nlanguage = "=am"'), "utf-8"
    )
    texts = {"q1": "እንጀራ ከምን ይሠራል?", "q2": "ቡና የት ይበቅላል?"}
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"question_id": name, "prompt": text}) + "\n" for name, text in texts.items())
    for model, answer in (("ours", "ከጤፍ ይሠራል"), ("theirs", "አላውቅም")):
        with (folder / f"{model}.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(
                json.dumps({"question_id": name, "language": "am", "answer": answer}) + "\n" for name in texts
            )
    judge = {"kind": "stored", "path": str(folder / "votes.jsonl"), "layout": str(folder / layout)}
    models = [json.dumps({"name": name, "stored": str(folder / f"{name}.jsonl")}) for name in ("ours", "theirs")]
    polypref(
        *("evaluate", "--set", folder / "questions.jsonl", "--model", models[0], "--model", models[1]),
        *("--judge", json.dumps(judge), "--languages", "am", "--out", folder / "out", "--quiet"),
    )
    (one,) = json.loads((folder / "out/results.json").read_text("utf-8"))["comparisons"]
    assert [(row["language"], row["win_rate"]) for row in one["rows"]] == [("am", 0.5)]

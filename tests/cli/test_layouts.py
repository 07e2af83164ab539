"""`polypref layouts` and `polypref look`: what is shown of layouts and of files, and the script that is printed."""

import json
import re
import shlex

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.files import hub_reader
from polypref.files.readers import Line
from polypref.layouts.named import layout, layout_names


@pytest.fixture
def look(capsys):
    """What `polypref look` prints."""

    def run(*words, code=0):
        assert main(["look", *map(str, words)]) == code
        seen = capsys.readouterr()
        return seen.out if code == 0 else seen.err

    return run


def write(path, *rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def shp(number, **more):
    row = {"history": f"Wie backe ich Brot Nummer {number} so, dass es nicht zusammenfällt?", "labels": number % 2}
    return row | {"human_ref_A": f"Der Ofen war beim Brot {number} zu kalt.", "human_ref_B": f"Pech {number}."} | more


def test_the_command_that_builds_a_file_of_a_known_layout(look, tmp_path):
    path = write(tmp_path / "my shp.jsonl", *map(shp, range(4)))
    assert f"polypref build pairs --source '{path}' --layout shp --language de\n" in look(path, "--language", "de")
    other = write(tmp_path / "other.jsonl", {"a": 1})
    assert "Built by one command" not in look(other)


@pytest.mark.slow
def test_a_column_of_languages_that_the_layout_does_not_read_goes_into_command_and_script(look, tmp_path, capsys):
    rows = [shp(n, lang=("de", "German", "deu")[n % 3]) for n in range(12)]
    path = write(tmp_path / "a.jsonl", *rows)
    shown = look(path)
    assert f"Built by one command: polypref build pairs --source {path} --layout shp --language-column lang\n" in shown
    assert 'language="lang"))' in script_in(shown) and "TAG" not in script_in(shown)
    (tmp_path / "mine.py").write_text(script_in(shown), "utf-8")
    assert main(["build", str(tmp_path / "mine.py"), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    assert "all 12 training pairs" in capsys.readouterr().out
    unsaid = look(write(path, *map(shp, range(4))))
    assert f"--source {path} --layout shp --language TAG\n" in unsaid and 'language="TAG"' in script_in(unsaid)


def test_verdicts_without_texts_are_for_win_rates(look, tmp_path, monkeypatch, capsys):
    sides = ("model_a", "model_b", "tie")
    rows = [{"n": f"p{n}", "model_a": "x", "model_b": "y", "winner": sides[n % 3], "lang": "ha"} for n in range(9)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert "these are verdicts alone" in shown and "build pairs --source" not in shown.split("A builder script")[0]
    written = [line.strip() for line in shown.splitlines() if line.startswith("    ") and ": " in line]
    keys = written[written.index('form: "winner"') :][:7]
    (tmp_path / "verdicts.yaml").write_text("\n".join(keys).replace('"COLUMN"', "n"), "utf-8")
    monkeypatch.chdir(tmp_path)
    command = next(line for line in shown.splitlines() if "polypref evaluate" in line).split()[1:]
    assert main([*command[:-1], "x", "--quiet"]) == 0
    ids = [{"answer_a_id": f"x{n}", "answer_b_id": f"y{n}", "winner": "ab"[n % 2]} for n in range(4)]
    assert "No column holds texts of prompts and answers. (Where" in look(write(tmp_path / "b.jsonl", *ids))


def test_how_many_rows_were_read_is_said_as_it_is(look, tmp_path):
    rows = [{"q": f"What is {n}?", "rating": ("poor", "good", "fair")[n % 3]} for n in range(201)]
    shown = look(write(tmp_path / "a.jsonl", *rows[:200]))
    assert "filled, of 200" in shown
    assert "rating may rate one answer by words ('poor', 'good', 'fair')" in shown.replace('"', "'")
    assert "filled, of the first 200" in look(write(tmp_path / "a.jsonl", *rows))


def test_the_command_that_is_filled_in_builds_as_it_stands(look, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [
        {"the question": f"What is {n}?", "r": {"a": f"It is {n} here.", "b": f"No idea of {n}."}, "won": won}
        for n, won in enumerate(["a", "b", "neither, really", "a"])
    ]
    write(tmp_path / "it's.jsonl", *rows)
    shown = look("it's.jsonl", "--language", "en")
    command = next(line for line in shown.splitlines() if "--winner won" in line).split("polypref ", 1)[1]
    assert main([*shlex.split(command), "--quiet", "--test", "0"]) == 0
    shown = capsys.readouterr().out
    assert "3 training pairs" in shown and "tie 1" in shown


def test_the_command_for_rows_of_no_layout_names_the_option_for_their_language(look, tmp_path):
    rows = [{"q": f"Laaj {n}", "t1": f"Tontu {n}", "t2": f"Beneen {n}", "gen": "AB"[n % 2]} for n in range(6)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert "--tie VALUES --language TAG\n" in shown and "--language-column COLUMN where one says" in shown
    of_column = look(write(tmp_path / "b.jsonl", *({**row, "lang": "wo"} for row in rows)))
    assert "--tie VALUES --language-column lang\n" in of_column and "--language TAG" not in of_column
    read_anyway = look(write(tmp_path / "c.jsonl", *({**row, "language": "wo"} for row in rows)))
    assert "--tie VALUES\n" in read_anyway and "--language" not in read_anyway.split("A builder script")[0]


def test_all_layouts_are_listed(capsys):
    assert main(["layouts"]) == 0
    shown = capsys.readouterr().out
    assert all(f" {name} " in shown for name in layout_names())
    assert "polypref look FILE" in shown


@pytest.mark.parametrize("name", layout_names())
def test_one_layout_is_shown_whole(name, capsys):
    assert main(["layouts", name]) == 0
    shown = capsys.readouterr().out
    one = layout(name)
    assert shown.startswith(f"{name}: {one.about}\nbetter: {one.better}\nknown from: {one.source}")
    assert f"\nexample {len(one.examples)} (made up):\n{one.examples[-1].rows.splitlines()[0][:100]}" in shown


def test_a_layout_is_printed_as_a_file_that_reads_the_same(capsys, tmp_path):
    for name in ("label_studio_pairwise", "hh_rlhf"):
        assert main(["layouts", name, "--toml"]) == 0
        (tmp_path / "mine.toml").write_text(capsys.readouterr().out, "utf-8")
        assert layout(str(tmp_path / "mine.toml")).fields == layout(name).fields
    assert main(["layouts", "--toml"]) == 2
    assert "--toml prints one layout; name it, as in polypref layouts shp --toml" in capsys.readouterr().err


def test_a_layout_that_is_not_there_ends_with_a_sentence(capsys):
    assert main(["layouts", "shpp"]) == 2
    assert "there is no layout 'shpp'; did you mean 'shp'?" in capsys.readouterr().err


def test_a_file_is_shown_with_its_columns_what_fits_and_what_becomes_of_each(look, tmp_path):
    shown = look(write(tmp_path / "a.jsonl", *(shp(n, extra="x") for n in range(5))))
    assert re.search(r"(?m)^ labels +number +5 +0 \| 1 +$", shown)
    assert re.search(r"(?m)^shp reads 5 of 5 rows: .*\n  better: `labels` 1 says that `human_ref_A` is better", shown)
    assert len(re.findall(r"(?m)^  /.*a\.jsonl:\d: for the (first|second) answer$", shown)) == 3
    assert "    prompt: Wie backe ich Brot Nummer 0 so" in shown and "    better: Pech 0.\n" in shown
    assert "\n  history: prompt\n" in shown and "\n  extra: not read\n" in shown
    assert "\n  labels: verdict.column\n" in shown


def script_in(shown):
    return shown[shown.index('"""Preference pairs of') :]


@pytest.mark.slow
def test_the_printed_script_builds(look, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "rows.jsonl", *(shp(n) for n in range(12)))
    (tmp_path / "mine.py").write_text(script_in(look(path, "--language", "German")), "utf-8")
    assert main(["build", "mine.py", "--quiet", "--out", "out"]) == 0
    rows = [row for file in (tmp_path / "out" / "data").rglob("*.parquet") for row in pq.read_table(file).to_pylist()]
    assert len(rows) == 12
    for row in rows:
        number = int(re.search(r"Nummer (\d+)", row["prompt"][0]["content"])[1])
        better = [f"Pech {number}.", f"Der Ofen war beim Brot {number} zu kalt."][number % 2]
        assert (row["language"], row["chosen"][0]["content"]) == ("de", better)


def test_labels_that_look_alike_are_named_before_anything_is_declared(look, tmp_path):
    names = ["A", "B", "A", "А", "B", "A", "Ａ", "b", "B "]  # a Cyrillic one, a wide one, a small one, and a blank
    rows = [
        {"ask": f"Why {n}?", "a": f"one {n}", "b": f"two {n}", "out": {"won": name}} for n, name in enumerate(names)
    ]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    for seen, difference in (
        ("'А' looks like 'A'", "Cyrillic Capital Letter A (U+0410) for Latin Capital Letter A (U+0041)"),
        ("'Ａ' looks like 'A'", "Fullwidth Latin Capital Letter A (U+FF21) for Latin Capital Letter A (U+0041)"),
        ("'b' looks like 'B'", "Latin Small Letter B (U+0062) for Latin Capital Letter B (U+0042)"),
    ):
        assert f"Column out.won: {seen} and has {difference}; a build takes them for two labels.\n" in shown
    assert shown.count("looks like") == 3


def test_digits_of_two_scripts_are_spoken_of_once_in_a_column_of_scores(look, tmp_path):
    marks = ["1", "2", "3", "4", "5", "۱", "۲", "۳", "۴", "۵"]
    rows = [{"ask": f"چرا {n}؟", "answer": f"پاسخ {n}", "mark": mark} for n, mark in enumerate(3 * marks)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert shown.count("looks like") == 1
    assert "; as scores they are one number, as labels and verdicts two.\n" in shown


def test_a_separator_is_a_setting_of_the_script_too(look, tmp_path):
    (tmp_path / "a.csv").write_text("prompt|chosen|rejected\nQ?|A, b.|B; c.\n", "utf-8")
    shown = look(tmp_path / "a.csv", "--separator", "|")
    assert "trl_preference reads 1 of 1 rows" in shown and '        separator="|",\n' in script_in(shown)
    assert "--separator: '||' separates no columns" in look(tmp_path / "a.csv", "--separator", "||", code=2)


def test_a_file_in_another_encoding_is_a_sentence(look, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("prompt;chosen;rejected\nWo?;Übermäßig.;Öl.\n".encode("cp1252"))
    assert "the one row cannot be read (not_utf8 1, first at" in look(path, code=2)
    path.write_bytes(b"prompt;chosen;rejected\nWo?;Da.;Dort.\n" + "Wer?;Übermäßig.;Öl.\n".encode("cp1252"))
    assert "of the 2 rows 1 cannot be read" in look(path)
    path.write_bytes("prompt;chosen;rejected\nWo?;Übermäßig.;Öl.\n".encode("utf-16"))
    assert "    better: Übermäßig.\n" in look(path)


@pytest.mark.slow
def test_the_only_list_in_a_file_is_taken_and_said(look, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [shp(n) for n in range(12)]
    (tmp_path / "rows.json").write_text(json.dumps({"version": 1, "posts": rows, "tags": ["x"]}), "utf-8")
    shown = look("rows.json", "--language", "de")
    assert shown.startswith("The rows are those of the list 'posts' in the file.\n")
    assert "shp reads 12 of 12 rows" in shown and '        records="posts",\n' in script_in(shown)
    (tmp_path / "mine.py").write_text(script_in(shown), "utf-8")
    assert main(["build", "mine.py", "--quiet", "--out", "out"]) == 0
    assert sum(pq.read_table(file).num_rows for file in (tmp_path / "out" / "data").rglob("*.parquet")) == 12
    assert "The rows are" not in look("rows.json", "--records", "posts")
    (tmp_path / "two.json").write_text(json.dumps({"posts": rows, "more": rows}), "utf-8")
    assert (
        "two.json: the file is not a list of rows; rows are in 'posts' (12), 'more' (12): name the list with"
        in look("two.json", code=2)
    )
    (tmp_path / "deep.json").write_text(json.dumps({"v": 1, "data": {"items": rows}}), "utf-8")
    assert '        records="data.items",\n' in script_in(look("deep.json"))


@pytest.mark.slow
def test_a_pattern_of_files_is_looked_at_and_built(look, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "b.jsonl", *(shp(n) for n in range(6, 12)))
    write(tmp_path / "a.jsonl", *(shp(n) for n in range(6)))
    shown = look("*.jsonl", "--language", "de")
    assert "shp reads 12 of 12 rows" in shown and "\n  a.jsonl:1: for the " in shown
    (tmp_path / "mine.py").write_text(script_in(shown), "utf-8")
    assert main(["build", "mine.py", "--quiet", "--out", "out"]) == 0
    assert sum(pq.read_table(file).num_rows for file in (tmp_path / "out" / "data").rglob("*.parquet")) == 12
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(json.dumps({"posts": [shp(number)]}), "utf-8")
    assert "shp reads 2 of 2 rows" in look("?.json", "--language", "de")
    assert "no file at x*.json" in look("x*.json", code=2)


def test_a_layout_that_says_where_the_rows_are_is_followed(look, tmp_path):
    example = layout("ukrqualbench").examples[0].lines[0].row
    (tmp_path / "a.json").write_text(json.dumps({"tasks": [example], "more": [example]}), "utf-8")
    shown = look(tmp_path / "a.json", "--layout", "ukrqualbench")
    assert "ukrqualbench reads 1 of 1 rows" in shown and "The rows are those of the list 'tasks' in the file." in shown


def test_where_no_layout_fits_the_script_is_to_be_filled(look, tmp_path):
    shown = look(write(tmp_path / "a.jsonl", {"x": 1}))
    assert "no layout that is known fits: say what the columns hold, as in the script below." in shown
    assert '"PROMPT",  # the column of the prompt' in script_in(shown)
    assert (
        f"\nOr by one command: polypref build pairs --source {tmp_path / 'a.jsonl'} --prompt COLUMN --a COLUMN" in shown
    )
    (tmp_path / "deep.json").write_text('{"data": {"items": [{"x": 1}]}}', "utf-8")
    command = f"polypref build pairs --source {tmp_path / 'deep.json'} --records data.items --prompt COLUMN"
    assert command in look(tmp_path / "deep.json")


def test_where_a_column_holds_numbers_the_command_for_scored_answers_is_shown(look, tmp_path):
    row = {"question": "Q?", "reply": "A.", "who": "ana", "mark": "4,5"}
    path = write(tmp_path / "marks.jsonl", row, row | {"mark": "3"})
    assert (
        f"polypref build answer_pool --source {path} --prompt-column COLUMN --answer-column COLUMN "
        "--model-column COLUMN --score-column mark --decimal-comma --language TAG\n(with --annotator COLUMN"
        in look(path)
    )
    assert "answer_pool" not in look(write(path, row | {"mark": "good"}))


def test_one_layout_alone_is_tried_one_of_ones_own_too(look, tmp_path):
    path = write(tmp_path / "a.jsonl", {"q": "Q?", "yes": "A.", "no": "B."})
    own = tmp_path / "mine.toml"
    own.write_text(
        'better = "`yes` is better."\n[fields]\nprompt = "q"\nanswers = [{text = "yes"}, {text = "no"}]\n'
        '[fields.verdict]\nrater = "source"\n',
        "utf-8",
    )
    shown = look(path, "--layout", own)
    assert f"{own} reads 1 of 1 rows" in shown and "    better: A.\n    worse: B.\n" in shown
    assert f"rows = layout({json.dumps(str(own))}).files(" in shown
    assert "layout shp does not fit: say what the columns hold" in look(path, "--layout", "shp")
    own.write_text(own.read_text("utf-8").removeprefix('better = "`yes` is better."\n'), "utf-8")
    assert f"{own} reads 1 of 1 rows\n  {path}:1:" in look(path, "--layout", own)


def test_names_and_texts_of_data_are_shown_and_not_obeyed(look, tmp_path):
    row = {"prompt": "\x1b[31mRed?", "chosen": "[bold]A\u202e", "rejected": "B\rC", "\x1b[2J[red]": "x\x07"}
    shown = look(write(tmp_path / "a.jsonl", row))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert re.search(r"(?m)^ prompt +text +1 +\ufffd\[31mRed\?", shown) and "    better: [bold]A" in shown
    assert "\n  \ufffd[2J[red]: not read\n" in shown or '["\ufffd[2J[red]"]: not read\n' in shown


def test_texts_from_right_to_left_are_isolated(look, tmp_path):
    shown = look(write(tmp_path / "a.jsonl", {"prompt": "מה שלומך?", "chosen": "טוב (1).", "rejected": "B."}))
    assert "    prompt: \u2068מה שלומך?\u2069\n    better: \u2068טוב (1).\u2069\n    worse: B.\n" in shown


def test_turns_before_the_last_one_are_shown_and_of_many_it_is_said_how_many_more_there_are(look, tmp_path):
    def talk(number, answer):
        turns = [{"role": ("user", "assistant")[n % 2], "content": f"turn {n} of {number}"} for n in range(number)]
        return [*turns, {"role": "assistant", "content": answer}]

    rows = [{"chosen": talk(number, "Good."), "rejected": talk(number, "Bad.")} for number in (1, 3, 7)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert "    user before: turn 0 of 3\n    assistant before: turn 1 of 3\n    prompt: turn 2 of 3\n" in shown
    assert "    2 turns before these\n    user before: turn 2 of 7\n" in shown and "turn 1 of 7\n" not in shown
    assert shown.count(" before: ") == 6
    assert (
        "\nhh_rlhf reads exactly the same as trl_implicit: it is made for" in shown and "hh_rlhf reads 3" not in shown
    )


def test_of_message_trees_it_is_shown_what_is_counted(look, tmp_path):
    answers = [{"role": "assistant", "text": text, "lang": "he", "rank": n} for n, text in enumerate("AB")]
    below = {"role": "prompter", "text": "?", "lang": "he", "deleted": True}
    tree = {"role": "prompter", "text": "Q?", "lang": "he", "replies": [answers[0] | {"replies": [below]}, answers[1]]}
    shown = look(write(tmp_path / "a.jsonl", {"prompt": tree}))
    assert "oasst reads 1 of 1 answered messages in 1 row: " in shown
    assert "  messages: 4, which are 1 with answers, 2 answers to these, 1 deleted_message\n" in shown
    assert "  left out: 1 message, deleted_message" in shown


def test_labels_that_begin_alike_are_shown_as_far_as_they_differ(look, tmp_path):
    long = "The first answer is clearly better than the second answer, and by far"
    rows = [{"q": f"Q{n}?", "x": f"A{n}.", "y": f"B{n}.", "won": f"{long} {'xy'[n % 2]}"} for n in range(4)]
    shown = re.sub(r"\s+", " ", look(write(tmp_path / "a.jsonl", *rows)))
    assert f"{long} x | {long} y" in shown and f'"{long} x", "{long} y"' in shown.replace(" # ", " ")


def test_columns_that_only_count_or_name_people_are_not_taken_and_it_is_shown_why(look, tmp_path):
    rows = [{"n": n, "rater": ("dana", "ben")[n % 2], "ask": f"מה {n}?", "text": f"כך {n}."} for n in range(6)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert "answer_pool" not in shown and "--label" not in shown
    assert "\nNot taken for numbers that rate answers: n, which only counts (0, 1, 2, ...).\n" in shown
    assert "\nNot taken for labels of answers: rater, which by its name says who judged (dana, ben).\n" in shown
    marked = look(write(tmp_path / "b.jsonl", *(row | {"ציון": row["n"] % 4} for row in rows)))
    assert "--score-column 'ציון'" in marked and "(with --annotator rater where several people rate" in marked


def test_what_cannot_be_seen_in_labels_is_named(look, tmp_path):
    rows = [{"q": f"Q{n}?", "برنده": ("پاسخ\u200cنخست", "هیچ")[n % 2]} for n in range(4)]
    shown = look(write(tmp_path / "a.jsonl", *rows))
    assert (
        '\nColumn \u2068برنده\u2069: "پاسخ\\u200cنخست" holds what cannot be seen, Zero Width Non-Joiner (U+200C); '
        in shown
    )
    assert "\u200c" not in script_in(shown) and "U+2068" not in shown


def test_long_cells_are_cut(look, tmp_path):
    row = {"prompt": "x " * 100_000, "chosen": "A" * 1_000_000, "rejected": "B.", "k" * 100_000: 1}
    shown = look(write(tmp_path / "a.jsonl", row))
    assert f"    better: {'A' * 160}…\n" in shown
    assert len(shown) < 20_000


def test_rows_that_cannot_be_read_are_counted(look, tmp_path):
    path = write(tmp_path / "a.jsonl", shp(1))
    path.write_text(path.read_text("utf-8") + "{\n", "utf-8")
    shown = look(path)
    assert "shp reads 1 of 2 rows" in shown and "  left out: 1 not_json\n" in shown


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.jsonl"], "there is no file none.jsonl, and a dataset of the Hub is ORG/NAME; check the name"),
        (["."], "is a folder; name one of its files"),
        (["a.jsonl", "--split", "test"], "--split speaks of a dataset of the Hub, and a.jsonl is a file; leave it out"),
        (["org/name", "--records", "x"], "--records speaks of a file, and there is no file org/name; leave it out"),
        (["a.jsonl", "--layout", "nix"], "there is no layout 'nix'"),
        (["a.jsonl", "--language", "nix"], "--language"),
        (["empty.jsonl"], "there is no row in it"),
    ],
)
def test_what_cannot_be_looked_at_is_one_sentence(words, sentence, look, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.jsonl", shp(1))
    write(tmp_path / "empty.jsonl")
    assert sentence in look(*words, code=2)


def test_a_dataset_of_the_hub_is_read_at_the_part_that_is_named(look, monkeypatch):
    asked = []

    def read_hub(*words):
        asked.append(words)
        yield Line("org/name row 1", shp(1))

    monkeypatch.setattr(hub_reader, "read_hub", read_hub)
    shown = look("org/name", "--config", "c", "--split", "test", "--revision", "v1")
    assert asked == [("org/name", "c", "test", "v1")]
    assert 'layout("shp").hub(\n        "org/name",' in shown and '        split="test",' in shown
    look("org/name")
    assert asked[1] == ("org/name", None, "train", None)


def test_messages_in_any_order_are_looked_at_until_there_are_trees(look, tmp_path):
    def rows_of(tree):
        first = {"message_id": f"{tree}", "parent_id": None, "text": f"Q{tree}?", "role": "prompter", "lang": "fa"}
        texts = enumerate((f"A{tree}", f"B{tree}"))
        return [
            first,
            *({**first, "message_id": f"{tree}.{n}", "parent_id": f"{tree}", "text": text} for n, text in texts),
        ]

    replies = [row | {"role": "assistant", "rank": n} for tree in range(120) for n, row in enumerate(rows_of(tree)[1:])]
    (tmp_path / "m.jsonl").write_text(
        "\n".join(json.dumps(row) for row in [*replies, *(rows_of(n)[0] for n in range(120))])
    )
    shown = look(str(tmp_path / "m.jsonl"))
    assert "oasst_messages reads 120 of 120 answered messages in 360 rows" in shown
    assert "parent_not_in_tree (" not in shown
    assert f"polypref build pairs --source {tmp_path}/m.jsonl --layout oasst_messages" in shown


def test_first_messages_with_replies_inside_fit_a_layout_whatever_says_their_language(look, tmp_path):
    answers = [{"text": text, "role": "assistant", "rank": n, "replies": []} for n, text in enumerate(("बक", "झक"))]
    (tmp_path / "m.json").write_text(json.dumps([{"text": "कौन?", "role": "prompter", "replies": answers}]))
    assert "--layout oasst_nested --language TAG" in look(str(tmp_path / "m.json"))
    for one in answers:
        one["lang"] = "hi"
    (tmp_path / "m.json").write_text(
        json.dumps([{"text": "कौन?", "role": "prompter", "lang": "hi", "replies": answers}])
    )
    assert "--layout oasst_nested --language-column lang" in look(str(tmp_path / "m.json"))

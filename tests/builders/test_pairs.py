"""builders/pairs.py: pairs from files that are there already, by a layout's name or by the columns that are named."""

import csv
import json
import re

import pyarrow.parquet as pq
import pytest

from polypref.api.datasets import Dataset
from polypref.cli import main
from polypref.errors import UserError
from polypref.layouts.named import layout
from polypref.layouts.sources import Answer, Files, HubDataset, Verdict
from polypref.release.licences import decide_licence, named_parts
from polypref.release.publish import check_folder
from polypref.scripting import params
from polypref.scripting.loading import load_script
from tests.conftest import ROOT

SCRIPT = ROOT / "builders" / "pairs.py"
THINGS = ["bread", "soup", "rice", "tea", "cake", "jam", "fish", "milk", "salt", "plums"]


@pytest.fixture(scope="module")
def pairs():
    """What the script declares with some options."""
    module = load_script(str(SCRIPT))

    def declare(*words):
        return module.build(params.parse_words(module.Params, list(words), "pairs"))

    return declare


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        else:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return path


def good(thing):
    return f"Warm the {thing} slowly on a low fire, and stir it now and then."


def bad(thing):
    return f"Nobody can tell you anything about how to make the {thing} warm."


def rows_with(**columns):
    """A row for each thing; columns are functions of its number and name."""
    asked = [{"question": f"How do I warm the {thing} so that it stays good?"} for thing in THINGS]
    return [
        row | {name: value(number, thing) for name, value in columns.items()}
        for number, (row, thing) in enumerate(zip(asked, THINGS, strict=True))
    ]


def in_turn(one, other):
    """The better answer stands in the first column for even rows, in the second for odd ones."""
    return lambda number, thing: (one, other)[number % 2](thing)


@pytest.fixture
def build(tmp_path, monkeypatch, capsys):
    """Builds with the command; the pairs by what they ask for, or what is said where it stops."""

    def run(path, *words, code=0):
        monkeypatch.chdir(tmp_path)
        written = main(["build", str(SCRIPT), "--source", str(path), *words, "--quiet", "--out", "out"])
        shown = capsys.readouterr()
        assert written == code, shown.err
        if code:
            return shown.err
        files = (tmp_path / "out" / "data").rglob("*.parquet")
        rows = [row for file in files for row in pq.read_table(file).to_pylist()]
        thing = {re.search(r"the (\w+) so", row["prompt"][-1]["content"])[1]: row for row in rows}
        return {name: (row["chosen"][0]["content"], row["rejected"][0]["content"]) for name, row in thing.items()}

    return run


RIGHT = {thing: (good(thing), bad(thing)) for thing in THINGS}
ASKED = ("--prompt", "question", "--language", "en")


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_chosen_and_rejected_columns(build, tmp_path, ending):
    rows = rows_with(yes=lambda _, thing: good(thing), no=lambda _, thing: bad(thing))
    path = write(tmp_path / f"rows.{ending}", rows)
    assert build(path, "--chosen", "yes", "--rejected", "no", *ASKED) == RIGHT


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_winner_with_its_values_written_out(build, tmp_path, ending):
    rows = rows_with(
        one=in_turn(good, bad), two=in_turn(bad, good), won=lambda number, _: ["1", "2"][number % 2], mood=lambda *_: 0
    )
    rows[4]["won"] = "draw"
    path = write(tmp_path / f"rows.{ending}", rows)
    words = ("--a", "one", "--b", "two", "--winner", "won", "--first", "1", "--second", "2", "--tie", "draw,none")
    assert build(path, *words, *ASKED) == {name: sides for name, sides in RIGHT.items() if name != "cake"}
    rows[4]["won"] = "skipped"
    words = (write(tmp_path / f"skipped.{ending}", rows), *words[:-2], "--name", "rows")
    assert build(*words, "--unjudged", "skipped", *ASKED) == {n: sides for n, sides in RIGHT.items() if n != "cake"}
    stopped = build(*words, *ASKED, code=2)
    assert "'skipped'" in stopped and "give each to --first, --second, --tie or --unjudged" in stopped


def test_rows_of_another_file_correct_those_of_the_first(build, tmp_path):
    rows = rows_with(one=lambda _, thing: good(thing), two=lambda _, thing: bad(thing), won=lambda *_: "2")
    path = write(tmp_path / "rows.csv", rows)
    corrected = write(tmp_path / "corrected.csv", [row | {"won": "1"} for row in rows[:3]])
    words = ("--a", "one", "--b", "two", "--winner", "won", "--first", "1", "--second", "2", *ASKED)
    turned = {name: sides if n < 3 else sides[::-1] for n, (name, sides) in enumerate(RIGHT.items())}
    assert build(path, *words, "--corrections", str(corrected)) == turned
    stopped = build("org/name", *words, "--corrections", str(corrected), code=2)
    assert "--corrections speaks of a file, and --source org/name is none" in stopped


@pytest.mark.slow
def test_rows_of_one_vote_each_by_people_that_are_named(build, tmp_path):
    rows = rows_with(one=lambda _, thing: good(thing), two=lambda _, thing: bad(thing))
    votes = [row | {"who": who, "won": won} for row in rows for who, won in zip("vwxyz", "11211", strict=True)]
    path = write(tmp_path / "rows.csv", votes)
    words = ("--a", "one", "--b", "two", "--winner", "won", "--first", "1", "--second", "2", "--annotator", "who")
    assert build(path, *words, "--join", "majority", *ASKED) == RIGHT
    build(path, *words, "--join", "each", *ASKED)
    files = [pq.read_table(file) for file in (tmp_path / "out" / "data").rglob("*.parquet")]
    people = [name for file in files for name in file["annotator"].to_pylist()]
    assert sorted(map(people.count, set(people))) == [10] * 5


@pytest.mark.slow
def test_a_winner_that_is_the_name_of_a_model(build, tmp_path):
    rows = rows_with(
        one=in_turn(good, bad),
        two=in_turn(bad, good),
        m1=lambda number, _: ("aya", "gpt")[number % 2],
        m2=lambda number, _: ("gpt", "aya")[number % 2],
        won=lambda number, _: "gpt" if number == 6 else "aya",
    )
    rows[4]["won"] = "draw"
    path = write(tmp_path / "rows.jsonl", rows)
    words = ("--a", "one", "--b", "two", "--winner", "won", "--tie", "draw", *ASKED)
    models = ("--model-a", "m1", "--model-b", "m2")
    right = {name: sides for name, sides in RIGHT.items() if name != "cake"} | {"fish": (bad("fish"), good("fish"))}
    assert build(path, *words, *models) == right
    # Taken for places, they would have half of the pairs the wrong way round.
    stopped = build(path, *words, *models, "--first", "aya", "--second", "gpt", code=2)
    assert "label_names_the_other_model" in stopped
    # So they would without the columns of models: only the rows tell.
    stopped = build(path, *words, "--first", "aya", "--second", "gpt", code=2)
    assert "column won holds 'aya' (8), 'draw' (1), 'gpt' (1), and columns 'm1' and 'm2' hold the same" in stopped
    assert "declare --model-a and --model-b, without --first and --second, and which of these columns" in stopped
    stopped = build(path, *words, "--first", "aya", code=2)
    assert "column won holds 'gpt' (1), beside 'aya' (8), 'draw' (1), and nothing declares what it means" in stopped
    assert "where it names the model of the better answer, as columns 'm1' and 'm2' do" in stopped


def test_values_that_are_sentences_with_commas_in_them(build, tmp_path):
    labels = ("Oui, la première est bien meilleure que la seconde", "Non, la seconde")
    rows = rows_with(one=in_turn(good, bad), two=in_turn(bad, good), won=lambda number, _: labels[number % 2])
    path = write(tmp_path / "rows.csv", rows)
    words = ("--a", "one", "--b", "two", "--winner", "won", *ASKED)
    stopped = build(path, *words, "--first", f'"{labels[0]}"', code=2)
    assert f"holds '{labels[1]}' (5), beside '{labels[0]}' (5)" in stopped
    assert build(path, *words, "--first", f'"{labels[0]}"', "--second", f'x, "{labels[1]}",y') == RIGHT


def test_values_that_name_places_though_other_columns_hold_them_too(build, tmp_path):
    rows = rows_with(
        one=in_turn(good, bad),
        two=in_turn(bad, good),
        shown_left=lambda number, _: "1221"[number % 4],
        shown_right=lambda number, _: "2112"[number % 4],
        won=lambda number, _: "12"[number % 2],
    )
    path = write(tmp_path / "rows.csv", rows)
    words = ("--a", "one", "--b", "two", "--winner", "won", *ASKED)
    sides = ("--first", "1", "--second", "2")
    assert "names of models whose answers change places" in build(path, *words, *sides, code=2)
    assert build(path, *words, *sides, "--by-place") == RIGHT
    assert "--by-place speaks of the values of --first" in build(path, *words, "--by-place", code=2)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_two_scores_of_which_the_higher_or_the_lower_is_better(build, tmp_path, ending):
    scores = {"s1": lambda number, _: (4.5, 2.25)[number % 2], "s2": lambda number, _: (2.25, 4.5)[number % 2]}
    rows = rows_with(one=in_turn(good, bad), two=in_turn(bad, good), **scores)
    path = write(tmp_path / f"rows.{ending}", rows)
    words = ("--a", "one", "--b", "two", *ASKED, "--scores")
    assert build(path, *words, "s1,s2") == RIGHT
    assert build(path, *words, "s2,s1", "--lower-is-better") == RIGHT


def test_two_scores_are_compared_within_their_row(build, tmp_path):
    # Each question stands in two rows: the first of people who give much, the second of people who give little.
    first = rows_with(
        one=lambda _, thing: good(thing), two=lambda _, thing: bad(thing), s1=lambda *_: 9, s2=lambda *_: 7
    )
    second = rows_with(
        one=lambda _, thing: f"Put the {thing} into the oven for an hour, and cover it with a wet cloth.",
        two=lambda _, thing: bad(thing).replace("Nobody", "No cook"),
        s1=lambda *_: 5,
        s2=lambda *_: 2,
    )
    path = write(tmp_path / "rows.jsonl", [*first, *second])
    build(path, "--a", "one", "--b", "two", *ASKED, "--scores", "s1,s2")
    rows = [row for file in (tmp_path / "out" / "data").rglob("*.parquet") for row in pq.read_table(file).to_pylist()]
    pairs = sorted((row["chosen"][0]["content"], row["rejected"][0]["content"]) for row in rows)
    assert pairs == sorted((row["one"], row["two"]) for row in (*first, *second))


@pytest.mark.slow
@pytest.mark.parametrize(("words", "each"), [([], 1), (["--per-prompt", "2"], 2)])
def test_more_pairs_of_a_prompt_than_one_where_the_option_asks_for_them(build, tmp_path, words, each):
    ranked = [f"The {number}. answer says how to warm it, slowly and on a low fire." for number in (1, 2, 3)]
    rows = [row | {"text": one, "good": one != ranked[2]} for row in rows_with() for one in ranked]
    path = write(tmp_path / "rows.jsonl", rows)
    build(path, "--completion", "text", "--label", "good", *ASKED, *words)
    assert sum(pq.read_table(one).num_rows for one in (tmp_path / "out" / "data").rglob("*.parquet")) == each * len(
        THINGS
    )
    beyond = [line for line in Dataset(tmp_path / "out").summary() if "not taken, as per_prompt" in line]
    assert len(beyond) == (0 if words else 1)
    assert words or "10 possible pairs (beyond_per_prompt); more are with --per-prompt N" in beyond[0]


def test_conversations_without_a_column_of_the_prompt(build, tmp_path):
    def talk(answer):
        def turns(number, thing):
            asked = rows_with()[number]["question"]
            return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer(thing)}]

        return turns

    path = write(tmp_path / "rows.jsonl", rows_with(yes=talk(good), no=talk(bad)))
    assert build(path, "--chosen", "yes", "--rejected", "no", "--language", "en") == RIGHT


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_layout_by_its_name(build, tmp_path, ending):
    rows = rows_with(output_1=in_turn(good, bad), output_2=in_turn(bad, good), preference=lambda n, _: 1 + n % 2)
    rows = [{"instruction": row.pop("question"), "input": ""} | row for row in rows]
    path = write(tmp_path / f"rows.{ending}", rows)
    assert build(path, "--layout", "alpaca_farm", "--language", "en") == RIGHT


def test_the_column_of_the_language_where_a_layout_names_none(build, tmp_path, pairs):
    rows = rows_with(chosen=lambda _, thing: good(thing), rejected=lambda _, thing: bad(thing), l=lambda *_: "English")
    path = write(tmp_path / "rows.jsonl", [{"prompt": row.pop("question")} | row for row in rows])
    assert layout("trl_preference").fields.language is None
    assert build(path, "--layout", "trl_preference", "--language-column", "l") == RIGHT


@pytest.mark.parametrize(
    ("fields", "rater", "rule"),
    [
        ('answers = [{text = "a"}, {text = "b"}]\nverdict = {rater = "people"}', "people", "given"),
        ('answers = [{text = "a", score = "s", rater = "judge"}]', "judge", "best_vs_worst"),
        ('answers = [{text = "a", side = "chosen"}, {text = "b", side = "rejected"}]', "source", "given"),
    ],
)
def test_a_layout_that_names_neither_rater_nor_rule_means_those_that_it_declares(pairs, tmp_path, fields, rater, rule):
    file = tmp_path / "mine.toml"
    file.write_text(f'[fields]\nprompt = "p"\n{fields}\n', "utf-8")
    builder = pairs("--source", "x.jsonl", "--layout", str(file))
    assert (builder.rater.name, builder.pairs.rule) == (rater, rule)


def test_a_layout_of_ones_own_and_rows_inside_of_a_json_file(build, tmp_path):
    rows = rows_with(yes=lambda _, thing: good(thing), no=lambda _, thing: bad(thing), lang=lambda *_: "English")
    (tmp_path / "rows.json").write_text(json.dumps({"data": {"rows": rows}}), "utf-8")
    (tmp_path / "mine.toml").write_text(
        '[fields]\nprompt = "question"\nlanguage = "lang"\nanswers = [{text = "yes"}, {text = "no"}]\n'
        '[fields.verdict]\nrater = "source"\n',
        "utf-8",
    )
    assert build(tmp_path / "rows.json", "--layout", "mine.toml", "--records", "data.rows") == RIGHT


def test_labels_that_are_not_declared_stop_the_build_with_their_counts(build, tmp_path):
    rows = rows_with(one=in_turn(good, bad), two=in_turn(bad, good), won=lambda number, _: "LR"[number % 2])
    path = write(tmp_path / "rows.csv", rows)
    sentence = build(path, "--a", "one", "--b", "two", "--winner", "won", *ASKED, code=2)
    assert "'L' (5), 'R' (5)" in sentence and "write --first --second --tie with each label" in sentence
    sentence = build(path, "--a", "one", "--b", "two", "--winner", "won", "--first", "L", *ASKED, code=2)
    assert "column won holds 'R' (5), beside 'L' (5)" in sentence


def test_a_side_that_no_row_prefers_is_said_to_be_right(build, tmp_path):
    rows = rows_with(output_1=lambda _, thing: good(thing), output_2=lambda _, thing: bad(thing))
    path = write(tmp_path / "rows.jsonl", [row | {"instruction": row["question"], "preference": 1} for row in rows])
    assert "no row prefers the second answer" in build(path, "--layout", "alpaca_farm", "--language", "en", code=2)
    assert build(path, "--layout", "alpaca_farm", "--language", "en", "--never", "second") == RIGHT


@pytest.mark.parametrize("side", ["first", "second"])
def test_never_leaves_out_the_declaration_of_one_side(pairs, side):
    words = ("--source", "x.jsonl", "--never", side, "--layout")
    verdict = pairs(*words, "shp").sources[0].fields.verdict
    assert (verdict.first, verdict.second) == (((), (0,)) if side == "first" else ((1,), ()))
    assert pairs(*words, "helpsteer3").sources[0].fields.verdict.never == side


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "pairs needs --source"),
        (["x.jsonl"], "say what the columns hold: --layout NAME (polypref layouts lists them), --chosen COLUMN "),
        (
            ["x.jsonl", "--layout", "shp", "--chosen", "c", "--scores", "s"],
            "in one way, not by --layout NAME (polypref layouts lists them) and by --chosen COLUMN --rejected COLUMN",
        ),
        (["x.jsonl", "--layout", "shpp"], "there is no layout 'shpp'; did you mean 'shp'?"),
        (["x.jsonl", "--layout", "shp", "--prompt", "p"], "--layout says what all columns hold, so --prompt cannot"),
        (["x.jsonl", "--layout", "shp", "--first", "1", "--tie", "2"], "so --first and --tie cannot say it too"),
        (["x.jsonl", "--layout", "m_arena_hard"], "layout m_arena_hard reads prompts without answers"),
        (["x.jsonl", "--layout", "shp", "--never", "b"], "--never b: write first or second"),
        (["x.jsonl", "--layout", "hh_rlhf", "--never", "first"], "and layout hh_rlhf has none; leave it"),
        (["x.jsonl", "--chosen", "c"], "--chosen and --rejected go together"),
        (["x.jsonl", "--chosen", "c", "--rejected", "r", "--tie", "t"], "so --tie cannot say it too"),
        (
            ["x.jsonl", "--layout", "oasst", "--language-column", "l"],
            "layout oasst reads the language from column lang",
        ),
        (["x.jsonl", "--a", "c", "--b", "d", "--winner", "w", "--model-a", "m"], "--model-a and --model-b go together"),
        (["x.jsonl", "--a", "c", "--winner", "w"], "--a and --b go together"),
        (["x.jsonl", "--winner", "w"], "--a and --b go together"),
        (["x.jsonl", "--a", "c", "--b", "d"], "want either --winner COLUMN or --scores COLUMN,COLUMN"),
        (["x.jsonl", "--a", "c", "--b", "d", "--winner", "w", "--scores", "s,t"], "want either --winner"),
        (["x.jsonl", "--a", "c", "--b", "d", "--winner", "w", "--lower-is-better"], "so --lower-is-better cannot"),
        (["x.jsonl", "--a", "c", "--b", "d", "--scores", "s"], "--scores s: name two columns with a comma between"),
        (["x.jsonl", "--a", "c", "--b", "d", "--scores", "s,t", "--first", "1"], "so --first cannot say it too"),
        (["x.jsonl", "--a", "c", "--b", "d", "--scores", "s,t", "--join", "each"], "so --join cannot say it too"),
        (["x.jsonl", "--a", "c", "--b", "d", "--winner", "w", "--join", "most"], "--join most: write unanimous, major"),
        (["x.jsonl", "--layout", "shp", "--split", "test"], "--split speaks of a dataset of the Hub, and --source x"),
        (
            ["org/name", "--layout", "shp", "--records", "r"],
            "--records speaks of a file, and --source org/name is none",
        ),
    ],
)
def test_options_that_say_too_little_or_contradict_each_other(pairs, words, sentence):
    with pytest.raises(UserError) as refused:
        pairs(*(["--source", *words] if words else []))
    assert sentence in str(refused.value)


def test_a_dataset_of_the_hub_is_read_at_the_part_that_is_named(pairs, tmp_path, monkeypatch):
    words = ("--layout", "shp", "--split", "test", "--config", "c", "--revision", "v1", "--licence", "mit")
    (source,) = pairs("--source", "org/name", *words, "--language", "en").sources
    fields = layout("shp").fields
    assert source == HubDataset(
        "org/name", fields, "mit", split="test", config="c", revision="v1", language="en", where={}
    )
    (plain,) = pairs("--source", "org/name", "--layout", "shp").sources
    assert (plain.split, plain.config, plain.revision, plain.licence) == ("train", None, None, "unknown")
    for path in ("data/rows.jsonl", "data/rows.jsonl.gz", "./data", "data/*.jsonl", "rows.csv"):
        assert isinstance(pairs("--source", path, "--layout", "shp").sources[0], Files)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org").mkdir()
    (tmp_path / "org" / "name").touch()
    assert isinstance(pairs("--source", "org/name", "--layout", "shp").sources[0], Files)


def test_what_is_declared_says_who_judged_and_how(pairs):
    named = pairs("--source", "data/my rows.jsonl", "--layout", "ultrafeedback", "--seed", "3", "--test", "0.5")
    assert (named.name, named.rater.name, named.pairs.rule, named.pairs.seed) == (
        "my-rows",
        "gpt-4",
        "best_vs_worst",
        3,
    )
    assert (named.split.test, named.split.seed, named.evaluation_set) == (0.5, 3, False)
    assert named.notes == layout("ultrafeedback").notes
    shp = layout("shp").set_notes
    assert shp and pairs("--source", "stanfordnlp/SHP", "--layout", "shp").notes == shp
    assert pairs("--source", "mine.jsonl", "--layout", "shp").notes == ()
    assert pairs("--source", "x.jsonl", "--layout", "rewardbench").evaluation_set
    assert pairs("--source", "x.jsonl", "--layout", "prism").pairs.min_margin == 6
    chosen = pairs("--source", "*.csv", "--chosen", "c", "--rejected", "r", "--group", "g", "--language-column", "l")
    fields = chosen.sources[0].fields
    assert (chosen.name, fields.prompt, fields.group, fields.language) == ("pairs", None, "g", "l")
    assert fields.answers == (Answer("c"), Answer("r")) and fields.verdict == Verdict("source")


@pytest.mark.slow
def test_thoughts_in_answers_are_left_out_or_kept(build, tmp_path):
    def thinking(answer):
        return lambda number, thing: f"<think>{thing}, then.</think>{answer(thing)}"

    path = write(tmp_path / "rows.csv", rows_with(yes=thinking(good), no=thinking(bad)))
    words = ("--chosen", "yes", "--rejected", "no", *ASKED)
    assert "answer_thought_in_text" in build(path, *words, code=2)
    kept = build(path, *words, "--keep-thoughts")
    assert kept == {
        name: tuple(f"<think>{name}, then.</think>{side}" for side in sides) for name, sides in RIGHT.items()
    }
    path = write(tmp_path / "rows.csv", rows_with(yes=thinking(good), no=in_turn(bad, bad)))
    words = ("--chosen", "yes", "--rejected", "no", *ASKED)
    one_side = build(path, *words, "--keep-thoughts")
    assert one_side == {name: (f"<think>{name}, then.</think>{yes}", no) for name, (yes, no) in RIGHT.items()}


def test_thoughts_are_cut_and_tools_read_where_it_is_said(pairs):
    words = ("--source", "a.jsonl", "--chosen", "c", "--rejected", "r")
    (source,) = pairs(*words, "--cut-thoughts", "--read-tools", "--tool-schemas", "t").sources
    assert (source.fields.thoughts, source.fields.tools, source.fields.tool_schemas) == ("cut", "read", "t")
    (source,) = pairs("--source", "a.jsonl", "--layout", "llamafactory_tools").sources
    assert (source.fields.tools, source.fields.tool_schemas) == ("read", "tools")
    for wrong, sentence in (
        (("--keep-thoughts", "--cut-thoughts"), "leave out one"),
        (("--tool-schemas", "t"), "goes with --read-tools"),
    ):
        with pytest.raises(UserError, match=sentence):
            pairs(*words, *wrong)


def labelled(path, yes=True, no=False):
    """Every second answer is good."""
    rows = rows_with(
        answer=lambda number, thing: (good, bad)[number % 2](thing), up=lambda number, thing: (yes, no)[number % 2]
    )
    return write(path, rows)


LABELS = ("--prompt", "question", "--completion", "answer", "--label", "up", "--language", "en")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "words"), [((True, False), ()), ((1, 0), ()), (("yes", "no"), ("--good", "yes", "--bad", "no"))]
)
def test_labels_are_kept_unpaired(values, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = labelled(tmp_path / "rows.csv", *values)
    more = [*LABELS, *words, "--unpaired", "--test", "0.0", "--quiet", "--out", "out"]
    code = main(["build", str(SCRIPT), "--source", str(path), *more])
    assert code == 0, capsys.readouterr().err
    (file,) = (tmp_path / "out" / "data").rglob("*.parquet")
    rows = pq.read_table(file).to_pylist()
    assert len(rows) == 10 and "10 training rows" in capsys.readouterr().out
    for row in rows:
        thing = re.search(r"the (\w+) so", row["prompt"][-1]["content"])[1]
        assert row["completion"][0]["content"] == (good if row["label"] else bad)(thing)
        assert row["label"] == (THINGS.index(thing) % 2 == 0)


@pytest.mark.slow
def test_labels_are_paired_within_a_prompt_without_the_option(build, tmp_path):
    rows = [row | {"answer": make(thing), "up": make is good} for make in (good, bad)
            for row, thing in zip(rows_with(), THINGS, strict=True)]  # fmt: skip
    kept = build(write(tmp_path / "rows.jsonl", rows), *LABELS)
    assert kept == {thing: (good(thing), bad(thing)) for thing in THINGS}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--completion", "a"], "--completion and --label go together"),
        (["--completion", "a", "--label", "l", "--good", "y"], "--good and --bad go together"),
        (["--completion", "a", "--label", "l", "--join", "majority"], "or of labels with --unpaired"),
        (["--completion", "a", "--label", "l", "--unpaired", "--join", "each"], "write unanimous or majority"),
        (["--chosen", "a", "--rejected", "b", "--unpaired"], "these rows compare two"),
        (["--completion", "a", "--label", "l", "--chosen", "c"], "in one way, not by"),
        (["--layout", "pandalm", "--unpaired"], "these rows compare two"),
        (
            ["--completion", "a", "--label", "l", "--unpaired", "--per-prompt", "2"],
            "--unpaired keeps rows of one answer",
        ),
        (["--completion", "a", "--label", "l", "--first", "x"], "--label says .* good, so --first cannot say it too"),
        (["--completion", "a", "--label", "l", "--model-a", "m"], "so --model-a cannot say it too"),
        (["--completion", "a", "--label", "l", "--by-place"], "so --by-place cannot say it too"),
        (["--completion", "a", "--label", "l", "--good", "x,y", "--bad", "y"], "--good and --bad both name 'y'"),
        (["--a", "a", "--b", "b", "--winner", "w", "--first", "x\ny", "--second", "z"], "'x.ny' is no list of values"),
    ],
)
def test_options_of_labels_that_do_not_go_together(words, sentence, pairs):
    with pytest.raises(UserError, match=sentence):
        pairs("--source", "rows.jsonl", *words)


def test_a_join_of_labels_comes_from_the_option(pairs):
    how = ["--source", "r.jsonl", "--completion", "a", "--label", "l", "--unpaired", "--annotator", "who"]
    builder = pairs(*how, "--join", "majority")
    assert builder.pairs.join == "majority" and builder.sources[0].fields.occasion == "who"
    assert pairs("--source", "r.jsonl", "--layout", "llamafactory_kto", "--unpaired").unpaired


def test_labels_that_nothing_declares_point_to_the_options(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = labelled(tmp_path / "rows.csv", "yes", "no")
    assert main(["build", str(SCRIPT), "--source", str(path), *LABELS, "--quiet", "--out", "out"]) == 2
    stopped = capsys.readouterr().err
    assert "rows.csv:2); give each to --good or --bad; an empty cell rates nothing" in stopped
    assert "LAYOUT.toml" not in stopped and "answer_pool" not in stopped


@pytest.mark.parametrize("scores", [("4.5", "1"), ("4,5", "3"), ("\u06f4\u066b\u06f5", "\u06f3")])
def test_labels_that_are_numbers_point_to_the_builder_that_takes_scores(scores, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = labelled(tmp_path / "rows.csv", *scores)
    assert main(["build", str(SCRIPT), "--source", str(path), *LABELS, "--quiet", "--out", "out"]) == 2
    stopped = capsys.readouterr().err
    assert "these look like scores, which polypref build answer_pool --score-column takes; if they are la" in stopped
    assert "labels, give each to --good or --bad" in stopped


def test_the_column_of_the_model_that_wrote_a_labelled_answer(pairs):
    how = ["--source", "r.jsonl", "--completion", "a", "--label", "l", "--unpaired", "--answer-licence", "mit"]
    (answer,) = pairs(*how, "--model-column", "by").sources[0].fields.answers
    assert (answer.text, answer.model_column, answer.licence) == ("a", "by", "mit")
    assert pairs(*how).sources[0].fields.answers[0].model_column is None
    with pytest.raises(UserError, match="in one way, not by"):
        pairs("--source", "r.jsonl", "--chosen", "c", "--rejected", "d", "--model-column", "by")
    with pytest.raises(UserError, match="--completion and --label go together"):
        pairs("--source", "r.jsonl", "--model-column", "by")


def test_mistakes_are_named_by_their_option_before_rows_are_read(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["build", str(SCRIPT), *LABELS, "--quiet", "--out", "out"]
    for source, more, sentence in (
        ("none.csv", ["--test", "7"], "polypref: --test 7.0: the test share must be"),
        ("none.csv", ["--language", "yoruba-x"], "polypref: --language: "),
        ("none.csv", ["--language", "yoruba-x"], "the nearest known are yo (Yoruba)"),
        ("nul.csv", [], "give another (--name with polypref build pairs)"),
    ):
        assert main([*words, "--source", source, *more]) == 2
        stopped = capsys.readouterr().err
        assert sentence in stopped, stopped


def test_answers_that_nobody_labelled_are_no_rows_and_point_to_the_column(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = labelled(tmp_path / "rows.csv", "", "")
    assert main(["build", str(SCRIPT), "--source", str(path), *LABELS, "--unpaired", "--quiet", "--out", "out"]) == 2
    stopped = capsys.readouterr().err
    assert "no row is left to share out" in stopped and "check the column that --scores or --label names" in stopped


@pytest.mark.parametrize(("words", "licence"), [((), "unknown"), (("--answer-licence", "apache-2.0"), "apache-2.0")])
def test_a_licence_of_the_answers_comes_from_the_option(words, licence, pairs):
    (source,) = pairs("--source", "r.csv", "--chosen", "a", "--rejected", "b", "--licence", "mit", *words).sources
    assert source.licence == "mit" and [one.licence for one in source.fields.answers] == [licence] * 2


@pytest.mark.slow
def test_texts_whose_licences_are_options_may_be_published(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    path = labelled(tmp_path / "rows.csv")
    words = [*LABELS, "--unpaired", "--licence", "mit", "--quiet", "--out", "out"]
    for more, problems in (([], ["model unknown"]), (["--answer-licence", "apache-2.0"], [])):
        assert main(["build", str(SCRIPT), "--source", str(path), *words, *more]) == 0, capsys.readouterr().err
        wrong = decide_licence(named_parts(check_folder(tmp_path / "out"))).problems
        assert [one[:13] for one in wrong] == problems


def test_what_labels_of_transcripts_want_is_said_once(build, tmp_path):
    rows = rows_with(
        chosen=lambda number, thing: f"\n\nHuman: {thing}?\n\nAssistant: {good(thing)}",
        rejected=lambda number, thing: f"\n\nHuman: {thing}?\n\nAssistant: {bad(thing)}",
    )
    words = ("--chosen", "chosen", "--rejected", "rejected", "--language", "en")
    error = build(write(tmp_path / "rows.jsonl", rows), *words, code=2)
    assert "transcript_in_text" in error and error.count("LAYOUT.toml") == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", [LABELS, ("--layout", "trl_unpaired", "--language", "en")])
def test_single_answers_that_make_no_pair_point_to_unpaired(words, build, tmp_path):
    rows = rows_with(answer=lambda number, thing: good(thing), up=lambda number, thing: number % 2 == 0)
    if "--layout" in words:
        rows = [{"prompt": row["question"], "completion": row["answer"], "label": row["up"]} for row in rows]
    error = build(write(tmp_path / "rows.jsonl", rows), *words, code=2)
    assert "declare each row's second answer" in error and "--unpaired with polypref build pairs" in error

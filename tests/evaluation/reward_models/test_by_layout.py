"""Pairs by a layout: sides, verdicts and scores; each row by hand."""

import gzip
import json

import pytest

from polypref.errors import UserError
from polypref.evaluation.reward_models import benchmark
from polypref.evaluation.reward_models import data as reward_data
from polypref.inference import Model, Served
from tests.evaluation.duel import run

ROW = {"q": "Wo?", "a": "Da.", "b": "Dort.", "lang": "de"}
HEAD = '[fields]\nprompt = "q"\nlanguage = "lang"\n'
TWO = '[[fields.answers]]\ntext = "a"\n[[fields.answers]]\ntext = "b"\n'
VERDICT = (
    '[fields.verdict]\nrater = "people"\ncolumn = "w"\nfirst = ["A"]\nsecond = ["B"]\ntie = ["C"]\nunjudged = ["?"]\n'
)


def loaded(folder, layout, *rows, tags=None, **options):
    (folder / "mine.toml").write_text(layout, "utf-8")
    path = folder / "pairs.jsonl"
    path.write_text("".join(json.dumps(ROW | row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    where = reward_data.source(str(path), layout=str(folder / "mine.toml"), **options)
    return reward_data.load_comparisons(where, tags)


def sides(read):
    return [(pair.language, pair.prompt, pair.chosen, pair.rejected) for pair in read.pairs]


def test_verdicts_make_pairs_and_those_without_a_side_are_counted(tmp_path):
    rows = [{"w": "A"}, {"w": "B", "q": "Wer?"}, {"w": "C", "q": "Wie?"}, {"w": "?", "q": "Was?"}, {"q": "Wann?"}]
    rows += [{"w": "A", "q": "Qui ?", "lang": "fr"}, {"w": "A", "b": " "}, {"w": "A", "q": "Wem?", "b": "Da. "}]
    read = loaded(tmp_path, HEAD + TWO + VERDICT, *rows)
    assert sides(read) == [
        ("de", (("user", "Wo?"),), "Da.", "Dort."),
        ("de", (("user", "Wer?"),), "Dort.", "Da."),
        ("fr", (("user", "Qui ?"),), "Da.", "Dort."),
    ]
    reasons = {"tie": 1, "not_judged": 2, "empty_answer": 1, "identical_texts": 1}
    assert read.facts.left_out == {"de": reasons}
    (warning,) = read.facts.warnings
    assert warning == "5 rows could not be used: not_judged 2, empty_answer 1, identical_texts 1, tie 1."


def test_only_the_languages_asked_for_are_read_and_counted(tmp_path):
    rows = [{"w": "A"}, {"w": "B", "q": "Qui ?", "lang": "fr"}, {"w": "C", "q": "Quoi ?", "lang": "fr"}]
    read = loaded(tmp_path, HEAD + TWO + VERDICT, *rows, tags={"de"})
    assert (len(read.pairs), read.facts.languages, read.facts.left_out) == (1, {"de": 1}, {})


def test_people_are_joined_as_declared_and_what_they_do_not_agree_on_is_counted(tmp_path):
    verdict = VERDICT.replace('"w"', '["w", "v", "u"]')
    rows = [{"w": "A", "v": "A", "u": "B"}, {"q": "Wer?", "w": "A", "v": "B", "u": "C"}, {"q": "Wie?", "w": "B"}]
    read = loaded(tmp_path, HEAD + TWO + verdict + 'join = "majority"\n', *rows)
    assert [(chosen, rejected) for *_, chosen, rejected in sides(read)] == [("Da.", "Dort."), ("Dort.", "Da.")]
    assert read.facts.left_out == {"de": {"no_majority": 1}}
    assert len(sides(loaded(tmp_path, HEAD + TWO + verdict + 'join = "each"\n', *rows))) == 6


def test_scored_answers_of_a_list_are_pairs_of_one_group(tmp_path):
    layout = HEAD + 'each = "all"\ngroup = "id"\n[[fields.answers]]\ntext = "t"\nscore = "s"\n'
    answers = [{"t": text, "s": score} for text, score in (("Gut.", 3), ("Schlecht.", 1), ("Auch.", 1))]
    rows = [{"all": answers, "id": 7}, {"all": answers[:1], "id": 8, "q": "Wer?"}]
    read = loaded(tmp_path, layout, *rows)
    assert [(chosen, rejected) for *_, chosen, rejected in sides(read)] == [("Gut.", "Schlecht."), ("Gut.", "Auch.")]
    assert [(pair.id, pair.group) for pair in read.pairs] == [("7", "7"), ("7/2", "7")]
    assert read.facts.left_out == {"de": {"tie": 1, "no_preference": 1}}


def test_scores_beside_verdicts_stand_in_the_order_of_the_sides(tmp_path):
    two = TWO.replace('"a"\n', '"a"\nscore = "x"\n').replace('"b"\n', '"b"\nscore = "y"\n')
    rows = [
        {"w": "A", "x": 1, "y": 2},
        {"w": "B", "x": 3, "y": 5, "q": "Wer?"},
        {"w": "B", "x": None, "y": 5, "q": "Wie?"},
    ]
    read = loaded(tmp_path, HEAD + two + VERDICT, *rows)
    assert [pair.scores for pair in read.pairs] == [(1.0, 2.0), (5.0, 3.0), None]


def test_two_texts_that_are_preferred_both_ways_are_no_pair_and_a_pair_again_counts_once(tmp_path):
    rows = [
        {"w": "A"},
        {"a": "Dort.", "b": "Da.", "w": "A"},
        {"q": "Wer?", "w": "B"},
        {"q": "Wer?", "w": "B", "a": "Da. "},
    ]
    read = loaded(tmp_path, HEAD + TWO + VERDICT, *rows)
    assert [(chosen, rejected) for *_, chosen, rejected in sides(read)] == [("Dort.", "Da.")]
    assert read.facts.left_out == {"de": {"disagreement": 2, "merged_same_verdict_again": 1}}


def test_conversations_roles_and_transcripts_are_read_as_declared(tmp_path):
    layout = '[fields]\nprompt = "q"\nroles = {bot = "assistant"}\nlanguage = "lang"\nserialised = true\n'
    layout += TWO + '[fields.verdict]\nrater = "me"\n[fields.transcript]\nuser = ["Mensch"]\nassistant = ["Maschine"]\n'
    printed = repr([{"role": "user", "content": "Wo?"}, {"role": "bot", "content": "Da."}])
    rows = [{"a": printed}, {"a": "Mensch: Wo?\nMaschine: Hier.", "b": "Nein."}]
    assert sides(loaded(tmp_path, layout, *rows)) == [
        ("de", (("user", "Wo?"),), "Da.", "Dort."),
        ("de", (("user", "Wo?"),), "Hier.", "Nein."),
    ]


def test_what_is_said_is_scored_whichever_answer_was_thought_about(tmp_path):
    layout = HEAD.replace("[fields]", '[fields]\nthoughts = "cut"') + TWO + VERDICT
    rows = [{"w": "A", "a": "<think>Hm.</think>Da."}, {"w": "B", "q": "Wer?", "a": "<think>So.</think>Da."}]
    assert sides(loaded(tmp_path, layout, *rows)) == [
        ("de", (("user", "Wo?"),), "Da.", "Dort."),
        ("de", (("user", "Wer?"),), "Dort.", "Da."),
    ]


def test_a_row_that_cannot_be_read_is_counted_by_its_reason(tmp_path):
    read = loaded(tmp_path, HEAD + TWO + VERDICT, {"w": "A"}, {"w": "B", "q": "Wer?", "b": [1]}, {"w": "B", "q": ""})
    assert read.facts.left_out == {"de": {"answer_not_text": 1, "empty_prompt": 1}}
    assert len(read.pairs) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"w": "A"}, {"w": "b"}], r"column w holds 'b' \(1\), beside 'A' \(1\), and nothing declares"),
        ([{"v": "A"}], r"column 'w' \(column of Verdict\) of layout .*mine.toml is in none of the rows; there are"),
        ([{"w": "A", "lang": "Elbisch"}], "no language that is known goes by 'Elbisch'"),
        ([{"w": "A", "b": "Da."}, {"w": "B", "b": "Da."}], r"pairs\.jsonl holds no usable pair \(identical_texts 1\)"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path, rows, message):
    beside = [{"w": "A"}, {"w": "B", "q": "Wer?"}] if rows[0].get("lang") else []
    with pytest.raises(UserError, match=message):
        loaded(tmp_path, HEAD + TWO + VERDICT, *beside, *rows)


def test_a_row_whose_language_nothing_says_stops_it(tmp_path):
    layout = HEAD.replace('language = "lang"\n', "") + TWO + '[fields.verdict]\nrater = "me"\n'
    with pytest.raises(UserError, match=r"pairs\.jsonl, row 1: nothing says its language"):
        loaded(tmp_path, layout, {})
    assert loaded(tmp_path, layout, {}, language="German").facts.languages == {"de": 1}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": {"prompt": "q"}}, "a layout says what all columns hold, and columns are given too"),
        ({"layout": "shpp"}, "there is no layout 'shpp'; did you mean 'shp'"),
    ],
)
def test_options_that_do_not_go_together(tmp_path, options, message):
    path = tmp_path / "pairs.jsonl"
    path.write_text("{}\n", "utf-8")
    with pytest.raises(UserError, match=message):
        reward_data.source(str(path), **({"layout": "auto_j"} | options))


def test_the_command_takes_a_layout_by_name(tmp_path):
    scores = [
        {"question": f"Nummer {n}?", "chosen": "Ja.", "rejected": f"Nein {n}.", "system": "", "language": "de"}
        for n in range(3)
    ]
    path = tmp_path / "orca.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in scores), "utf-8")
    run("evaluate-rm", "--data", path, "--layout", "orca_pairs", "--out", tmp_path / "out", "--quiet", expect=2)
    read = reward_data.load_comparisons(reward_data.source(str(path), layout="orca_pairs"))
    assert [pair.chosen for pair in read.pairs] == ["Ja."] * 3


def test_scores_that_decide_are_not_tried_on_themselves(tmp_path, capsys):
    rows = [ROW | {"sa": 3, "sb": 1, "w": "B"}]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    scored = TWO.replace('"a"', '"a"\nscore = "sa"').replace('"b"', '"b"\nscore = "sb"')
    (tmp_path / "scored.toml").write_text(HEAD + scored, "utf-8")
    (tmp_path / "both.toml").write_text(HEAD + scored + VERDICT.replace('["A"]', "[]"), "utf-8")
    alone, both = (reward_data.source(str(path), layout=str(tmp_path / f"{name}.toml")) for name in ("scored", "both"))
    with pytest.raises(
        UserError, match=r"no model is named, and the scores of layout .*scored\.toml are what says which"
    ):
        reward_data.refuse_scores_alone(alone)
    reward_data.refuse_scores_alone(both)
    run("evaluate-rm", "--data", path, "--layout", tmp_path / "scored.toml", "--out", tmp_path / "out", expect=2)
    assert "polypref: no model is named" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_separator_and_the_list_of_rows_may_be_named(tmp_path):
    (tmp_path / "a.csv").write_text("prompt|chosen|rejected\nWo?|Da, hier.|Dort; dort.\n", "utf-8")
    where = reward_data.source(str(tmp_path / "a.csv"), language="de", separator="|")
    assert [pair.chosen for pair in reward_data.load_comparisons(where).pairs] == ["Da, hier."]
    rows = {"data": {"items": [{"prompt": "Wo?", "chosen": "Da.", "rejected": "Dort."}]}}
    (tmp_path / "a.json").write_text(json.dumps(rows), "utf-8")
    where = reward_data.source(str(tmp_path / "a.json"), language="de", records="data.items")
    assert [pair.chosen for pair in reward_data.load_comparisons(where).pairs] == ["Da."]
    with pytest.raises(UserError, match=r"separator \(--separator\): '\|\|' separates no columns"):
        reward_data.source(str(tmp_path / "a.csv"), separator="||")
    with pytest.raises(UserError, match="records and separator are for local files"):
        reward_data.source("org/name", records="x")
    with pytest.raises(UserError, match="is a benchmark whose config"):
        reward_data.source("m-rewardbench", separator=";")


def test_what_columns_cannot_say_is_for_a_layout(tmp_path):
    with pytest.raises(UserError, match=r"columns are for prompt, .* is declared in a file for --layout LAYOUT\.toml"):
        reward_data.source("a.csv", columns={"winner": "w"})
    (tmp_path / "a.csv").write_text("prompt,a,b,winner\nWo?,Da.,Dort.,a\n", "utf-8")
    where = reward_data.source(str(tmp_path / "a.csv"), language="de")
    with pytest.raises(
        UserError, match=r"no column 'chosen' for chosen; .* \(--column chosen=NAME\); what else says which"
    ):
        reward_data.load_comparisons(where)


@pytest.mark.parametrize("ending", ["ndjson", "jsonl.gz"])
def test_a_folder_is_searched_for_every_file_that_can_be_read(tmp_path, ending):
    (tmp_path / "mine.toml").write_text('[fields]\nprompt = "q"\n' + TWO + VERDICT, "utf-8")
    (tmp_path / "pairs").mkdir()
    for tag, side in (("de", "A"), ("fr", "B")):
        text = (json.dumps({"q": "Wo?", "a": "Da.", "b": "Dort.", "w": side}) + "\n").encode()
        path = tmp_path / "pairs" / f"{tag}.{ending}"
        path.write_bytes(gzip.compress(text) if ending.endswith("gz") else text)
    read = reward_data.load_comparisons(
        reward_data.source(str(tmp_path / "pairs"), layout=str(tmp_path / "mine.toml")), None
    )
    assert [(pair.language, pair.chosen) for pair in read.pairs] == [("de", "Da."), ("fr", "Dort.")]


def test_reward_models_get_the_tools_and_turns_that_a_layout_reads(tmp_path):
    layout = HEAD + 'tools = "read"\ntool_schemas = "tools"\n' + TWO + VERDICT
    call = {"type": "function", "function": {"name": "zeit", "arguments": {"ort": "Köln"}}}
    tools = [{"type": "function", "function": {"name": "zeit"}}]
    turn = {"role": "assistant", "content": None, "tool_calls": [call]}
    called, plain = loaded(tmp_path, layout, {"w": "A", "a": [turn], "tools": tools}, {"w": "B", "q": "Wer?"}).pairs
    assert json.loads(called.tools) == tools and (plain.tools, plain.whole) == (None, (None, None))
    assert json.loads(called.whole[0]) == [{"role": "user", "content": "Wo?"}, turn | {"content": ""}]
    assert called.whole[1] is None and called.rejected == "Dort."
    chosen, rejected = (benchmark._scored(Served(Model("m"), None), called, side) for side in (0, 1))
    assert chosen.conversation[-1]["tool_calls"] == [call] and chosen.tools == rejected.tools == called.tools


def test_prompts_with_tools_are_counted_where_texts_alone_are_read(tmp_path):
    row = {"prompt": "Wo?", "chosen": "Da.", "rejected": "Dort.", "language": "de"}
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(row | {"tools": one}) + "\n" for one in (None, [{"name": "zeit"}])), "utf-8")
    read = reward_data.load_comparisons(reward_data.source(str(path)), None)
    assert len(read.pairs) == 1 and read.facts.left_out == {"de": {"prompt_with_tools": 1}}
    assert any("1 prompts offer tools" in line and 'tools = "read"' in line for line in read.facts.warnings)

"""Judgement files of other people, in every form and layout that the reader knows."""

import csv
import json
import math

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as some

from polypref.errors import UserError
from polypref.evaluation.inputs.judged import judged
from polypref.layouts.layout import DeclaredLayout, layout

BASE = {"prompt": "id", "model_a": "one", "model_b": "two", "language": "lang"}
LABELS = {"A": "a", "B": "b", "C": "tie"}


def games(tmp_path, rows, **config):
    path = tmp_path / "judgements.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return layout(BASE | config).read_games(path)


def rows(column, values, **more):
    return [
        {"id": n, "one": "aya", "two": "gemma", "lang": "ja", column: value} | more for n, value in enumerate(values)
    ]


def read(tmp_path, form, values, **config):
    """(score, reason) of each value."""
    all_games = games(tmp_path, rows("said", values), form=form, columns="said", **config)
    return [(None if math.isnan(game.score) else game.score, game.reason) for game in all_games]


def test_marks_count_where_all_agree(tmp_path):
    written = [
        "[[A]]",
        "回答Bの方が具体的です。[[B]]",
        "最初は[[A]]と思いましたが、[[B]]",
        "［［Ａ］］です。つまり[[a]]",
        "لا فرق بينهما [[C]]",
        "Η απάντηση Α είναι καλύτερη",
        None,
        "",
        "<think>[[A]]</think> [[B]]",
    ]
    assert read(tmp_path, "text", written) == [
        (1, ""), (0, ""), (None, "judge_two_verdicts"), (1, ""), (0.5, ""),
        (None, "no_mark"), (None, "null"), (None, "null"), (0, ""),
    ]  # fmt: skip


def test_marks_of_ones_own(tmp_path):
    written = ["My verdict: [[A>>B]]", "[[B>A]] no: [[A=B]]", "[[B>>A]]", "[[A>B]]", "[[A?B]]"]
    labels = {"A>>B": "a", "A>B": "a", "A=B": "tie", "B>A": "b", "B>>A": "b"}
    config = {"pattern": r"\[\[([AB<>=?]+)\]\]", "labels": labels, "weights": {"A>>B": 3, "B>>A": 3}}
    assert [score for score, _ in read(tmp_path, "text", written, **config)] == [1, 0.5, 0, 1, None]
    all_games = games(tmp_path, rows("said", written), form="text", columns="said", **config)
    assert [game.weight for game in all_games] == [3, 1, 3, 1, 1]
    assert all_games[-1].reason == "unknown_label"


def test_winners(tmp_path):
    written = ["aya", "gemma", "tie", "A", "b", "tie (bothbad)", "mistral", None, 1, 1.0, "1.0"]
    scores = read(tmp_path, "winner", written, labels={"tie (bothbad)": 0.5, 1: "b"})
    assert [score for score, _ in scores] == [1, 0, None, None, None, 0.5, None, None, 0, 0, 0]
    assert [reason for _, reason in scores if reason] == [*["unknown_label"] * 4, "null"]


def test_labels_that_nothing_is_said_of_stop_the_reading(tmp_path):
    assert read(tmp_path, "winner", ["aya", "gemma", None]) == [(1, ""), (0, ""), (None, "null")]
    with pytest.raises(UserError, match=r"column said \('1' \(2\), 'tie' \(1\)\) are not declared; .* labels: \{"):
        read(tmp_path, "winner", ["aya", 1, 1.0, "tie"])
    with pytest.raises(UserError, match="what the pattern finds means nothing by itself"):
        read(tmp_path, "text", ["[[A]]"], pattern=r"\[\[(.)\]\]")
    with pytest.raises(UserError, match="a label is named twice"):
        read(tmp_path, "winner", ["1"], labels={1: "a", "1.0": "b"})


@given(some.permutations([0, 1, 2, "A", "B", "tie", "left", "1.5"]))
def test_labels_mean_what_is_declared_and_nothing_else(names):
    from polypref.layouts.outcomes import outcome

    how = DeclaredLayout("winner", ("x",), ("id",), "a", "b", labels=dict(zip(names, ["a", "b", "tie"], strict=False)))
    got = [outcome([name], ("aya", "gemma"), how.meaning)[::2] for name in names]
    assert got[:3] == [(1.0, ""), (0.0, ""), (0.5, "")]
    assert all(reason == "unknown_label" for _, reason in got[3:])


def test_two_scores(tmp_path):
    pairs = [(8, 7), (7, 8), (9, 9), (8, 8.4), ("8", " 7 "), (None, 3), (float("nan"), 3), ("good", 2)]
    written = [{"id": n, "one": "aya", "two": "gemma", "lang": "he", "x": a, "y": b} for n, (a, b) in enumerate(pairs)]
    got = games(tmp_path, written, form="scores", columns=["x", "y"], tie_within=0.5)
    assert [g.score for g in got[:5]] == [1, 0, 0.5, 0.5, 1]
    assert [g.reason for g in got[5:]] == ["null", "nan", "not_a_number"]
    text = ["8 9\nعلى الرغم", "9,5", "no scores"]
    pattern = r"^\s*([\d.]+)[\s,]+([\d.]+)"
    assert read(tmp_path, "scores", text, pattern=pattern) == [(0, ""), (1, ""), (None, "no_scores")]


def test_rankings(tmp_path):
    written = [
        ["gemma", "aya"],
        ["aya", "x", "gemma"],
        [["aya", "gemma"]],
        {"aya": 2, "gemma": 1},
        "[{'model': 'aya', 'rank': 1}, {'model': 'gemma', 'rank': 2}]",
        "gemma > x > aya",
        "gemma = aya > x",
        ["aya"],
        ["aya", "gemma", "aya"],
        "none of them",
    ]
    assert [score for score, _ in read(tmp_path, "ranking", written)] == [0, 1, 0.5, 0, 1, 0, 0.5, None, None, None]
    assert [reason for _, reason in read(tmp_path, "ranking", written)[-3:]] == [
        "not_ranked", "ranked_twice", "not_a_ranking",
    ]  # fmt: skip
    labelled = [[{"model": "model_1", "rank": 2}, {"model": "model_2", "rank": 1}]]
    assert read(tmp_path, "ranking", labelled, labels={"model_1": "a", "model_2": "b"}) == [(0, "")]


def test_preferences(tmp_path):
    """AlpacaEval: 1 the first, 2 the second, 0 a draw; and a scale that runs the other way."""
    scores = read(tmp_path, "preference", [1, 2, 1.25, 0, None, float("nan"), 3], draws=[0], range=[1, 2])
    assert [score for score, _ in scores] == [1, 0, 0.75, 0.5, None, None, None]
    assert [reason for _, reason in scores[4:]] == ["null", "nan", "outside_range"]
    assert [s for s, _ in read(tmp_path, "preference", [5, 1, 3], range=[5, 1])] == [1, 0, 0.5]


def test_both_orders_in_a_row(tmp_path):
    """Labels of the other order go by places, or mean the models all the same."""
    written = [
        {"id": n, "one": "aya", "two": "gemma", "lang": "fa", "g1": a, "g2": b, "m2": m}
        for n, (a, b, m) in enumerate([("A", "B", "A"), ("A", "A", "B"), ("B", "C", "C"), ("C", None, None)])
    ]
    places = games(tmp_path, written, form="winner", columns="g1", swapped="g2", labels=LABELS)
    models = games(tmp_path, written, form="winner", columns="g1", swapped="m2", swapped_names="models", labels=LABELS)
    one, two = (judged(some, "aya", "gemma") for some in (places, models))
    assert one.battles.orders[:3].tolist() == [[1, 1], [1, 0], [0, 0.5]]
    assert one.battles.orders[3, 0] == 0.5
    assert math.isnan(one.battles.orders[3, 1])
    assert repr(one.battles.orders) == repr(two.battles.orders)
    assert one.reasons == {"null": 1}
    mirrored = judged(places, "gemma", "aya").battles.orders
    # From the other side: its own first order comes first.
    assert mirrored[1].tolist() == [1, 0]
    assert mirrored[0].tolist() == [0, 0]


def test_orders_as_rows_and_lengths(tmp_path):
    """The same battle in two rows, models changed about; lengths 8 and 2 go with the models, not with the places."""
    written = [
        {"id": 7, "one": "aya", "two": "gemma", "lang": "el", "w": "A", "x": "Γεια σου", "y": "안녕"},
        {"id": 7, "one": "gemma", "two": "aya", "lang": "el", "w": "A", "x": "안녕", "y": "Γεια σου"},
        {"id": 8, "one": "gemma", "two": "aya", "lang": "el", "w": "B", "x": "안녕", "y": "Γεια"},
    ]
    got = judged(
        games(tmp_path, written, form="winner", columns="w", answer_a="x", answer_b="y", labels=LABELS),
        "aya",
        "gemma",
    )
    assert got.prompts == ("7", "8")
    assert got.battles.orders[0].tolist() == [1, 0]
    assert math.isnan(got.battles.orders[1, 0])
    assert got.battles.orders[1, 1] == 1
    assert got.battles.lengths.tolist() == [[8, 2], [4, 2]]
    assert got.reasons == {"order_missing": 1}


@pytest.mark.parametrize("names", ["places", "models"])
def test_lengths_go_with_the_answers_in_the_other_order_too(tmp_path, names):
    written = [{"id": 1, "one": "aya", "two": "gemma", "lang": "he", "g1": "A", "g2": "A", "x": "שלום", "y": "כן"}]
    config = {"form": "winner", "columns": "g1", "swapped": "g2", "swapped_names": names, "labels": LABELS}
    both = games(tmp_path, written, answer_a="x", answer_b="y", **config)
    assert [(game.shown, game.lengths) for game in both] == [(("aya", "gemma"), (4, 2)), (("gemma", "aya"), (2, 4))]


def test_one_order_whichever_it_was(tmp_path):
    written = [
        {"id": 1, "one": "aya", "two": "gemma", "lang": "uk", "w": "A"},
        {"id": 2, "one": "gemma", "two": "aya", "lang": "uk", "w": "A"},
        {"id": 3, "one": "x", "two": "gemma", "lang": "uk", "w": "A"},
    ]
    got = judged(games(tmp_path, written, form="winner", columns="w", labels=LABELS), "aya", "gemma")
    assert got.battles.orders.tolist() == [[1], [0]]
    assert got.reasons == {}


def test_repeated_judgements_are_not_dropped_in_silence(tmp_path):
    all_games = games(tmp_path, [rows("w", [v])[0] for v in ("A", "A", "B")], form="winner", columns="w", labels=LABELS)
    with pytest.raises(UserError, match="3 judgements of aya shown before gemma"):
        judged(all_games, "aya", "gemma")
    assert judged(all_games, "aya", "gemma", "mean").battles.orders.tolist() == [[pytest.approx(2 / 3)]]
    assert judged(all_games, "aya", "gemma", "last").battles.orders.tolist() == [[0]]


def test_nested_columns_filters_and_constants(tmp_path):
    path = tmp_path / "all.json"
    written = [{"q": {"id": 3}, "judge": name, "games": [{"score": "A"}, {"score": "A"}]} for name in ("gpt", "other")]
    path.write_text(json.dumps({"data": {"rows": written}}), "utf-8")
    how = DeclaredLayout(
        "winner", ("games.0.score",), ("q.id",), "=aya", "=gemma", swapped=("games.1.score",), language="=hi",
        where={"judge": "gpt"}, records="data.rows", labels=LABELS,
    )  # fmt: skip
    got = judged(how.read_games(path), "aya", "gemma")
    assert got.battles.orders.tolist() == [[1, 0]]
    assert got.battles.languages.tolist() == ["hi"]


def test_columns_are_paths_and_templates_as_in_a_build(tmp_path):
    written = [
        {"id": n, "turn": turn, "by": {"m.1": "aya", "m.2": "gemma"}, "votes": [["A"], ["B"]]}
        for n, turn in enumerate([1, "1.0", 2, None])
    ]
    config = {"model_a": "by.m.1", "model_b": 'by["m.2"]', "prompt": "{id}-{turn}", "language": "=ja"}
    more = {"form": "winner", "columns": "votes[-1][0]", "labels": LABELS, "where": {"turn": [1, None]}}
    read_games = games(tmp_path, written, **config, **more)
    assert [(game.prompt, game.score) for game in read_games] == [("0-1", 0), ("1-1.0", 0), ("3-", 0)]
    assert {game.shown for game in read_games} == {("aya", "gemma")}


def test_a_value_that_cannot_be_read_stops_the_reading(tmp_path):
    path = tmp_path / "judgements.jsonl"
    path.write_text('{"id": {"x": 1, "x": 2}, "one": "a", "two": "b", "lang": "ja", "w": "A"}', "utf-8")
    with pytest.raises(UserError, match=r"row 1 cannot be read: key_twice \(x\); mend or remove the row$"):
        layout(BASE | {"form": "winner", "columns": "w", "labels": LABELS}).read_games(path)


def test_other_kinds_of_files(tmp_path):
    table = rows("w", ["A", "B"])
    pq.write_table(pa.Table.from_pylist(table), tmp_path / "t.parquet")
    with (tmp_path / "t.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    how = layout(BASE | {"form": "winner", "columns": "w", "labels": LABELS})
    text = (tmp_path / "t.csv").read_text("utf-8-sig")
    (tmp_path / "s.csv").write_text(text.replace(",", ";"), "utf-16")
    (tmp_path / "b.csv").write_text(text.replace(",", "^"), "utf-8")
    how_with_hats = layout(BASE | {"form": "winner", "columns": "w", "labels": LABELS, "separator": "^"})
    assert judged(how_with_hats.read_games(tmp_path / "b.csv"), "aya", "gemma").battles.orders.tolist() == [[1], [0]]
    with pytest.raises(UserError, match="layout: separator: 'xx' separates no"):
        layout(BASE | {"form": "winner", "columns": "w", "labels": LABELS, "separator": "xx"})
    for name in ("t.parquet", "t.csv", "s.csv"):
        assert judged(how.read_games(tmp_path / name), "aya", "gemma").battles.orders.tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"form": "winner", "columns": "nothing"}, "row 1: no column 'nothing'"),
        ({"form": "winner", "columns": "w", "language": "tongue"}, "no column 'tongue'"),
        (
            {"form": "winner", "columns": "w", "language": "=Japnese"},
            r"^layout: language: Unknown language 'Japnese': .* ja .Japanese",
        ),
        ({"form": "winner", "columns": "w", "language": "one"}, r"jsonl, row 1: column one: Unknown language 'aya'"),
        ({"form": "vote", "columns": "w"}, "unknown form vote"),
        ({"form": "winner", "columns": "w", "colour": 1}, "unknown key colour"),
        ({"form": "winner", "columns": ["w", "w"]}, "names 2 columns"),
        ({"form": "winner", "columns": "w", "records": 5}, "layout: records is 5; give one text"),
        ({"form": "winner", "columns": "w", "model_a": ["one", "two"]}, r"model_a is \['one', 'two'\]; give one text"),
        ({"form": "winner", "columns": "w", "labels": {"A": 5}}, "label A means 5; give a, b, tie or the score of"),
        ({"form": "winner", "columns": "w", "labels": {"A": "first"}}, "label A means 'first'; give a, b, tie"),
        ({"form": "winner", "columns": "w", "labels": {"A": True}}, "label A means True"),
        ({"form": "winner", "columns": "w", "weights": {"A": -1}}, "weights: -1 is no number of at least 0"),
        ({"form": "winner", "columns": "w", "weights": {"A": "3"}}, "weights: '3' is no number of at least 0"),
        ({"form": "scores", "columns": ["w", "w"], "tie_within": -0.5}, "tie_within: -0.5 is no number of at least 0"),
        ({"form": "scores", "columns": ["w", "w"], "tie_within": [1]}, r"tie_within: \[1\] is no number"),
        ({"form": "preference", "columns": "w", "range": [1, "2"]}, "range: '2' is no number; give one"),
        ({"form": "preference", "columns": "w", "range": [1, 2], "draws": ["0"]}, "draws: '0' is no number; give one"),
        ({"form": "preference", "columns": "w", "range": []}, r"range: \[\]; give two values"),
        ({"form": "scores", "columns": "w"}, "need a pattern with two groups"),
        ({"form": "text", "columns": "w", "pattern": "("}, "no regular expression"),
        ({"form": "text", "columns": "w", "pattern": "A", "labels": LABELS}, "too few groups"),
        ({"form": "preference", "columns": "w"}, "a preference needs its range"),
        (
            {"form": "winner", "columns": "w", "where": {"id": 9}},
            r"no row has what `where` asks for: id is '0' \(1\) and may be 9: check",
        ),
        (
            {"form": "winner", "columns": "w", "where": {"{id": 9}},
            r"layout: column '\{id': the brace at character 1 is",
        ),
        (
            {"form": "winner", "columns": "w", "prompt": ["id", "{{id}}"]},
            r"layout: column '\{\{id\}\}': it names no column",
        ),
    ],
)
def test_mistakes_are_told_in_a_sentence(tmp_path, config, message):
    with pytest.raises(UserError, match=message):
        games(tmp_path, rows("w", ["A"]), **config)


def test_a_key_that_is_no_text_is_unknown():
    with pytest.raises(UserError, match="layout: unknown key 5; there are"):
        layout(BASE | {"form": "winner", "columns": "w", 5: "x"})


def test_a_file_without_judgements_is_empty(tmp_path):
    with pytest.raises(UserError, match=r"judgements\.jsonl: the file is empty"):
        games(tmp_path, [], form="winner", columns="w")


def test_languages_go_by_any_of_their_names_and_an_empty_cell_is_none(tmp_path):
    names = ["Japanese", "jpn", "日本語", "ja", "und", "", None, float("nan")]
    written = [row | {"lang": name} for row, name in zip(rows("w", ["aya"] * 8), names, strict=True)]
    tags = [game.language for game in games(tmp_path, written, form="winner", columns="w")]
    assert tags == ["ja"] * 4 + ["und"] * 4
    (game,) = games(tmp_path, written[:1], form="winner", columns="w", language="=Japanese")
    assert game.language == "ja"


@pytest.mark.parametrize("column", ["id", "turn", "one", "two"])
@pytest.mark.parametrize("nothing", [None, float("nan")])
def test_a_row_that_names_no_prompt_or_no_model_is_refused(tmp_path, column, nothing):
    """A null is no prompt and no model of the name None."""
    whole = rows("said", ["A", "B"], turn=1)
    config = {"form": "winner", "columns": "said", "labels": LABELS, "prompt": ["id", "turn"]}
    assert [game.prompt for game in games(tmp_path, whole, **config)] == ["0/1", "1/1"]
    with pytest.raises(UserError, match=rf"row 2: column {column} holds nothing; fill the cell, or take the row out"):
        games(tmp_path, [whole[0], whole[1] | {column: nothing}], **config)


def test_a_prompt_without_a_group_is_one_by_itself(tmp_path):
    whole = [one | {"g": group} for one, group in zip(rows("said", ["A", "B", "A"]), ["x", None, None], strict=True)]
    config = {"form": "winner", "columns": "said", "labels": LABELS, "group": "g"}
    assert [game.group for game in games(tmp_path, whole, **config)] == ["x", "1", "2"]


def test_an_unknown_model_is_told(tmp_path):
    with pytest.raises(UserError, match="the file has aya, gemma"):
        judged(games(tmp_path, rows("w", ["A"]), form="winner", columns="w", labels=LABELS), "aya", "llama")


anything = some.one_of(some.none(), some.booleans(), some.floats(), some.text(), some.lists(some.text()))


@given(some.sampled_from(["winner", "text", "scores", "ranking", "preference"]), anything, anything)
def test_whatever_is_written_gives_a_score_or_a_reason(form, one, two):
    from polypref.layouts.outcomes import outcome

    columns = ("x", "y") if form == "scores" else ("x",)
    how = DeclaredLayout(form, columns, ("id",), "a", "b", range=(1.0, 2.0))
    score, _, reason = outcome([one, two][: len(columns)], ("aya", "gemma"), how.meaning)
    assert (reason == "") == (0 <= score <= 1)
    assert (reason != "") == math.isnan(score)

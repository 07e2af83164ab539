"""One row says the same in a build, as a judgement of an evaluation and as a pair for a reward model."""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from polypref import schema
from polypref.evaluation.reward_models.data import load_comparisons, source
from polypref.layouts.games import FieldsLayout
from polypref.layouts.named import layout
from polypref.layouts.rows import interpret_row
from polypref.stages.pair import PairRule, make_pairs

# How rows write down that the first answer is better, the second, neither (nothing, where a kind has no word for it);
# the layout that says so; and where it stands: in columns of three people, in columns of its own, in scores of answers.
KINDS = {
    "labels": ({"a": "2", "b": 1.0, "tie": "="}, 'first = [2]\nsecond = [1]\ntie = ["="]\n', "columns"),
    "scale": ({"a": -0.5, "b": 3, "tie": 0}, 'kind = "Scale"\n', "columns"),
    "commas": ({"a": "-2,5", "b": "0,5", "tie": "0"}, 'kind = "Scale"\ndecimal = ","\n', "columns"),
    "marks": ({"a": "So [[A]]", "b": "[[B]]!", "tie": "[[C]]"}, 'kind = "Marks"\n', "columns"),
    "rankings": ({"a": ["one", "two"], "b": "two > one", "tie": [["one", "two"]]}, 'kind = "Ranking"\n', "columns"),
    "best": (
        {"a": 1, "b": "2", "tie": -1},
        'kind = "Ranking"\nnames = "from_1"\nbest_only = true\nunjudged = [-1]\n',
        "columns",
    ),
    "votes": ({"a": "x", "b": "y", "tie": "z"}, 'first = ["x"]\nsecond = ["y"]\ntie = ["z"]\neach = "votes"\n', "list"),
    "one_hot": (
        {"a": (1, 0, 0), "b": ("0", "true", ""), "tie": (False, None, True)},
        'kind = "OneHot"\nfirst = "v0"\nsecond = "v1"\ntie = "v2"\n',
        "flags",
    ),
    "sides": ({"a": ("one", "two"), "b": ("two", "one"), "tie": ("one", None)}, "", "sides"),
    "scores": ({"a": (2, 1), "b": (-1, 0.5), "tie": (3, 3)}, "", "scores"),
    "ranks": ({"a": (1, 2), "b": (3, 0), "tie": (2, 2)}, "lower_is_better = true\n", "scores"),
}
SIDES = some.sampled_from(["a", "b", "tie"])
TEXTS = some.sampled_from(["Da.", "Dort.", "Là-bas.", "あそこ。"])
ROWS = some.lists(
    some.tuples(some.sampled_from(["Wo?", "どこ？", "Πού;"]), TEXTS, TEXTS, some.lists(SIDES, min_size=1, max_size=3)),
    max_size=6,
)
# Each side is there, so that no declaration speaks of labels that are in no row.
BOTH = [("Erste?", "Ja.", "Nein.", ["a"]), ("Zweite?", "Ja.", "Nein.", ["b"])]


def answers_of(kind):
    """What the layout of a kind declares of the answers."""
    _, declared, form = KINDS[kind]
    if form == "sides":
        return "".join(
            f'[[fields.answers]]\ntext = "{side}"\nside = "{side}"\nmodel_column = "by_{side}"\n'
            for side in ("chosen", "rejected")
        )
    scored = [f'score = "s_{name}"\n{declared}' if form == "scores" else "" for name in ("one", "two")]
    named = zip(("one", "two"), scored, strict=True)
    return "".join(f'[[fields.answers]]\ntext = "{name}"\nmodel = "{name}"\n{score}' for name, score in named)


def verdict_of(kind, join):
    """What it declares of the verdicts."""
    _, declared, form = KINDS[kind]
    if form not in ("columns", "list", "flags"):
        return ""
    column = {"columns": 'column = ["v0", "v1", "v2"]\n', "list": 'column = "."\n', "flags": ""}[form]
    return f'[fields.verdict]\nrater = "source"\njoin = "{join}"\n{column}{declared}'


def row_of(kind, asked, texts, sides):
    """A row of a kind."""
    says, _, form = KINDS[kind]
    row = {"q": asked, **texts}
    if form == "columns":
        return row | {f"v{number}": says[sides[number]] if number < len(sides) else None for number in range(3)}
    if form == "list":
        return row | {"votes": [says[side] for side in sides]}
    if form == "flags":
        return row | dict(zip(("v0", "v1", "v2"), says[sides[0]], strict=True))
    if form == "sides":
        named = dict(zip(("chosen", "rejected"), says[sides[0]], strict=True))
        written = {side: texts[name] for side, name in named.items() if name}
        return {"q": asked, **written, **{f"by_{side}": name for side, name in named.items()}}
    return row | dict(zip(("s_one", "s_two"), says[sides[0]], strict=True))


def written(kind, join, rows):
    """The rows and the layout of a kind."""
    text = f'language = "de"\n[fields]\nprompt = "q"\n{answers_of(kind)}{verdict_of(kind, join)}'
    return text, [row_of(kind, asked, {"one": one, "two": two}, sides) for asked, one, two, sides in rows]


def build(one, rows):
    """The pairs of a build: prompt, chosen, rejected."""
    items = [interpret_row(row, one.files("x", "s", "1", "cc0-1.0"), None) for row in rows]
    prompts = {item.prompt["prompt_id"]: item.prompt for item in items}
    answers = {answer["completion_id"]: answer for item in items for answer in item.completions}
    tables = [
        pa.Table.from_pylist([*prompts.values()], schema.PROMPTS),
        pa.Table.from_pylist([*answers.values()], schema.COMPLETIONS),
        pa.Table.from_pylist([rating for item in items for rating in item.ratings], schema.RATINGS),
        pa.Table.from_pylist([verdict for item in items for verdict in item.verdicts], schema.VERDICTS),
    ]
    verdict = one.fields.verdict
    rule = PairRule("given") if one.rule == "given" else PairRule("all_pairs")
    pairs = make_pairs(rule, "source", *tables, join=verdict.join if verdict else "unanimous").pairs.to_pylist()
    return {
        (
            prompts[pair["prompt_id"]]["prompt"][-1]["content"],
            answers[pair["chosen_id"]]["text"],
            answers[pair["rejected_id"]]["text"],
        )
        for pair in pairs
    }


def claimed_both_ways(kind, rows):
    """Of (prompt, two texts), those of which single votes prefer one and the other, whoever wrote them."""
    better = {}
    for asked, one, two, sides in rows:
        for side in sides if KINDS[kind][2] in ("columns", "list") else sides[:1]:
            if side != "tie" and one != two:
                better.setdefault((asked, frozenset((one, two))), set()).add(one if side == "a" else two)
    return {key for key, texts in better.items() if len(texts) == 2}


# Single votes that contradict a pair of the same two texts, which other models wrote.
_OTHER_MODELS = [("どこ？", "Da.", "Dort.", ["a"]), ("どこ？", "Dort.", "Da.", ["a", "b"])]


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@example(kind="best", join="unanimous", rows=_OTHER_MODELS)
@example(kind="labels", join="majority", rows=_OTHER_MODELS)
@example(kind="labels", join="unanimous", rows=[_OTHER_MODELS[0], ("どこ？", "Dort.", "Da.", ["b", "tie"])])
@given(kind=some.sampled_from(sorted(KINDS)), join=some.sampled_from(["unanimous", "majority", "each"]), rows=ROWS)
def test_the_side_is_the_same_in_all_three(kind, join, rows):
    scored = KINDS[kind][2] == "scores"
    if scored:
        # A score is its answer's: one text has one in a prompt, as each prompt here is asked once.
        rows = list({asked: (asked, *rest) for asked, *rest in rows}.values())
    text, lines = written(kind, join, BOTH + rows)
    with tempfile.TemporaryDirectory() as folder:
        declared, path = Path(folder) / "mine.toml", Path(folder) / "rows.jsonl"
        declared.write_text(text, "utf-8")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        one = layout(str(declared))
        # A chosen answer beside none is a row of a build in which nothing is compared.
        games = FieldsLayout(one, bad_rows="left_out" if kind == "sides" else "error").read_games(path)
        pairs = load_comparisons(source(str(path), layout=str(declared))).pairs
    of_build = build(one, lines)
    assert {(pair.prompt[-1][1], pair.chosen, pair.rejected) for pair in pairs} == of_build
    asked = {game.prompt: set[tuple[str, str]]() for game in games}
    for game in games:
        if game.score in (0, 1):
            asked[game.prompt].add(game.texts if game.score == 1 else game.texts[::-1])
    won = {side for sides in asked.values() for side in sides if side[0] != side[1]}
    # A build makes no pair of two texts that are preferred both ways, whoever wrote them.
    apart = {(prompt, sides) for prompt, sides in asked.items() for sides in sides if sides[::-1] in asked[prompt]}
    assert {(chosen, rejected) for _, chosen, rejected in of_build} <= won
    join = "unanimous" if kind == "sides" else join
    question = {game.prompt: game.turns[-1][1] for game in games}
    claimed = claimed_both_ways(kind, rows) if join == "unanimous" else set()
    decided = sum(
        side[0] != side[1]
        and (join == "each" or ((prompt, side) not in apart and (question[prompt], frozenset(side)) not in claimed))
        for prompt, sides in asked.items()
        for side in sides
    )
    assert decided == len(of_build) or (join != "each" and scored)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_names_the_better_side_of_each_row(kind):
    text, lines = written(kind, "unanimous", BOTH)
    with tempfile.TemporaryDirectory() as folder:
        declared = Path(folder) / "mine.toml"
        declared.write_text(text, "utf-8")
        one = layout(str(declared))
    assert build(one, lines) == {("Erste?", "Ja.", "Nein."), ("Zweite?", "Nein.", "Ja.")}

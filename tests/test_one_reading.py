"""One row says the same in a build, as a judgement of an evaluation and as a pair for a reward model."""

import json
import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as some

from polypref import schema
from polypref.evaluation.reward_models.data import load_comparisons, source
from polypref.layouts.games import FieldsLayout
from polypref.layouts.named import layout
from polypref.layouts.rows import interpret_row
from polypref.stages.pair import PairRule, make_pairs

# How rows write down that the first answer is better, the second, neither; and the layout that says so.
KINDS = {
    "labels": ({"a": "2", "b": 1.0, "tie": "="}, 'first = [2]\nsecond = [1]\ntie = ["="]\n', True),
    "scale": ({"a": -0.5, "b": 3, "tie": 0}, 'kind = "Scale"\n', True),
    "marks": ({"a": "So [[A]]", "b": "[[B]]!", "tie": "[[C]]"}, 'kind = "Marks"\n', True),
    "scores": ({"a": (2, 1), "b": (-1, 0.5), "tie": (3, 3)}, "", False),
    "ranks": ({"a": (1, 2), "b": (3, 0), "tie": (2, 2)}, "lower_is_better = true\n", False),
}
SIDES = some.sampled_from(["a", "b", "tie"])
TEXTS = some.sampled_from(["Da.", "Dort.", "Là-bas.", "あそこ。"])
ROWS = some.lists(
    some.tuples(some.sampled_from(["Wo?", "どこ？", "Πού;"]), TEXTS, TEXTS, some.lists(SIDES, min_size=1, max_size=3)),
    max_size=6,
)
# Each side is there, so that no declaration speaks of labels that are in no row.
BOTH = [("Erste?", "Ja.", "Nein.", ["a"]), ("Zweite?", "Ja.", "Nein.", ["b"])]


def written(kind, join, rows):
    """The rows and the layout of a kind."""
    says, declared, judged = KINDS[kind]
    answers = ""
    for name in ("one", "two"):
        score = "" if judged else f'score = "s_{name}"\n{declared}'
        answers += f'[[fields.answers]]\ntext = "{name}"\nmodel = "{name}"\n{score}'
    verdict = f'[fields.verdict]\nrater = "source"\ncolumn = ["v0", "v1", "v2"]\njoin = "{join}"\n{declared}'
    text = f'language = "de"\n[fields]\nprompt = "q"\n{answers}{verdict if judged else ""}'
    lines = []
    for asked, one, two, sides in rows:
        row = {"q": asked, "one": one, "two": two, "v0": None, "v1": None, "v2": None}
        if judged:
            row |= {f"v{number}": says[side] for number, side in enumerate(sides)}
        else:
            row["s_one"], row["s_two"] = says[sides[0]]
        lines.append(row)
    return text, lines


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
    rule = PairRule("given") if verdict else PairRule("all_pairs")
    pairs = make_pairs(rule, "source", *tables, join=verdict.join if verdict else "unanimous").pairs.to_pylist()
    return {
        (
            prompts[pair["prompt_id"]]["prompt"][-1]["content"],
            answers[pair["chosen_id"]]["text"],
            answers[pair["rejected_id"]]["text"],
        )
        for pair in pairs
    }


@settings(max_examples=60, deadline=None)
@given(kind=some.sampled_from(sorted(KINDS)), join=some.sampled_from(["unanimous", "majority", "each"]), rows=ROWS)
def test_the_side_is_the_same_in_all_three(kind, join, rows):
    if not KINDS[kind][2]:
        # A score is its answer's: one text has one in a prompt, as each prompt here is asked once.
        rows = list({asked: (asked, *rest) for asked, *rest in rows}.values())
    text, lines = written(kind, join, BOTH + rows)
    with tempfile.TemporaryDirectory() as folder:
        declared, path = Path(folder) / "mine.toml", Path(folder) / "rows.jsonl"
        declared.write_text(text, "utf-8")
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
        one = layout(str(declared))
        games = FieldsLayout(one).read_games(path)
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
    decided = sum(
        side[0] != side[1] and (join == "each" or (prompt, side) not in apart)
        for prompt, sides in asked.items()
        for side in sides
    )
    assert decided == len(of_build) or (join != "each" and not KINDS[kind][2])

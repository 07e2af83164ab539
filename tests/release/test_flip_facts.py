"""Flips counted on published rows, by hand."""

import pyarrow as pa

from polypref.files import sql
from polypref.release.flip_facts import FlipFacts, measure_flips


def turn(role, content):
    return {"role": role, "content": content}


def row(prompt, system, won, lost, language="de", split="train", asked="q"):
    turns = ([turn("system", system)] if system else []) + [turn("user", asked)]
    answers = {"chosen": [turn("assistant", won)], "rejected": [turn("assistant", lost)]}
    return {"language": language, "split": split, "prompt_id": prompt, "prompt": turns, **answers}


def flips(rows, criterion=False):
    con = sql.in_memory()
    table = pa.Table.from_pylist(rows)
    con.register("rows", table.append_column("criterion", pa.nulls(len(rows), pa.string())) if criterion else table)
    return measure_flips(con)


def test_by_hand() -> None:
    rows = [
        row("1", "short", "b", "f"), row("2", "long", "f ", "b"),  # a flip, whatever blanks stand round a text
        row("3", "short", "b", "f", asked="r"), row("4", "long", "b", "f", asked="r"),  # the same way
        row("5", "short", "b", "f", asked="s"), row("6", "long", "f", "b", "he", asked="s"),  # two languages
        row("7", "short", "b", "f", asked="t"), row("8", "long", "f", "b", split="test", asked="t"),  # two splits
        row("9", "short", "b", "f", "he"), row("10", "", "f", "b", "he"), row("11", "kind", "f", "b", "he"),
    ]  # fmt: skip
    assert flips(rows) == [FlipFacts("de", 1, 2, 0), FlipFacts("he", 1, 3, 0)]


def test_prompts_that_do_not_say_the_criterion_are_alike() -> None:
    rows = [row("1", "", "b", "f"), row("2", "", "f", "b")]
    assert flips(rows, criterion=True) == [FlipFacts("de", 1, 2, 2)]
    # Without a column of criteria and without a system message no flips are looked for.
    assert flips(rows) == []

"""Layouts by name on whole real files: counts, and every pair, against what a plain reading of the raw file says."""

import csv
import gzip
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.files.readers import read_file
from polypref.layouts.comparisons import comparisons
from polypref.layouts.looking import items_of_rows
from polypref.layouts.named import layout

Pair = tuple[str, str, str]


def raw(path: Path) -> Any:
    """What a file of JSON or of lines of JSON holds."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    return [json.loads(line) for line in text.splitlines()] if ".jsonl" in path.name else json.loads(text)


def words(value: object) -> str:
    """A text as it is compared: composed, without what is cleaned at the door."""
    text = unicodedata.normalize("NFC", str(value)).removesuffix("<|im_end|>")
    kept = (letter for letter in text if letter.isspace() or unicodedata.category(letter) not in ("Cc", "Cf"))
    return " ".join("".join(kept).split())


def pandalm(folder: Path) -> Iterator[Pair]:
    majorities = Counter[int]()
    for row in raw(folder / "preference_layouts/pandalm_testset.json.gz"):
        (side, votes), *_ = Counter(row[f"annotator{number}"] for number in (1, 2, 3)).most_common()
        assert votes > 1
        majorities[side] += 1
        if side:
            asked = row["instruction"] + ("\n\n" + row["input"] if row["input"] else "")
            yield asked, row[f"response{side}"], row[f"response{3 - side}"]
    assert majorities == {1: 422, 2: 472, 0: 105}


def oasst(folder: Path) -> Iterator[Pair]:
    """The best and the worst of every place where two or more replies are ranked, and how many places there are."""
    places = 0
    waiting = [row["prompt"] for row in raw(folder / "preference_layouts/oasst_en_100_tree.jsonl.gz")]
    while waiting:
        message = waiting.pop()
        replies = message.get("replies", [])
        ranked = sorted((one for one in replies if "rank" in one), key=lambda one: one["rank"])
        if len(ranked) > 1:
            places += 1
            yield message["text"], ranked[0]["text"], ranked[-1]["text"]
        waiting += replies
    assert places == 212


def sharegpt(folder: Path) -> Iterator[Pair]:
    for row in raw(folder / "preference_layouts/llamafactory_dpo_en_demo.json.gz"):
        yield row["conversations"][-1]["value"], row["chosen"]["value"], row["rejected"]["value"]


def parts(folder: Path) -> Iterator[Pair]:
    for row in raw(folder / "preference_layouts/llamafactory_v1_dpo_demo.jsonl"):
        sides = row["chosen_messages"][-2:] + row["rejected_messages"][-1:]
        asked, chosen, rejected = ("".join(part["value"] for part in turn["content"]) for turn in sides)
        yield asked, chosen, rejected


def kto(folder: Path) -> Iterator[Pair]:
    rows = raw(folder / "preference_layouts/llamafactory_kto_en_demo.json.gz")
    assert Counter(row["label"] for row in rows) == {True: 150, False: 150}
    for one in rows:
        for other in rows:
            if one["messages"][:-1] == other["messages"][:-1] and one["label"] and not other["label"]:
                yield tuple(turn["content"] for turn in one["messages"][-2:] + other["messages"][-1:])


def ja_vicuna_qa(folder: Path) -> Iterator[Pair]:
    for path in sorted((folder / "ja_vicuna_qa/pairwise_gpt4").glob("*.jsonl")):
        for row in raw(path):
            if row["g1_winner"] == row["g2_winner"] in ("model_1", "model_2"):
                side = row["g1_winner"][-1]
                yield row["question"], row[f"answer_{side}"], row[f"answer_{3 - int(side)}"]


def kudge(folder: Path) -> Iterator[Pair]:
    with (folder / "small_native_preference/ko_kudge_falseinfo_pairwise.csv").open(
        encoding="utf-8", newline=""
    ) as file:
        for row in csv.DictReader(file):
            # The gold side of what the judge was shown is the answer without false information in all rows.
            _, _, shown = row["judge_query"].partition(f"### Response {row['winner']}:")
            assert words(shown).startswith(words(row["original_response"]))
            yield row["instruction"], row["original_response"], row["response_with_false_info"]


def ukrqualbench(folder: Path) -> Iterator[Pair]:
    for row in raw(folder / "small_native_preference/uk_pairwise_calibration.json")["tasks"]:
        sides = {"A": "response_a", "B": "response_b"}
        better = sides.pop(row["expected"])
        yield row["input"]["prompt"], row["input"][better], row["input"][sides.popitem()[1]]


def alpaca_eval(folder: Path) -> Iterator[Pair]:
    for row in raw(folder / "alpaca_eval/annotations_v2/gemma-2b-it.json"):
        if row["preference"] != 1.5:
            sides = (row["output_1"], row["output_2"])
            yield row["instruction"], *(sides if row["preference"] < 1.5 else sides[::-1])


def medicalgpt(folder: Path) -> Iterator[Pair]:
    for row in raw(folder / "preference_layouts/medicalgpt_toolcall_dpo.jsonl"):
        yield row["conversations"][-1]["value"], row["chosen"], row["rejected"]


#: Layout, files, the pairs that the raw files say, how many these are, and at most how many of them are not read.
FILES: list[tuple[str, str, Callable[[Path], Iterator[Pair]], int, int]] = [
    ("pandalm", "preference_layouts/pandalm_testset.json.gz", pandalm, 894, 6),
    ("oasst", "preference_layouts/oasst_en_100_tree.jsonl.gz", oasst, 212, 0),
    ("llamafactory_sharegpt", "preference_layouts/llamafactory_dpo_en_demo.json.gz", sharegpt, 300, 2),
    ("llamafactory_tools", "preference_layouts/medicalgpt_toolcall_dpo.jsonl", medicalgpt, 11, 0),
    ("llamafactory_v1", "preference_layouts/llamafactory_v1_dpo_demo.jsonl", parts, 10, 0),
    ("llamafactory_kto", "preference_layouts/llamafactory_kto_en_demo.json.gz", kto, 1, 0),
    ("ja_vicuna_qa", "ja_vicuna_qa/pairwise_gpt4/*.jsonl", ja_vicuna_qa, 426, 0),
    ("kudge_falseinfo", "small_native_preference/ko_kudge_falseinfo_pairwise.csv", kudge, 54, 2),
    ("alpaca_eval", "alpaca_eval/annotations_v2/gemma-2b-it.json", alpaca_eval, 805, 9),
    ("ukrqualbench", "small_native_preference/uk_pairwise_calibration.json", ukrqualbench, 10, 0),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "files", "plain", "number", "unread"), FILES, ids=[one[0] for one in FILES])
def test_a_layout_reads_every_pair_of_a_real_file_the_right_way_round(name, files, plain, number, unread, real_data):
    expected = Counter(tuple(map(words, pair)) for pair in plain(real_data))
    assert expected.total() == number
    one = layout(name)
    source = one.files(str(real_data / files), "s", "1", "unknown")
    items = [
        (where, item)
        for path in source.files()
        for where, item in items_of_rows(read_file(path, one.records), one)
        if not isinstance(item, str)
    ]
    # Rows of one prompt and the same two answers are one comparison by votes: each row is asked by itself.
    alone = one.rule == "given"
    read = [one for pair in items for one in comparisons([pair])] if alone else comparisons(items)
    pairs = Counter(
        (words(one.prompt), words(better), words(worse)) for one in read for better in one.better for worse in one.worse
    )
    assert pairs - expected == Counter()
    assert (expected - pairs).total() <= unread
    assert len(pairs) > 0.9 * len(expected)


def test_calls_and_tools_of_a_real_file_are_what_it_says(real_data):
    path = real_data / "preference_layouts/medicalgpt_toolcall_dpo.jsonl"
    read = [item for _, item in items_of_rows(read_file(path), layout("llamafactory_tools"))]
    called = 0
    for row, item in zip(raw(path), read, strict=True):
        assert not isinstance(item, str) and item.problems == []
        assert [one["function"] for one in json.loads(item.prompt["tools"] or "")] == json.loads(row["tools"])
        names = [turn["from"] for turn in row["conversations"]]
        if names == ["human"]:
            assert item.prompt["messages"] is None
            continue
        call, answer = (turn["value"] for turn in row["conversations"][1:])
        function, called = json.loads(call), called + 1
        assert names == ["human", "function_call", "observation"]
        assert json.loads(item.prompt["messages"] or "")[1:] == [
            {"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": function}]},
            {"role": "tool", "content": answer, "name": function["name"]},
        ]
    assert called == 4


def test_messages_row_by_row_give_the_pairs_of_their_trees(real_data, tmp_path):
    names = ("message_id", "parent_id", "text", "role", "lang", "rank", "model_name")
    rows = []
    waiting = [(row["message_tree_id"], row["prompt"]) for row in raw(real_data / FILES[1][1])]
    while waiting:
        tree, message = waiting.pop()
        rows.append({name: message.get(name) for name in names} | {"message_tree_id": tree})
        waiting += [(tree, reply) for reply in message.get("replies", [])]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "messages.parquet")
    one = layout("oasst_messages")
    items = list(items_of_rows(read_file(tmp_path / "messages.parquet", one.records), one))
    assert len(rows) > 1_000 and [item for _, item in items if isinstance(item, str)] == []
    read = comparisons((where, item) for where, item in items if not isinstance(item, str))
    pairs = Counter(
        (words(one.prompt), words(better), words(worse)) for one in read for better in one.better for worse in one.worse
    )
    assert pairs == Counter(tuple(map(words, pair)) for pair in oasst(real_data))

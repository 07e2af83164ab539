"""How many sound texts of real pools are taken for transcripts or printed turns: all that are were read."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from polypref.layouts.transcripts import answer_reason, reason


def lines(path: Path) -> Iterator[dict]:
    for line in path.open(encoding="utf-8"):
        yield json.loads(line)


def packed(path: Path) -> list[dict]:
    return json.loads(gzip.decompress(path.read_bytes()))


def questions(data: Path) -> Iterator[str]:
    for path in sorted((data / "m_arena_hard" / "questions").glob("*.jsonl")):
        yield from (row["turns"][0]["content"] for row in lines(path))
    for path in (data / "ja_vicuna_qa" / "pairwise_gpt4").glob("*.jsonl"):
        yield from (row["question"] for row in lines(path))
    layouts = data / "preference_layouts"
    for row in packed(layouts / "pandalm_testset.json.gz"):
        yield from (row["instruction"], f"{row['instruction']}\n\n{row['input']}")
    for row in packed(layouts / "llamafactory_dpo_en_demo.json.gz"):
        yield from (turn["value"] for turn in row["conversations"] if turn["from"] == "human")


def answers(data: Path) -> Iterator[str]:
    for path in sorted((data / "m_arena_hard" / "answers").glob("*/*.jsonl")):
        yield from (row["answer"] or "" for row in lines(path))
    for path in sorted((data / "ja_vicuna_qa" / "pairwise_gpt4").glob("*.jsonl")):
        yield from (row[side] for row in lines(path) for side in ("answer_1", "answer_2"))
    layouts = data / "preference_layouts"
    for row in packed(layouts / "pandalm_testset.json.gz"):
        yield from (row["response1"], row["response2"])
    for row in packed(layouts / "llamafactory_dpo_en_demo.json.gz"):
        yield from (row["chosen"]["value"], row["rejected"]["value"])
    for path in sorted((data / "language_confusion").rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            yield from (row["completion"] for row in csv.DictReader(file) if row.get("completion"))


@pytest.mark.parametrize(("texts", "why", "most"), [(questions, reason, 1), (answers, answer_reason, 0)])
def test_sound_texts_are_left_alone(real_data, texts, why, most):
    """The one hit is a list of questions with answers that ends in a question, which is how such a transcript ends."""
    distinct = {text for text in texts(real_data) if isinstance(text, str)}
    assert len(distinct) > 7_000
    hits = [text[:200] for text in distinct if why(text)]
    assert len(hits) <= most, hits

"""Real pools through the readers: an arena folder, human preferences, a judge's verdicts in two orders."""

from collections import Counter
from pathlib import Path
from typing import Any

from polypref.files.cells import Bad
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, ArenaFolder, Fields, Files, Source, Verdict
from polypref.layouts.tables import Item


def read(source: Source, *paths: Path) -> list[Item]:
    """The items of some files; fails on a bad row."""
    lines = [line for path in paths for line in source.lines(path)]
    assert [line for line in lines if isinstance(line.row, Bad)] == []
    return [interpret_row(line.row, source, None) for line in lines]


def files(path: Path, fields: Fields, **more: Any) -> Files:
    return Files(str(path), fields, name=path.parent.name, revision="1", licence="unknown", **more)


def test_an_arena_folder_is_read_without_a_bad_row(real_data):
    arena = ArenaFolder(str(real_data / "m_arena_hard"), "m-arena-hard", "main", "apache-2.0")
    paths = [path for path in arena.files() if path.stem in ("fa", "hi", "ko")]
    items = read(arena, *paths)
    assert Counter(item.prompt["language"] for item in items) == {"fa": 500, "hi": 500, "ko": 500}
    assert len({item.prompt["group_id"] for item in items}) == 500
    assert not [problem for item in items for problem in item.problems]


def test_the_korean_human_preferences(real_data):
    answers = (Answer("original_response", model="gpt-4"), Answer("response_with_false_info", model="edited"))
    path = real_data / "small_native_preference" / "ko_kudge_falseinfo_pairwise.csv"
    items = read(files(path, Fields("instruction", answers, verdict=Verdict("people")), language="ko"), path)
    assert len(items) == 54  # a row holds line breaks in its quotes
    assert all(len(item.completions) == 2 and item.verdicts[0]["preferred"] == "a" for item in items)


def test_the_ukrainian_human_preferences(real_data):
    path = real_data / "small_native_preference" / "uk_pairwise_calibration.json"
    answers = (Answer("input.response_a"), Answer("input.response_b"))
    fields = Fields("input.prompt", answers, group="id", verdict=Verdict("people", "expected", ("A",), ("B",)))
    items = read(files(path, fields, language="uk", records="tasks"), path)
    assert Counter(item.verdicts[0]["preferred"] for item in items) == {"a": 4, "b": 6}


def test_verdicts_in_two_orders_give_the_published_counts(real_data):
    answers = (Answer("answer_1", model_column="model_1"), Answer("answer_2", model_column="model_2"))
    verdict = Verdict("gpt-4", "g1_winner", ("model_1",), ("model_2",), ("tie",), swapped="g2_winner")
    fields = Fields("question", answers, group="question_id", verdict=verdict)
    (path,) = (real_data / "ja_vicuna_qa" / "pairwise_gpt4").glob("*lora*davinci*")
    items = read(files(path, fields, language="ja"), path)
    counts = Counter(v["preferred"] for item in items for v in item.verdicts)
    # The benchmark's README: 22 won, 48 lost, 10 tied; two orders with two winners count as a tie there.
    assert (counts["a"], counts["b"], counts["tie"] + counts["disagreement"]) == (22, 48, 10)

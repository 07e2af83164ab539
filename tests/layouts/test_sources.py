"""Sources: what a builder script may declare, and the rows that files, datasets and arena folders give."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polypref.errors import UserError
from polypref.files.cells import Bad
from polypref.files.readers import Line
from polypref.layouts.rows import interpret_row
from polypref.layouts.sources import Answer, ArenaFolder, Fields, Files, HubDataset, Verdict

PLAIN = Fields("prompt", (Answer("answer"),))


def files(path: object, **more: Any) -> Files:
    return Files(str(path), more.pop("fields", PLAIN), **({"name": "s", "revision": "1", "licence": "cc0-1.0"} | more))


def write(path: Path, *rows: Any) -> Path:
    """A .jsonl file; a text stands for itself as a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(line + "\n" for line in lines), "utf-8")
    return path


def rows_of(lines: list[Line]) -> list[Any]:
    return [(line.row.reason, line.row.detail) if isinstance(line.row, Bad) else dict(line.row) for line in lines]


# Local files


def test_a_pattern_gives_its_files_in_order(tmp_path):
    paths = [write(tmp_path / name, {}) for name in ("b.jsonl", "a.jsonl", "sub/c.jsonl", "语言.jsonl")]
    (tmp_path / "d.jsonl").mkdir()
    assert files(tmp_path / "*.jsonl").files() == sorted([paths[0], paths[1], paths[3]])
    assert files(tmp_path / "**" / "*.jsonl").files() == sorted(paths)
    assert files(tmp_path / "语言.jsonl").files() == [paths[3]]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path):
    path = write(tmp_path / "run [1]*.jsonl", {})
    write(tmp_path / "run 1.jsonl", {})
    assert files(path).files() == [path]


def test_a_path_may_be_relative(tmp_path, monkeypatch):
    write(tmp_path / "data" / "de.jsonl", {})
    monkeypatch.chdir(tmp_path)
    assert files("data/*.jsonl").files() == [Path("data/de.jsonl")]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.jsonl", "no file at .*missing.jsonl; check the path of source 's'"),
        ("*.csv", "no file at"),
        ("missing/*.jsonl", "no file at"),
        (".", "is a folder; name the files of source 's', as in .*jsonl"),
        ("**.jsonl", "cannot look for|no file at"),
        ("a\0b", "no file at|cannot look for"),
        ("x" * 5_000, "no file at|cannot look for"),
    ],
)
def test_a_path_without_a_file_is_one_sentence(path, reason, tmp_path):
    with pytest.raises(UserError, match=reason):
        files(f"{tmp_path}/{path}").files()


def test_what_separates_columns_can_be_settled(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b;c\n1,2;3\n", "utf-8")
    assert rows_of(list(files(path).lines(path))) == [{"a": "1", "b;c": "2;3"}]
    assert rows_of(list(files(path, separator=";").lines(path))) == [{"a,b": "1,2", "c": "3"}]
    with pytest.raises(UserError, match=r"^Files\(separator=...\): ';;' separates no columns"):
        files(path, separator=";;")


@pytest.mark.parametrize("several", [["a.csv", "b.csv"], ("a.csv",)])
def test_several_paths_are_a_pattern_or_several_sources(several):
    says = r"Files\(path=.*a\.csv.*\): one path or pattern; a pattern .* 'data/\*\.jsonl', or write one Files\(\.\.\.\)"
    with pytest.raises(UserError, match=says):
        Files(several, PLAIN, "s", "1", "cc0-1.0")


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_path_that_is_none_is_one_sentence(path):
    with pytest.raises(UserError, match="is a folder"):
        files(path).files()


@pytest.mark.parametrize("field", ["name", "revision", "licence"])
@pytest.mark.parametrize("value", ["", "  ", None, 1])
def test_name_revision_and_licence_are_required(field, value):
    with pytest.raises(UserError, match=f"needs a {field}"):
        files("x", **{field: value})
    given = {"name": "s", "revision": "1", "licence": "cc0-1.0"} | {field: value}
    with pytest.raises(UserError, match=f"needs a {field}"):
        ArenaFolder("x", **given)


def test_a_hub_dataset_needs_a_licence_too():
    with pytest.raises(UserError, match="needs a licence"):
        HubDataset("org/name", PLAIN, licence="")
    assert HubDataset("org/name", PLAIN, licence="cc0-1.0").name == "org/name"
    with pytest.raises(UserError, match=r"^'my branch' is no revision of org/name; give a branch, a tag or a commit$"):
        HubDataset("org/name", PLAIN, licence="cc0-1.0", revision="my branch")


@pytest.mark.parametrize("make", [lambda w: files("x", where=w), lambda w: HubDataset("o/n", PLAIN, "l", where=w)])
def test_a_condition_is_one_value_or_several(make):
    where = {"split": "train", "a.b[0]": ("train",), "n": [1, 2], "set": {"a"}, "none": None}
    assert make(where).where == where
    with pytest.raises(UserError, match=r"the brace at character 1 is not closed"):
        make({"{split": "train"})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"first": "model_a"}, r"needs brackets and a comma: first=\('model_a',\)"),
        ({"first": 5}, r"needs brackets and a comma: first=\(5,\)"),
        ({"tie": None}, r"Verdict\(tie=None\)"),
        ({"first": ("1",), "second": (1,)}, "is written twice"),
        ({"first": ("C",), "tie": ("C ",)}, "is written twice"),
        ({"second": ("1.0", 1)}, "is written twice"),
        ({"second": (["B"],)}, r"of second\[0\], \['B'\]: write a text or a whole number"),
        ({"second": ("\ud800",)}, "no text or number"),
        ({"column": None, "first": ("A",)}, "no column"),
        ({"column": None, "swapped": "w"}, "no column"),
        ({"first": ("A",), "swapped_names_position": True}, "name swapped"),
    ],
)
def test_a_verdict_names_each_side_by_values_of_its_own(settings, reason):
    with pytest.raises(UserError, match=reason):
        Verdict("people", **{"column": "winner"} | settings)


# Arena folders


@pytest.fixture
def arena(tmp_path) -> Path:
    for tag, texts in {"ja": ("東京は?", "大阪は?"), "he": ("מה זה?", "ומה זה?")}.items():
        questions = [{"question_id": n + 1, "turns": [{"content": text}]} for n, text in enumerate(texts)]
        write(tmp_path / "questions" / f"{tag}.jsonl", *questions)
        for model in ("org__small", "big"):
            answers = [{"question_id": str(n), "answer": f"{model} {tag} {n}"} for n in (2, 1)]
            write(tmp_path / "answers" / tag / f"{model}.jsonl", *answers)
    write(tmp_path / "questions" / "ko.jsonl", {"question_id": 1, "turns": [{"content": "서울은?"}]})
    return tmp_path


def source(folder: Path) -> ArenaFolder:
    return ArenaFolder(str(folder), "arena", "r1", "apache-2.0")


def test_answers_of_an_arena_folder_keep_their_thoughts_where_it_is_declared(arena):
    write(arena / "answers" / "ko" / "big.jsonl", {"question_id": 1, "answer": "<think>음</think>수도."})
    for pool, texts in ((source(arena), []), (replace(source(arena), thoughts="kept"), ["<think>음</think>수도."])):
        (line,) = pool.lines(pool.files()[2])
        item = interpret_row(line.row, pool, None)
        assert [one["text"] for one in item.completions] == texts and len(item.problems) == 1 - len(texts)


def test_an_arena_folder_joins_questions_and_answers(arena):
    pool = source(arena)
    assert [p.name for p in pool.files()] == ["he.jsonl", "ja.jsonl", "ko.jsonl"]
    assert [p.name for p in pool.answer_files(pool.files()[1])] == ["big.jsonl", "org__small.jsonl"]
    lines = list(pool.lines(pool.files()[1]))
    assert [line.where for line in lines] == [f"{arena}/questions/ja.jsonl:{n}" for n in (1, 2)]
    items = [interpret_row(line.row, pool, None) for line in lines]
    assert [item.prompt["prompt"] for item in items] == [
        [{"role": "user", "content": "東京は?"}],
        [{"role": "user", "content": "大阪は?"}],
    ]
    assert [(c["model"], c["model_licence"], c["text"]) for c in items[0].completions] == [
        ("big", "unknown", "big ja 1"),
        ("org/small", "unknown", "org__small ja 1"),
    ]
    assert items[0].prompt["sources"] == [{"name": "arena", "revision": "r1", "licence": "apache-2.0"}]
    hebrew = [interpret_row(line.row, pool, None) for line in pool.lines(pool.files()[0])]
    assert [i.prompt["group_id"] for i in hebrew] == [i.prompt["group_id"] for i in items]
    assert hebrew[0].prompt["group_id"] != hebrew[1].prompt["group_id"]
    (korean,) = [interpret_row(line.row, pool, None) for line in pool.lines(pool.files()[2])]
    assert (korean.prompt["language"], korean.completions) == ("ko", [])


def test_translated_questions_of_an_arena_folder_come_with_their_originals(arena):
    write(arena / "questions" / "en.jsonl", {"question_id": 1, "turns": [{"content": "And Tokyo?"}]})
    pool = ArenaFolder(str(arena), "arena", "r1", "apache-2.0", translated_from="en", translator="machine")
    known = {
        item["language"]: (
            item["origin"],
            item["translator"],
            item["source_prompt"] and item["source_prompt"][0]["content"],
        )
        for path in pool.files()
        for item in [interpret_row(next(iter(pool.lines(path))).row, pool, None).prompt]
    }
    assert known["ja"] == known["ko"] == known["he"] == ("translated", "machine", "And Tokyo?")
    assert known["en"] == ("native", None, None)
    second = interpret_row(list(pool.lines(arena / "questions" / "ja.jsonl"))[1].row, pool, None).prompt
    assert (second["origin"], second["source_prompt"]) == ("translated", None)
    assert arena / "questions" / "en.jsonl" in pool.beside(arena / "questions" / "ja.jsonl")
    (arena / "questions" / "en.jsonl").unlink()
    with pytest.raises(UserError, match="from which the questions of 'arena' were translated"):
        list(pool.lines(arena / "questions" / "ja.jsonl"))


def test_several_questions_of_an_arena_folder_are_not_taken_for_a_conversation(arena):
    """In MT-Bench's form an answer belongs between the user's turns, and nobody says which."""
    several = [{"content": "서울은?"}, {"content": "부산은?"}, {"content": "대구는?"}]
    whole = [{"role": r, "content": c["content"]} for r, c in zip(("user", "assistant", "user"), several, strict=True)]
    rows = [{"question_id": n, "turns": turns} for n, turns in enumerate((several, several[:2], whole, several[:1]))]
    write(arena / "questions" / "en.jsonl", *rows)
    pool = ArenaFolder(str(arena), "arena", "r1", "apache-2.0")
    lines = list(pool.lines(arena / "questions" / "en.jsonl"))
    for line in lines[:2]:
        with pytest.raises(Bad, match="turns_without_roles"):
            interpret_row(line.row, pool, None)
    assert [len(interpret_row(line.row, pool, None).prompt["prompt"]) for line in lines[2:]] == [3, 1]
    write(arena / "questions" / "ja.jsonl", *({"question_id": n, "turns": [{"content": "東京は?"}]} for n in range(4)))
    translated = ArenaFolder(str(arena), "arena", "r1", "apache-2.0", translated_from="en")
    prompts = [
        interpret_row(line.row, translated, None).prompt for line in translated.lines(arena / "questions" / "ja.jsonl")
    ]
    assert [one["source_prompt"] for one in prompts] == [None, None, whole, [{"role": "user", "content": "서울은?"}]]


def test_lines_of_an_arena_folder_that_cannot_be_used_are_named(arena):
    write(
        arena / "questions" / "ko.jsonl",
        {"question_id": 1, "turns": [{"content": "서울은?"}]},
        {"turns": [{"content": "부산은?"}]},
        {"question_id": None, "turns": [{"content": "대구는?"}]},
        {"question_id": 1.0, "turns": [{"content": "다시"}]},
        "broken",
    )
    write(
        arena / "answers" / "ko" / "m.jsonl",
        {"question_id": "1", "answer": "네"},
        {"question_id": 2, "answer": "orphan"},
        {"answer": "nobody's"},
        {"question_id": 1},
        {"question_id": [1], "answer": "x"},
        '{"question_id": 1, "answer": "x", "answer": "y"}',
        "{",
    )
    pool = source(arena)
    lines = list(pool.lines(arena / "questions" / "ko.jsonl"))
    answers, questions = f"{arena}/answers/ko/m.jsonl", f"{arena}/questions/ko.jsonl"
    good = [line for line in lines if not isinstance(line.row, Bad)]
    assert [(line.where, line.row["answers"][0]["answer"]) for line in good] == [(f"{questions}:1", "네")]
    assert {line.where: line.row.reason for line in lines if isinstance(line.row, Bad)} == {
        f"{answers}:2": "unknown_question",
        f"{answers}:3": "missing_field",
        f"{answers}:4": "missing_field",
        f"{answers}:5": "not_text",
        f"{answers}:6": "key_twice",
        f"{answers}:7": "not_json",
        f"{questions}:2": "missing_field",
        f"{questions}:3": "missing_field",
        f"{questions}:4": "question_twice",
        f"{questions}:5": "not_json",
    }


def test_an_arena_folder_without_its_parts_is_one_sentence(tmp_path, arena):
    with pytest.raises(UserError, match=r"has no questions/LANG\.jsonl"):
        source(tmp_path / "nothing").files()
    write(arena / "answers" / "uk" / "m.jsonl", {"question_id": 1, "answer": "так"})
    with pytest.raises(UserError, match=r"answers/uk has answers, but there is no questions/uk\.jsonl"):
        source(arena).files()


# A Hub dataset, from a local folder through the library that reads the Hub


def test_a_hub_dataset_gives_rows_that_carry_its_commit(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    rows = [
        {"p": [{"role": "user", "content": "Γεια"}], "a": "Γεια σου", "lang": "ell", "good": True, "s": 1.5},
        {"p": [{"role": "user", "content": "Привіт"}], "a": "Вітаю", "lang": "uk", "good": True, "s": None},
        {"p": [{"role": "user", "content": "Hi"}], "a": "Ho", "lang": "en", "good": False, "s": 2.0},
    ]
    write(tmp_path / "org" / "repo" / "data.jsonl", *rows)
    monkeypatch.chdir(tmp_path)  # where a folder is called as a repository, the Hub's client reads that
    fields = Fields("p", (Answer("a", model="m", score="s"),), language="lang")
    repo, good = "org/repo", {"good": (True,)}
    pool = HubDataset(repo, fields, "cc-by-4.0", revision="a" * 40, where=good).resolved()
    assert pool.revision == "a" * 40
    read = list(pool.lines())
    items = [interpret_row(line.row, pool, frozenset({"el", "uk"})) for line in read[:2]]
    assert [i.prompt["language"] for i in items] == ["el", "uk"]
    assert items[0].prompt["sources"] == [{"name": pool.repo, "revision": "a" * 40, "licence": "cc-by-4.0"}]
    assert [[r["score"] for r in i.ratings] for i in items] == [[1.5], []]
    assert items[1].problems == [("not_rated", "")]
    with pytest.raises(Exception, match="where_good"):
        interpret_row(read[2].row, pool, None)


@pytest.mark.parametrize("name", ["a*b", "[x]", "a?", "it's", "{a,b}", "back\\slash"])
def test_a_folder_is_called_as_it_is_called(name, tmp_path):
    """What is there by its name is no pattern."""
    for folder in (name, "axb", "x", "ab", "a"):
        write(tmp_path / folder / "rows.jsonl", {"p": folder})
    fields = Fields("p", (Answer("a", model="m"),))
    files = Files(str(tmp_path / name / "*.jsonl"), fields, "mine", "1", "cc0-1.0").files()
    assert files == [tmp_path / name / "rows.jsonl"]

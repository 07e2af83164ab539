"""The pool: sources read once into buckets, what is left out counted, and buckets that hold whole prompts once."""

import gzip
import json
import os
import tempfile
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files.store import Stage, Store
from polypref.layouts.sources import Answer, ArenaFolder, Fields, Files, HubDataset, Source, Tree, Verdict
from polypref.stages import pool
from polypref.stages.counts import FunnelRow
from polypref.stages.job_records import counted_so_far, stopped_at
from polypref.stages.pool import Bucket, ReadJob, bucket_count, check_bad_share, load_bucket, read_job, read_jobs, runs
from polypref.stages.prompts.index import Prompts, build_index

FIELDS = Fields(
    "prompt",
    (Answer("a", model="one", score="sa"), Answer("b", model="two", score="sb")),
    language="language",
    group="group",
    labels="labels",
    reference="reference",
)


def row(prompt: str, language: str = "de", **more: Any) -> dict[str, Any]:
    own = {"prompt": prompt, "language": language, "a": f"{prompt} A", "b": f"{prompt} B", "sa": 1, "sb": 2}
    return own | {"group": None, "labels": None, "reference": None} | more


def write(path: Path, rows: list[Any]) -> Path:
    """A .jsonl file; a text stands for itself as a line."""
    path.parent.mkdir(exist_ok=True)
    lines = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def files(path: Path, name: str = "s", **more: Any) -> Files:
    return Files(str(path), FIELDS, name=name, revision="1", licence="cc0-1.0", **more)


def read(
    root: Path, *sources: Source, buckets: int = 4, wanted: frozenset[str] | None = None, max_bad: float = 0.05
) -> tuple[Stage, list[ReadJob]]:
    """Reads all jobs of some sources."""
    with Store(root, "test") as store:
        jobs = read_jobs(sources, store)
        stage = store.stage("read", 1, buckets, [job.digest for job in jobs])
    for number, job in enumerate(jobs):
        read_job(stage, number, job, buckets, wanted, max_bad)
    return stage, jobs


def index(root: Path, stage: Stage, buckets: int = 4, limit: int | None = None) -> Stage:
    built = Stage(root / "index", "")
    built.path.mkdir(parents=True, exist_ok=True)
    build_index(built, (stage,), buckets, 0, limit, Prompts(near_duplicates=None), root / "scratch")
    return built


def load(root: Path, *sources: Source, buckets: int = 4, **more: Any) -> list[Bucket]:
    stage, _ = read(root, *sources, buckets=buckets, **more)
    built = index(root, stage, buckets)
    return [load_bucket((stage,), built, number) for number in range(buckets)]


def rows(buckets: list[Bucket], table: str) -> list[dict[str, Any]]:
    return [one for bucket in buckets for one in getattr(bucket, table).to_pylist()]


def rejected(stage: Stage) -> list[tuple[str, str, str, str]]:
    return [tuple(r.values()) for path in stage.parts("rejected") for r in pq.read_table(path).to_pylist()]


# Jobs


def test_a_job_takes_files_until_it_is_large_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "JOB_BYTES", 1_000)
    for n, size in enumerate((400, 700, 2_000, 10)):
        (tmp_path / f"{n}.jsonl").write_text(" " * size)
    with Store(tmp_path / "root", "test") as store:
        jobs = read_jobs([files(tmp_path / "*.jsonl")], store)
        again = read_jobs([files(tmp_path / "*.jsonl")], store)
    assert [[p.name for p in job.files] for job in jobs] == [["0.jsonl", "1.jsonl"], ["2.jsonl"], ["3.jsonl"]]
    assert [job.size for job in jobs] == [1_100, 2_000, 10]
    assert [len(job.digest) for job in jobs] == [128, 64, 64]
    assert jobs == again


def test_a_digest_covers_answers_too(tmp_path):
    (tmp_path / "questions").mkdir()
    (tmp_path / "answers" / "ko").mkdir(parents=True)
    write(tmp_path / "questions" / "ko.jsonl", [{"question_id": 1, "turns": ["안녕?"]}])
    write(tmp_path / "answers" / "ko" / "m.jsonl", [{"question_id": 1, "answer": "네"}])
    source = ArenaFolder(str(tmp_path), "arena", "1", "cc0-1.0")
    digests = []
    with Store(tmp_path / "root", "test") as store:
        for answer in ("네", "아니"):
            write(tmp_path / "answers" / "ko" / "m.jsonl", [{"question_id": 1, "answer": answer}])
            digests += [job.digest for job in read_jobs([source], store)]
    assert len(set(digests)) == 2


def test_packed_files_count_for_more(tmp_path):
    for name in ("a.jsonl", "b.jsonl.gz", "c.JSONL.GZ"):
        (tmp_path / name).write_bytes(b"x" * 100)
    with Store(tmp_path / "root", "test") as store:
        jobs = read_jobs([files(tmp_path / name) for name in ("a.jsonl", "b.jsonl.gz", "c.JSONL.GZ")], store)
    assert [job.size for job in jobs] == [100, 400, 400]


@pytest.mark.parametrize(("size", "buckets"), [(0, 1), (1, 1), (8 << 20, 1), ((8 << 20) + 1, 2), (1 << 40, 128)])
def test_there_are_as_many_buckets_as_the_text_needs(size, buckets):
    assert bucket_count([ReadJob(files(Path("x")), (), size, "")]) == buckets


def test_a_hub_dataset_is_a_job_with_its_commit(tmp_path):
    source = HubDataset("org/name", FIELDS, "cc0-1.0", revision="b" * 40)
    with Store(tmp_path, "test") as store:
        (job,) = read_jobs([source], store)
    assert (job.source, job.files, job.stamps) == (source, (), ())


@pytest.mark.parametrize("name", ["missing.jsonl", "*.csv", "."])
def test_a_source_without_a_file_is_one_sentence(name, tmp_path):
    with Store(tmp_path / "root", "test") as store, pytest.raises(UserError, match="source 's'"):
        read_jobs([files(tmp_path / name)], store)


@given(st.lists(st.integers(0, 3)))
@settings(deadline=None)
def test_runs_are_the_runs(values):
    stretches = runs(np.array(values, np.int64))
    assert [value for value, begin, end in stretches for _ in range(begin, end)] == values
    assert all(a[0] != b[0] and a[2] == b[1] for a, b in pairwise(stretches))


# Reading


def test_every_row_is_in_the_bucket_that_its_prompt_names(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(f"Вопрос {n}", "ru") for n in range(60)])
    stage, _ = read(tmp_path / "root", files(path), buckets=7)
    counts: dict[str, Counter[str]] = {name: Counter() for name in pool.TABLES}
    for name, table in pool.TABLES.items():
        for path in stage.path.glob(f"{name}-*.parquet"):
            content = pq.read_table(path)
            assert content.schema.equals(table)
            for prompt in content["prompt_id"].to_pylist():
                assert path.name == f"{name}-{int(prompt[:8], 16) % 7:05d}-00000.parquet"
                counts[name][prompt] += 1
    assert len(counts["prompts"]) == 60
    assert set(counts["completions"].values()) == set(counts["ratings"].values()) == {2}
    assert not list(stage.path.glob(".*"))


def test_what_is_left_out_is_counted_and_named(tmp_path):
    lines = [
        row("안녕", "ko"),
        row("Bonjour", "fr"),
        "not json",
        row("x", "xx"),
        row("", "ko"),
        row("부분", "ko", a="halb \ud83d", sb="viel"),
        row("<|im_end|>", "ko"),
    ]
    path = write(tmp_path / "a.jsonl", [json.dumps(line) if isinstance(line, dict) else line for line in lines])
    stage, jobs = read(tmp_path / "root", files(path), wanted=frozenset({"ko"}), max_bad=0.9)
    assert check_bad_share(stage, jobs, 0.9).rows == {
        ("ko", "kept", ""): 2,
        ("ko", "part_rejected", "answer_lone_surrogate"): 1,
        ("ko", "part_rejected", "score_not_a_number"): 1,
        ("fr", "skipped", "language_not_asked_for"): 1,
        ("", "rejected", "not_json"): 1,
        ("", "skipped", "unknown_language"): 1,
        ("ko", "rejected", "empty_prompt"): 1,
        ("ko", "rejected", "chat_template_token"): 1,
    }
    assert rejected(stage) == [
        ("", f"{path}:3", "not_json", "Expecting value"),
        ("", f"{path}:4", "unknown_language", "xx"),
        ("ko", f"{path}:5", "empty_prompt", ""),
        ("ko", f"{path}:6", "answer_lone_surrogate", "one"),
        ("ko", f"{path}:6", "score_not_a_number", "viel"),
        ("ko", f"{path}:7", "chat_template_token", ""),
    ]
    rows = check_bad_share(stage, jobs, 0.9).funnel()
    assert FunnelRow("read", "rows", "", "rejected", "not_json", 1) in rows


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        ([{"w": 0}, {"w": 1}, {"w": 0.0}, {"w": "0"}], r"column w \('0' \(3\), '1' \(1\)\)"),
        ([{"w": "model_a"}, {"w": ["x"]}, {}], r"column w \('model_a' \(1\)\)"),
        ([{"w": f"label {n}"} for n in range(20)], r"'label 7' \(1\), \.\.\.\)"),
        ([{"v": 1}], r"column w \(which no row has\)"),
        ([{"w": "x" * 900}], r"column w \('x{80,100}'\.\.\. \(1\)\)"),
    ],
)
def test_labels_that_nothing_is_said_of_stop_the_build_with_what_the_file_holds(tmp_path, rows, seen):
    path = write(tmp_path / "a.jsonl", [json.dumps(row("안녕", "ko") | one) for one in rows])
    source = files(path)
    for undeclared in (Verdict("people", "w"), Verdict("people", "w", tie=(0,))):
        judged = replace(source, fields=replace(source.fields, verdict=undeclared))
        with Store(tmp_path / "root", "x") as store, pytest.raises(UserError, match=seen) as error:
            pool.read_jobs([judged], store)
        assert "write Verdict('people', 'w', first=(...), second=(...), tie=(...))" in str(error.value)
    with Store(tmp_path / "root", "x") as store:
        declared = Verdict("people", "w", (0,), (1,)), Verdict("people")
        for verdict in declared:
            assert pool.read_jobs([replace(source, fields=replace(source.fields, verdict=verdict))], store)


def test_what_is_said_of_a_bad_row_can_be_written_whatever_it_holds(tmp_path):
    path = tmp_path / os.fsdecode(b"d\xe9j\xe0.jsonl")
    write(path, [r'{"prompt": "x", "language": "\ud800", "pr\udc00": 1}', r'{"a": 1, "pr\udc00": 1, "pr\udc00": 2}'])
    stage, _ = read(tmp_path / "root", files(path), max_bad=1)
    assert [(reason, detail) for _, _, reason, detail in rejected(stage)] == [
        ("lone_surrogate", ""),
        ("key_twice", r"pr\udc00"),
    ]
    assert [where for _, where, *_ in rejected(stage)] == [rf"{tmp_path}/d\udce9j\udce0.jsonl:{n}" for n in (1, 2)]


@pytest.mark.parametrize(
    ("bad", "max_bad", "fine"), [(1, 0.05, True), (2, 0.05, False), (0, 0, True), (1, 0, False), (20, 1, True)]
)
def test_more_than_a_share_of_bad_rows_stops_the_build(bad, max_bad, fine, tmp_path):
    path = write(tmp_path / "a.jsonl", [row(f"{n}", "xx" if n < bad else "de") for n in range(20)])
    stage, jobs = read(tmp_path / "root", files(path), max_bad=max_bad)
    if fine:
        assert check_bad_share(stage, jobs, max_bad).rows["", "rejected", "unknown_language"] == bad
        return
    with pytest.raises(UserError) as error:
        check_bad_share(stage, jobs, max_bad)
    assert str(error.value).startswith(
        f"source 's': {bad} of 20 rows cannot be used (at most {max_bad:.2%} may be bad)"
    )
    assert f"unknown_language xx ({bad}), first at {path}:1" in str(error.value)


def test_the_share_is_one_over_all_files_of_a_source_and_its_own(tmp_path):
    for n in range(4):
        write(tmp_path / f"s{n}.jsonl", [row(f"{n} {m}", "xx" if n == m == 0 else "de") for m in range(5)])
    write(tmp_path / "t.jsonl", [row("good")])
    stage, jobs = read(
        tmp_path / "root", *(files(tmp_path / f"s{n}.jsonl") for n in range(4)), files(tmp_path / "t.jsonl", "t")
    )
    assert check_bad_share(stage, jobs, 0.05).rows["de", "kept", ""] == 20  # one of the 20 rows of s
    with pytest.raises(UserError, match="source 's': 1 of 20 rows"):
        check_bad_share(stage, jobs, 0.04)


def test_a_hopeless_file_is_given_up_before_its_end(tmp_path):
    path = write(tmp_path / "a.jsonl", [row("")] * 5_000)
    with pytest.raises(UserError, match=r"1,001 of 1,001 rows cannot be used .* empty_prompt"):
        read(tmp_path / "root", files(path))
    (stopped,) = (tmp_path / "root").glob("read-*/stopped-00000.json")
    stage = Stage(stopped.parent, "")
    assert stopped_at(stage) == [f"of source 's' 1,001 rows were read, the last one {path}:1001"]
    counted = {(row.outcome, row.reason): row.rows for row in counted_so_far(stage)}
    assert counted == {("in", ""): 1_001, ("rejected", "empty_prompt"): 1_001}
    assert rejected(stage)[-1] == ("de", f"{path}:1001", "empty_prompt", "")
    # Read again to its end it has stopped nowhere.
    stage, _ = read(tmp_path / "root", files(path), max_bad=1)
    assert stage.path == stopped.parent and stopped_at(stage) == [] and not stopped.exists()
    assert {row.rows for row in counted_so_far(stage)} == {5_000}


def test_languages_that_nobody_asked_for_are_not_bad_whatever_they_are_called(tmp_path):
    named = ["Elbanian"] * 30 + ["python"] * 5 + ["fr"] * 3 + ["de"]
    path = write(tmp_path / "a.jsonl", [row(f"{n}", tag) for n, tag in enumerate(named)])
    stage, jobs = read(tmp_path / "root", files(path), wanted=frozenset({"de"}), max_bad=0)
    funnel = check_bad_share(stage, jobs, 0).rows
    assert funnel["", "skipped", "unknown_language"] == 35
    assert funnel["fr", "skipped", "language_not_asked_for"] == 3 and funnel["de", "kept", ""] == 1
    assert Counter(detail for _, _, _, detail in rejected(stage)) == {"Elbanian": 30, "python": 5}
    with pytest.raises(UserError, match=r"35 of 39 rows cannot be used .*Elbanian \(30 rows; .*python \(5 rows\)"):
        stage, jobs = read(tmp_path / "all", files(path), max_bad=0.5)
        check_bad_share(stage, jobs, 0.5)


@pytest.mark.parametrize("broken", [{"language": None}, {"language": "de", "response_language": "qqx"}])
def test_a_row_without_a_language_and_one_to_be_answered_in_none_that_is_known_are_bad(broken, tmp_path):
    fields = replace(FIELDS, response_language="response_language")
    path = write(tmp_path / "a.jsonl", [row("x", response_language="de"), row("y", response_language=None) | broken])
    source = replace(files(path), fields=fields)
    stage, jobs = read(tmp_path / "root", source, wanted=frozenset({"de"}), max_bad=0.9)
    (outcome,) = [key for key, rows in check_bad_share(stage, jobs, 0.9).rows.items() if key[2] == "unknown_language"]
    assert outcome[1] == "rejected"


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_a_source_without_rows_is_one_sentence(content, tmp_path):
    (tmp_path / "a.jsonl").write_text(content)
    stage, jobs = read(tmp_path / "root", files(tmp_path / "a.jsonl"))
    with pytest.raises(UserError, match="source 's' has no rows"):
        check_bad_share(stage, jobs, 1)


def test_rows_that_nobody_asked_for_are_not_bad(tmp_path):
    path = write(tmp_path / "a.jsonl", [row("x", "fr")] * 30 + [row("y", "de")])
    stage, jobs = read(tmp_path / "root", files(path, where={"prompt": ("y",)}), wanted=frozenset({"de"}), max_bad=0)
    assert check_bad_share(stage, jobs, 0).rows == {
        ("de", "kept", ""): 1,
        ("fr", "skipped", "where_prompt"): 30,
    }


def test_messages_of_trees_that_are_left_out_are_counted_in_their_language_and_not_bad(tmp_path):
    def message(name: str, parent: str | None, language: str, **more: Any) -> dict[str, Any]:
        role = "assistant" if parent in ("a", "b") else "prompter"
        return {"id": name, "parent": parent, "role": role, "text": name, "lang": language, "rank": 0} | more

    first = [message("a", None, "fa"), message("a1", "a", "fa"), message("a2", "a", "fa", deleted=True)]
    second = [message("b", None, "he", deleted=True), message("b1", "b", "he")]
    source = Files(
        str(tmp_path / "a.jsonl"),
        Fields("turns", (Answer("text", score="rank"),), each="replies", language="lang"),
        name="s",
        revision="1",
        licence="cc0-1.0",
        tree=Tree(parent="parent", message="id", deleted="deleted"),
    )
    counted = []
    for number, rows_in_order in enumerate(([*first, *second], [*reversed(second), *reversed(first)])):
        write(tmp_path / "a.jsonl", rows_in_order)
        stage, jobs = read(tmp_path / f"root{number}", source, max_bad=0)
        counted.append(check_bad_share(stage, jobs, 0).rows)
    fa, he = {("fa", "kept", ""): 1, ("fa", "skipped", "deleted_message"): 1}, {("he", "skipped", "deleted_message"): 1}
    assert counted[0] == counted[1] == fa | he | {("he", "skipped", "below_message_left_out"): 1}
    write(tmp_path / "a.jsonl", [*first, message("c1", "c", "he")])
    stage, jobs = read(tmp_path / "root", source, max_bad=0)
    with pytest.raises(UserError, match=r"parent_not_in_tree c \(1\), first at .*a\.jsonl:4; what they answer is not"):
        check_bad_share(stage, jobs, 0)
    assert ("he", str(tmp_path / "a.jsonl:4"), "parent_not_in_tree", "c") in rejected(stage)


@pytest.mark.parametrize("damage", ["cut", "gone", "folder"])
def test_a_file_that_cannot_be_read_leaves_nothing_behind_that_looks_done(damage, tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row("x")).encode() * 100))
    with Store(tmp_path / "root", "test") as store:
        jobs = read_jobs([files(path)], store)
        stage = store.stage("read", 1, None, None)
    data = path.read_bytes()
    path.unlink()
    if damage == "cut":
        path.write_bytes(data[:-20])
    elif damage == "folder":
        path.mkdir()
    with pytest.raises(UserError, match="cannot read"):
        read_job(stage, 0, jobs[0], 4, None, 1)
    assert not [p for p in stage.path.iterdir() if not p.name.startswith(".")]


def test_a_file_that_changed_since_its_digest_was_taken_is_not_taken_for_what_it_was(tmp_path):
    path = write(tmp_path / "a.jsonl", [row("eins")])
    with Store(tmp_path / "root", "test") as store:
        (job,) = read_jobs([files(path)], store)
        stage = store.stage("read", 1, None, None)
    write(path, [row("eins"), row("zwei")])
    with pytest.raises(UserError, match="a file of source 's' changed while it was read; run"):
        read_job(stage, 0, job, 4, None, 1)
    # What became of the rows is known, and nothing says that they were read whole.
    left = {path.name for path in stage.path.iterdir() if not path.name.startswith(".")}
    assert left == {"rejected-00000.parquet", "stopped-00000.json"} and stopped_at(stage)


def test_reading_again_gives_the_same_bytes(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(f"ερώτηση {n}", "el") for n in range(30)])
    folders = []
    for root in ("one", "two"):
        stage, jobs = read(tmp_path / root, files(path))
        read_job(stage, 0, jobs[0], 4, None, 0.05)  # as after a kill between the last part and the job's record
        folders.append({p.name: p.read_bytes() for p in stage.path.iterdir()})
    assert folders[0] == folders[1]
    assert len(folders[0]) == 4 * 3 + 2


def test_texts_that_stages_read_again_are_compressed_lightly(tmp_path):
    stage, jobs = read(tmp_path, files(write(tmp_path / "a.jsonl", [row("ερώτηση", "el")])))
    parts = {name: stage.parts(name) for name in ("prompts", "completions")}
    metadata = [pq.ParquetFile(path).metadata.row_group(0).column(0) for paths in parts.values() for path in paths]
    assert len(jobs) == 1 and {column.compression for column in metadata} == {"LZ4"}


def test_rows_are_written_in_pieces_when_there_is_much_text(tmp_path, monkeypatch):
    path = write(tmp_path / "a.jsonl", [row(f"{n} " + "字" * 50, "zh") for n in range(40)])
    whole = load(tmp_path / "whole", files(path))
    monkeypatch.setattr(pool, "CHUNK", 1_000)
    pieces = load(tmp_path / "pieces", files(path))
    for table in pool.TABLES:
        assert rows(whole, table) == rows(pieces, table)
    assert len(rows(pieces, "prompts")) == 40


# Buckets


def test_a_bucket_holds_whole_prompts_sorted(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(f"שאלה {n}", "he", group=n // 2) for n in range(40)])
    buckets = load(tmp_path / "root", files(path), buckets=5)
    assert len(rows(buckets, "prompts")) == 40
    for bucket in buckets:
        prompts = bucket.prompts["prompt_id"].to_pylist()
        assert prompts == sorted(prompts)
        assert len(set(prompts)) == len(prompts)
        for table in ("completions", "ratings"):
            ids = list(
                zip(*(getattr(bucket, table)[c].to_pylist() for c in ("prompt_id", "completion_id")), strict=True)
            )
            assert ids == sorted(ids)
            assert {prompt for prompt, _ in ids} == set(prompts)
    texts = {c["completion_id"]: c["text"] for c in rows(buckets, "completions")}
    assert len(texts) == 80
    assert {texts[r["completion_id"]][-1]: r["score"] for r in rows(buckets, "ratings")} == {"A": 1.0, "B": 2.0}


def test_a_bucket_without_rows_is_empty_with_all_columns(tmp_path):
    path = write(tmp_path / "a.jsonl", [row("eins")])
    buckets = load(tmp_path / "root", files(path), buckets=6)
    assert sorted(bucket.prompts.num_rows for bucket in buckets) == [0, 0, 0, 0, 0, 1]
    names = {tuple(bucket.prompts.column_names) for bucket in buckets}
    assert names == {(*schema.PROMPTS.names, "leak_group", "contaminated_by")}
    for bucket in buckets:
        may_be_null = {name: bucket.prompts.schema.field(name).nullable for name in ("group_id", "contaminated_by")}
        assert may_be_null == {"group_id": False, "contaminated_by": True}
        assert bucket.completions.schema.equals(schema.COMPLETIONS)
        assert bucket.ratings.schema.equals(schema.RATINGS)
        assert bucket.verdicts.schema.equals(schema.VERDICTS)


def test_a_prompt_of_two_sources_is_one_prompt_with_both_sources(tmp_path):
    one = write(
        tmp_path / "one.jsonl",
        [
            row("Привіт", "uk", group="g1", labels=["chat"], reference=None, a="Вітаю", b="Ні", sa=1, sb=0),
            row("Інше", "uk", labels=["b", "a"]),
        ],
    )
    two = write(
        tmp_path / "two.jsonl",
        [
            row(
                "Привіт",
                "ukr",
                group="g2",
                labels=["short", "chat"],
                reference="Здоров",
                a="Вітаю",
                b="Так",
                sa=5,
                sb=4,
            ),
            row("Привіт", "uk", group="g2", labels=None, reference="Інша", a="Вітаю", b="Так", sa=5, sb=4),
        ],
    )
    buckets = load(tmp_path / "root", files(one), files(two, "t"))
    by_text = {p["prompt"][0]["content"]: p for p in rows(buckets, "prompts")}
    assert len(rows(buckets, "prompts")) == len(by_text) == 2
    both = by_text["Привіт"]
    assert [s["name"] for s in both["sources"]] == ["s", "t"]
    assert (both["labels"], both["reference"]) == (["chat", "short"], "Здоров")
    groups = {schema.make_id("group", "s", "g1"), schema.make_id("group", "t", "g2")}
    assert both["group_id"] == both["leak_group"] == min(groups)
    # The same answer of the same model is one; every rating of it stays.
    texts = {c["completion_id"]: (c["model"], c["text"]) for c in rows(buckets, "completions")}
    mine = [c for c in rows(buckets, "completions") if c["prompt_id"] == both["prompt_id"]]
    assert sorted(c["text"] for c in mine) == ["Вітаю", "Ні", "Так"]
    scores = [
        (texts[r["completion_id"]][1], r["score"])
        for r in rows(buckets, "ratings")
        if r["prompt_id"] == both["prompt_id"]
    ]
    assert sorted(scores) == [("Вітаю", 1.0), ("Вітаю", 5.0), ("Вітаю", 5.0), ("Ні", 0.0), ("Так", 4.0), ("Так", 4.0)]


def test_of_an_answer_in_two_sources_the_first_source_says_what_is_known(tmp_path):
    fields = Fields("prompt", (Answer("a", model="m", licence_column="l", score="s"),), language="language")
    sources = []
    for name, licence, score in (("one", "mit", 3), ("two", "gpl", 1), ("three", "bsd", 2)):
        path = write(
            tmp_path / f"{name}.jsonl", [{"prompt": "질문", "language": "ko", "a": "답", "l": licence, "s": score}]
        )
        sources.append(Files(str(path), fields, name=name, revision="1", licence="cc0-1.0"))
    buckets = load(tmp_path / "root", *sources)
    assert [c["model_licence"] for c in rows(buckets, "completions")] == ["mit"]
    assert [r["score"] for r in rows(buckets, "ratings")] == [3.0, 1.0, 2.0]


def test_prompts_beyond_the_limit_take_their_answers_with_them(tmp_path):
    path = write(tmp_path / "a.jsonl", [row(f"質問 {n}", "ja") for n in range(20)])
    stage, _ = read(tmp_path / "root", files(path))
    cut = index(tmp_path / "root", stage, limit=6)
    buckets = [load_bucket((stage,), cut, number) for number in range(4)]
    prompts = {p["prompt_id"] for p in rows(buckets, "prompts")}
    assert len(prompts) == 6
    for table in ("completions", "ratings"):
        assert {r["prompt_id"] for r in rows(buckets, table)} == prompts


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["α", "β", "γ"]),
        st.sampled_from(["el", "uk"]),
        a=st.sampled_from(["eins", "zwei"]),
        b=st.sampled_from(["drei", "eins"]),
        sa=st.integers(0, 2),
        labels=st.sampled_from([None, ["x"], ["y", "x"]]),
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS, st.integers(1, 5), st.integers(0, 6))
@settings(deadline=None, max_examples=10)
def test_nothing_is_lost_or_doubled_however_rows_are_spread(source_rows, buckets, cut):
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            write(Path(folder) / f"{n}.jsonl", part)
            for n, part in enumerate((source_rows[:cut], source_rows[cut:]))
            if part
        ]
        buckets_read = load(Path(folder) / "root", *map(files, paths), buckets=buckets)
        prompts = {p["prompt_id"]: (p["language"], p["prompt"][0]["content"]) for p in rows(buckets_read, "prompts")}
        assert sorted(prompts.values()) == sorted({(r["language"], r["prompt"]) for r in source_rows})
        answers = [(*prompts[c["prompt_id"]], c["model"], c["text"]) for c in rows(buckets_read, "completions")]
        expected = {
            (r["language"], r["prompt"], model, r[c]) for r in source_rows for model, c in (("one", "a"), ("two", "b"))
        }
        assert sorted(answers) == sorted(expected)
        assert len(rows(buckets_read, "ratings")) == 2 * len(source_rows)
        for one in rows(buckets_read, "prompts"):
            copies = [r for r in source_rows if (r["language"], r["prompt"]) == prompts[one["prompt_id"]]]
            assert set(one["labels"]) == {label for copy in copies for label in copy["labels"] or []}


def test_a_job_says_how_many_rows_it_read(tmp_path):
    path = write(tmp_path / "a.jsonl", [row("eins"), "bad", row("zwei")])
    with Store(tmp_path / "root", "test") as store:
        (job,) = read_jobs([files(path)], store)
        stage = store.stage("read", 1, None, None)
    assert read_job(stage, 0, job, 2, None, 1) == 3


def test_the_sentence_about_bad_rows_names_unknown_languages_and_the_nearest(tmp_path):
    tags = ["Elbanian", "de", "Elbanian", "qqqqqqq", "hi-Latn", "de"]
    path = write(tmp_path / "a.jsonl", [row(f"{n}", tag) for n, tag in enumerate(tags)])
    stage, jobs = read(tmp_path / "root", files(path), max_bad=1)
    with pytest.raises(UserError, match=r"by name: Elbanian \(2 rows; nearest: Albanian \(sq\)\), hi-Latn"):
        check_bad_share(stage, jobs, 0)


def test_the_message_of_too_many_bad_rows_counts_what_it_names(tmp_path):
    names = ["qqa", "qqa", "qqb", "qqc", "qqd", "qqe", "qqf", "qqg", "de"]
    path = write(tmp_path / "a.jsonl", [row(f"{n}", tag) for n, tag in enumerate(names)])
    other = write(tmp_path / "b.jsonl", [row(f"{n}", "qqz") for n in range(5)] + [row("x", "de")] * 95)
    stage, jobs = read(tmp_path / "root", files(path), files(other, "t"), max_bad=1)
    with pytest.raises(UserError) as error:
        check_bad_share(stage, jobs, 0.1)
    assert str(error.value).startswith(
        f"source 's': 8 of 9 rows cannot be used (at most 10.00% may be bad); most often unknown_language (8), first "
        f"at {path}:1 (qqa); by name: qqa (2 rows), qqb (1 row), qqc (1 row), qqd (1 row), qqe (1 row), "
        "2 other names (2 rows); "
    )


def test_more_answers_to_a_prompt_than_memory_holds_are_one_sentence(tmp_path, monkeypatch):
    asked = [{"prompt": "Was?", "a": f"Ja {n}. " + "x" * 100, "b": f"Nein {n}. " + "y" * 100} for n in range(20)]
    asked += [{"prompt": f"Und {n}?", "a": "Ja. " + "x" * 100, "b": "Nein. " + "y" * 100} for n in range(20)]
    write(tmp_path / "rows.jsonl", asked)
    source = replace(files(tmp_path / "rows.jsonl", language="en"), fields=Fields("prompt", (Answer("a"), Answer("b"))))
    monkeypatch.setattr(pool, "MOST_OF_A_PROMPT", 5_000)
    (bucket,) = load(tmp_path / "enough", source, buckets=1)  # of all prompts together it is more
    assert bucket.completions.num_rows == 80 and bucket.completions["text"].nbytes > 5_000
    monkeypatch.setattr(pool, "MOST_OF_A_PROMPT", 3_000)
    with pytest.raises(UserError, match=r"the prompt \W?Was\?\W? has 40 answers, 0 MiB of text; .*name the column"):
        load(tmp_path / "more", source, buckets=1)

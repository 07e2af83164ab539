"""Exports as files: no row lost or doubled, the same bytes again, and over nothing that polypref did not write."""

import errno
import json
import os
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polypref.errors import UserError
from polypref.exports import writing
from polypref.exports.contract import Row
from polypref.exports.table import FORMS, form_of
from polypref.exports.writing import Exported, export_files
from polypref.files.locks import hold_lock

from .samples import PAIRS, assistant, files_of, pair, single, user

SINGLE = [single(1, "de", "Ein Lebensmittel.", True), single(2, "de", "Ein Auto.", False)]


def exported(folder: Path, rows: list[Row], name: str, out: str = "out") -> Exported:
    return export_files(form_of(name), {"train": files_of(folder, rows)}, folder / out, "mine_all")


def ids_in(done: Exported) -> Counter[str]:
    """How often each pair stands in the files."""
    ids = Counter[str]()
    for file in done.files.values():
        path = done.folder / file
        if path.suffix == ".parquet":
            lines = pq.read_table(path).to_pylist()
        else:
            lines = [json.loads(line) for line in path.read_bytes().decode().split("\n")[:-1]]
        ids.update(line.get("pair_id") or line.get("id") or line["extra_info"]["pair_id"] for line in lines)
    return ids


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from([*PAIRS]), unique=True, min_size=1))
def test_every_row_is_written_or_left_out_for_a_reason(form, names, tmp_path_factory):
    folder, rows = tmp_path_factory.mktemp("x"), [PAIRS[name] for name in names]
    fitting = [row for row in rows if not form.misfit(row)]
    if not fitting:
        with pytest.raises(UserError, match="no row has a place in the form"):
            exported(folder, rows, form.name)
        assert [path.name for path in (folder / "out").iterdir()] == [".polypref"]
        return
    done = exported(folder, rows, form.name)
    times = 2 if form.name.endswith("_kto") else 1
    assert ids_in(done) == {row.values["pair_id"]: times for row in fitting}
    assert sum(done.rows.values()) + sum(done.left_out.values()) == len(rows)
    assert done.lines["train"] == times * len(fitting)


def test_what_is_left_out_is_counted_by_language_and_reason(tmp_path):
    done = exported(tmp_path, list(PAIRS.values()), "openrlhf")
    assert done.left_out == {
        ("train", "de", "tools"): 3,
        ("train", "ja", "thoughts"): 1,
        ("train", "fr", "a name of a speaker"): 1,
    }
    assert done.summary() == [
        f"wrote {tmp_path / 'out'} for OpenRLHF: train.jsonl 7 rows; beside them openrlhf.sh",
        "ar: train 1",
        "de: train 2; left out 3 (tools)",
        "en: train 1",
        "fr: train 2; left out 1 (a name of a speaker)",
        "he: train 1",
        "ja: none; left out 1 (thoughts)",
    ]


def test_single_answers_are_refused_where_pairs_are_needed(tmp_path):
    """Also where each of them would be left out for another reason."""
    thought = Row(SINGLE[0].values, SINGLE[0].prompt, {"completion": [assistant("Ja.", thinking="Hm.")]})
    with pytest.raises(UserError, match="NeMo RL takes pairs here"):
        exported(tmp_path, [thought], "nemo_rl")
    with pytest.raises(UserError, match=r"axolotl takes pairs here.*export them as trl_kto or jsonl"):
        exported(tmp_path, SINGLE, "axolotl")
    done = exported(tmp_path, SINGLE, "trl_kto")
    lines = pq.read_table(done.folder / "train.parquet").to_pylist()
    assert [(line["label"], line["pair_id"]) for line in lines] == [(True, None), (False, None)]
    assert exported(tmp_path, SINGLE, "jsonl", "all").lines == {"train": 2}
    for name in ("llama_factory_kto", "axolotl_kto"):
        (file,) = exported(tmp_path, SINGLE, name, name).folder.glob("*.jsonl")
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        assert [(line["label"], line["pair_id"]) for line in lines] == [(True, None), (False, None)]


@pytest.mark.parametrize("name", ["llama_factory", "trl_kto", "verl", "jsonl"])
def test_the_same_rows_give_the_same_bytes(tmp_path, name):
    rows = list(PAIRS.values())
    files = {path.name: path.read_bytes() for path in exported(tmp_path, rows, name).folder.iterdir() if path.is_file()}
    done = exported(tmp_path, rows, name)
    assert {path.name: path.read_bytes() for path in done.folder.iterdir() if path.is_file()} == files


def test_nothing_of_anybody_elses_is_written_over(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "dataset_info.json").write_text("mine")
    with pytest.raises(UserError, match=r"dataset_info.json is no file that polypref wrote"):
        exported(tmp_path, [PAIRS["hebrew"]], "llama_factory")
    assert (tmp_path / "out" / "dataset_info.json").read_text() == "mine"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["dataset_info.json"]


def test_a_file_that_somebody_changed_stays(tmp_path):
    done = exported(tmp_path, [PAIRS["hebrew"]], "jsonl")
    (done.folder / "train.jsonl").write_text("changed")
    with pytest.raises(UserError, match=r"train.jsonl was changed after polypref wrote it"):
        exported(tmp_path, [PAIRS["turns"]], "jsonl")
    assert (done.folder / "train.jsonl").read_text() == "changed"


def test_two_exports_do_not_mix_in_one_folder(tmp_path):
    exported(tmp_path, [PAIRS["hebrew"]], "axolotl")
    with pytest.raises(UserError, match=r"holds axolotl.yaml of another export"):
        exported(tmp_path, [PAIRS["hebrew"]], "nemo_rl")


def test_a_split_without_a_fitting_row_has_no_file(tmp_path):
    splits = {
        "train": files_of(tmp_path, [PAIRS["hebrew"]]),
        "test": files_of(tmp_path, [PAIRS["thought"]], "test"),
    }
    done = export_files(form_of("axolotl"), splits, tmp_path / "out", "mine_all")
    assert done.files == {"train": "train.jsonl"}
    assert sorted(path.name for path in done.folder.iterdir() if path.is_file()) == ["axolotl.yaml", "train.jsonl"]
    assert "test" not in (done.folder / "axolotl.yaml").read_text().replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("name", "out", "words"),
    [
        ("openrlhf", "a,b@c", "OpenRLHF takes , and @ in a path for a sign of its own"),
        ("verl", "${oc.env:HOME}", r"verl takes \$ in a path"),
        ("jsonl", "a\nb", r"the folder's name .* holds a character that no config can"),
    ],
)
def test_a_path_that_a_trainer_takes_for_something_else_is_refused(tmp_path, name, out, words):
    with pytest.raises(UserError, match=words):
        exported(tmp_path, [PAIRS["hebrew"]], name, out)
    assert not (tmp_path / out).exists()


@pytest.mark.parametrize("name", ["jsonl", "trl_kto"])
def test_a_stopped_export_leaves_no_part(tmp_path, name, monkeypatch):
    def stopped(*_: object) -> list[dict[str, object]]:
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "_lines_of", stopped)
    with pytest.raises(KeyboardInterrupt):
        exported(tmp_path, [PAIRS["hebrew"]], name)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".polypref"]


def test_parts_of_a_killed_export_are_cleared_away_and_nothing_else(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in (".train.jsonl.7-ab12.tmp", ".test.parquet.7-ab12.tmp", ".mine.tmp"):
        (out / name).write_text("x")
    exported(tmp_path, [PAIRS["hebrew"]], "jsonl")
    assert sorted(path.name for path in out.iterdir()) == [".mine.tmp", ".polypref", "train.jsonl"]


def test_a_folder_takes_one_export_at_a_time(tmp_path):
    (tmp_path / "out" / ".polypref").mkdir(parents=True)
    lock = hold_lock(tmp_path / "out" / ".polypref")
    try:
        with pytest.raises(UserError, match="out is in use by another polypref process"):
            exported(tmp_path, [PAIRS["hebrew"]], "jsonl")
    finally:
        os.close(lock)
    assert not (tmp_path / "out" / "train.jsonl").exists()


@pytest.mark.parametrize("name", ["jsonl", "trl_kto"])
def test_a_full_disk_is_one_sentence(tmp_path, name, monkeypatch):
    def full(*_: object) -> list[dict[str, object]]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing, "_lines_of", full)
    suffix = form_of(name).suffix
    with pytest.raises(UserError, match=rf"cannot write .*out/train{suffix}: No space left on device"):
        exported(tmp_path, [PAIRS["hebrew"]], name)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [".polypref"]


@settings(max_examples=25, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), min_size=3, max_size=3))
def test_every_text_comes_out_as_it_went_in(texts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("x")
    row = pair(1, "de", [user(texts[0])], assistant(texts[1]), assistant(texts[2]))
    done = exported(folder, [row], "nemo_rl")
    (line,) = (json.loads(one) for one in (done.folder / "train.jsonl").read_bytes().split(b"\n")[:-1])
    answers = [one["completion"][0]["content"] for one in line["completions"]]
    assert [line["context"][0]["content"], *answers] == texts

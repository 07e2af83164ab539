"""The dataset folder: the published columns, what is kept of parameters, and what makes a folder whole."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.release import folder
from polypref.release.folder import missing, parameters, read_provenance
from polypref.release.rows import Form


def released(texts: list[tuple[str, str]]) -> pa.Table:
    n = len(texts)
    sources = [{"name": "b", "revision": "2", "licence": "mit"}, {"name": "a", "revision": "1", "licence": "cc0-1.0"}]
    same = {"language": "ja", "response_language": "ja", "rater": "people", "origin": "native", "translator": None}
    return pa.table(
        {
            "chosen": pa.chunked_array([[a for a, _ in texts]], pa.string()),
            "rejected": pa.chunked_array([[b for _, b in texts]], pa.string()),
            "prompt": pa.array([[{"role": "user", "content": "何時ですか"}]] * n, schema.MESSAGES),
            "sources": pa.array([sources] * n, pa.list_(schema.SOURCE)),
            "flags": pa.array([["short"]] * n, pa.list_(pa.string())),
            **{name: pa.array([value] * n, pa.string()) for name, value in same.items()},
            **{
                name: pa.array([f"{name} {i}" for i in range(n)], pa.string())
                for name in (
                    *("pair_id", "prompt_id", "group_id"),
                    *(f"{r}_{k}" for r in ("chosen", "rejected") for k in ("id", "model", "route")),
                )
            },
            **{name: pa.array(np.arange(n) / 2) for name in ("chosen_score", "rejected_score", "score_margin")},
            "rank": pa.array(range(n)),
        }
    )


def test_published_rows():
    table = Form().rows(released([("三時です。", "知りません。"), ("四時", "五時")]))
    assert table.schema == schema.PREFERENCES
    row = table.to_pylist()[1]
    assert row["chosen"] == [{"role": "assistant", "content": "四時"}]
    assert row["rejected"] == [{"role": "assistant", "content": "五時"}]
    assert row["prompt"] == [{"role": "user", "content": "何時ですか"}]
    assert (row["source"], row["licence"]) == ("b@2; a@1", "cc0-1.0 AND mit")
    assert (row["translator"], row["flags"], row["score_margin"]) == (None, ["short"], 0.5)


def test_a_path_among_the_parameters_keeps_its_last_part_only(tmp_path):
    (tmp_path / "pool").mkdir()
    values = {"source": str(tmp_path / "pool"), "repo": "org/name", "seed": 3}
    assert parameters(values) == {"source": "pool", "repo": "org/name", "seed": 3}


@pytest.fixture(scope="module")
def whole(polypref, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "out"
    polypref("build", "builders/quickstart.py", "--languages", "de,ar", "--out", out, "--quiet")
    return out


@pytest.fixture
def built(whole, tmp_path) -> Path:
    """The same folder, for each test one of its own."""
    return shutil.copytree(whole, tmp_path / "out")


def test_a_whole_folder_is_read(built):
    record = read_provenance(built)
    assert record.name == "polypref-quickstart"
    assert missing(built, record) == []


def test_a_copied_folder_needs_no_store(built, tmp_path):
    shutil.copytree(built, tmp_path / "copy", ignore=shutil.ignore_patterns(".polypref"))
    assert read_provenance(tmp_path / "copy") == read_provenance(built)


def test_a_folder_without_provenance_is_no_dataset(tmp_path):
    with pytest.raises(UserError, match=r"is not a finished polypref dataset \(no provenance.json\)"):
        read_provenance(tmp_path)


def test_a_folder_of_another_format(built):
    record = json.loads((built / "provenance.json").read_text("utf-8")) | {"format": "polypref/9"}
    (built / "provenance.json").write_text(json.dumps(record), "utf-8")
    with pytest.raises(UserError, match=r"by another polypref \(polypref/9\), and this one reads polypref/1"):
        read_provenance(built)


@pytest.mark.slow
def test_what_is_lost_is_named_and_built_again(built, polypref, contents):
    before, record = contents(built), read_provenance(built)
    file = next(built.glob("data/de/train-*.parquet"))
    name = str(file.relative_to(built))
    for lost in (file, built / "README.md", built / "provenance.json"):
        lost.unlink()
        if lost == file:
            assert missing(built, record) == [name]
            with pytest.raises(UserError, match=f"lacks {name}"):
                read_provenance(built)
        done = polypref("build", "builders/quickstart.py", "--languages", "de,ar", "--out", built, "--quiet")
        assert done.stdout.startswith("wrote")
        assert contents(built) == before


def spoil(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.slow
@pytest.mark.parametrize("change", [spoil, lambda file: os.truncate(file, 3), lambda file: os.truncate(file, 0)])
@pytest.mark.parametrize("place", ["data/*/*.parquet", "README.md", "provenance.json"])
def test_what_was_changed_is_left_alone_until_it_is_deleted(built, polypref, contents, place, change):
    """Polypref cannot know whose the change is. What would be lost with it is the user's to say."""
    whole = contents(built)
    file = sorted(built.glob(place))[0]
    change(file)
    changed = contents(built)
    words = ("build", "builders/quickstart.py", "--languages", "de,ar", "--out", built, "--quiet")
    refused = polypref(*words, expect=2).stderr
    assert refused.startswith(f"polypref: {file} was changed after polypref wrote it, and the build would ")
    assert refused.count("\n") == 1 and ("dataset_cards/" in refused) == (place == "README.md")
    assert contents(built) == changed
    file.unlink()
    polypref(*words)
    assert contents(built) == whole


@pytest.mark.slow
def test_files_that_are_as_they_were_written_are_not_read_to_see_it(polypref, tmp_path, monkeypatch):
    built = tmp_path / "out"  # in a copy no file has the number that it was written with
    polypref("build", "builders/quickstart.py", "--languages", "ar", "--out", built, "--quiet")
    digits = json.loads((built / "provenance.json").read_text("utf-8"))["fingerprint"]
    read = []
    monkeypatch.setattr(folder, "altered", lambda *_: read.append(1))
    assert folder._unchanged(built, digits)
    assert read == [], "the first build has written down their stamps"
    os.utime(next(built.glob("data/*/*.parquet")), ns=(1, 1))
    assert folder._unchanged(built, digits)
    assert folder._unchanged(built, digits)
    assert read == [1], "touched, read once, and known again"


@pytest.mark.slow
def test_files_of_an_earlier_version_do_not_stay(built, polypref):
    polypref("build", "builders/quickstart.py", "--languages", "ar", "--out", built, "--quiet")
    assert [p.name for p in (built / "data").iterdir()] == ["ar"]
    assert set(read_provenance(built).files) == {str(p.relative_to(built)) for p in built.glob("data/*/*")}


@pytest.mark.slow
def test_rows_stand_in_the_order_of_their_ranks(built, polypref, tmp_path):
    """A build of more languages holds the same pairs of a language: test ranks do not depend on other languages."""
    polypref("build", "builders/quickstart.py", "--languages", "ar,de,ja", "--out", tmp_path / "more", "--quiet")

    def ids(out: Path, split: str) -> list[str]:
        files = sorted(out.glob(f"data/de/{split}-*.parquet"))
        return [pair for f in files for pair in pq.read_table(f)["pair_id"].to_pylist()]

    assert set(ids(built, "train")) == set(ids(tmp_path / "more", "train"))
    assert ids(built, "test") == ids(tmp_path / "more", "test")
    assert ids(built, "train")

"""An earlier release as a later build reads it: its files, and which split each prompt is in."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref import schema
from polypref.errors import UserError
from polypref.stages.released import assignment, files_of, mixtures_of


def write_rows(folder, language, split, *prompts):
    """Writes a released file with a pair for each of some (prompt, group)."""
    ids = dict.fromkeys(("pair_id", "chosen_id", "rejected_id"), "0" * 32)
    texts = {field.name: "" for field in schema.PREFERENCES if field.type == pa.string() and not field.nullable}
    rows = [
        texts
        | ids
        | {"prompt_id": prompt, "group_id": group, "language": language, "flags": []}
        | {name: [{"role": "user", "content": "x"}] for name in ("prompt", "chosen", "rejected")}
        for prompt, group in prompts
    ]
    path = folder / "data" / language / f"{split}-00000-{len(rows):05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema.PREFERENCES), path)
    return path


def test_the_split_is_read_from_the_file_s_name_and_a_prompt_is_there_once(tmp_path):
    a, b, c = ("a" * 32, "1" * 32), ("b" * 32, "1" * 32), ("c" * 32, "2" * 32)
    train = write_rows(tmp_path, "de", "train", a, b, b)
    test = write_rows(tmp_path, "el", "test", c)
    assert files_of(tmp_path) == [train, test]
    table = assignment([train, test])
    assert table.column_names == ["prompt_id", "group_id", "split"]
    assert list(map(tuple, zip(*table.to_pydict().values(), strict=True))) == [
        (*a, "train"),
        (*b, "train"),
        (*c, "test"),
    ]


def test_a_folder_that_is_no_release_is_named(tmp_path):
    with pytest.raises(UserError, match=r"holds no release .* check Split\(previous=\.\.\.\)"):
        files_of(tmp_path)


@pytest.mark.parametrize("name", ["test.parquet", "test-00000-of-00001.parquet", "Test-0-1.parquet", "x-0-1.parquet"])
def test_a_file_whose_name_does_not_say_its_split_is_refused(tmp_path, name):
    path = write_rows(tmp_path, "de", "test", ("a" * 32, "1" * 32))
    path = path.rename(path.with_name(name))
    with pytest.raises(UserError, match=r"de/.* has a name that no file of a release has .* split is not known"):
        files_of(tmp_path)


def test_a_file_that_is_damaged_behind_its_footer_is_named(tmp_path):
    path = write_rows(tmp_path, "de", "train", *((f"{n:032x}", "1" * 32) for n in range(50)))
    data = path.read_bytes()
    path.write_bytes(data[:4] + bytes(300) + data[304:])
    with pytest.raises(UserError, match=r"train-00000-00050\.parquet is not a readable Parquet file"):
        assignment(files_of(tmp_path))


@pytest.mark.parametrize("record", ["[1, 2]", "7", "null", "{"])
def test_a_provenance_that_is_no_record_is_no_reason_to_forget_the_mixtures(tmp_path, record):
    (tmp_path / "provenance.json").write_text(record, "utf-8")
    with pytest.raises(UserError, match=r"provenance\.json is damaged; get the release again"):
        mixtures_of(tmp_path, [])


def test_a_file_of_other_columns_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "data" / "de" / "train-00000-00001.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"prompt_id": ["a"]}), path)
    with pytest.raises(UserError, match=str(path)):
        files_of(tmp_path)

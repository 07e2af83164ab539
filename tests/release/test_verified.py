"""Files that are used as they were recorded, or not at all."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from polypref.errors import UserError
from polypref.release.verified import changed, read_bytes, read_table


def test_what_is_read_is_what_was_recorded(tmp_path: Path) -> None:
    path, table = tmp_path / "a.parquet", pa.table({"a": [1, 2], "b": ["x", "y"]})
    pq.write_table(table, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_bytes(path, digest) == path.read_bytes()
    assert read_table(path, digest).equals(table)
    assert read_table(path, digest, ["b"]).column_names == ["b"] and read_table(path, digest, []).column_names == []


@pytest.mark.parametrize("read", [read_bytes, read_table])
def test_another_content_is_refused_by_the_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as refused:
        read(Path("a"), hashlib.sha256(b"abd").hexdigest())
    assert str(refused.value) == str(changed(Path("a")))
    assert str(refused.value).startswith(f"{tmp_path}/a changed while it was being released, and no tag was set")
    with pytest.raises(UserError, match=f"cannot read {tmp_path}/none: No such file"):
        read(tmp_path / "none", "0" * 64)

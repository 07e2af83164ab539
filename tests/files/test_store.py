"""Folders that survive being killed, and the fingerprints that name them."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polypref import schema
from polypref.errors import UserError
from polypref.files.atomic import file_digest, fingerprint, plain, read_json, write_bytes, write_json, write_table
from polypref.files.store import Store

OLD = 10**9  # a file time in 2001, in seconds


@dataclass(frozen=True)
class Inner:
    names: tuple[str, ...] = ("ja", "zh")


@dataclass(frozen=True)
class Settings:
    path: Path = Path("a/b")
    share: float = 0.5
    tags: frozenset[str] = frozenset({"uk", "ar", "he"})
    inner: Inner = field(default_factory=Inner)
    weights: Any = None


def test_the_salt_of_pseudonyms_stays_and_is_another_in_every_folder(tmp_path):
    salts = []
    for name in ("one", "one", "two"):
        with Store(tmp_path / name, "b") as store:
            salts.append(store.salt())
    assert salts[0] == salts[1] != salts[2] and len(salts[0]) == 64
    assert (tmp_path / "one" / "pseudonyms.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("key", [b"", b"abc", b"\xff" * 64, b"0" * 63, b"0" * 65])
def test_a_secret_of_pseudonyms_that_is_none_stops_the_build(key, tmp_path):
    with Store(tmp_path / "one", "b") as store:
        salt = store.salt()
        path = tmp_path / "one" / "pseudonyms.key"
        path.write_text(salt + "\n")
        assert store.salt() == salt
        path.write_bytes(key)
        with pytest.raises(UserError, match=r"pseudonyms\.key.*not as polypref wrote it.*or delete it") as error:
            store.salt()
    assert not key or key.decode("latin-1") not in str(error.value)


def child(program: str, *arguments: object, **more: Any) -> subprocess.Popen[str]:
    """A Python process of its own that runs a program."""
    words = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)


def output_of(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=60)[0]


# Settings as JSON, and what stands for them


def test_settings_become_plain_values_that_name_their_class():
    assert plain(Settings(weights={"ja": 1, 2: None})) == {
        "class": "Settings",
        "path": "a/b",
        "share": 0.5,
        "tags": ["ar", "he", "uk"],
        "inner": {"class": "Inner", "names": ["ja", "zh"]},
        "weights": {"ja": 1, "2": None},
    }


@pytest.mark.parametrize("value", [object(), b"x", np.float64, len, 1j, Settings])
def test_a_setting_that_cannot_be_written_down_is_an_error_of_the_script(value):
    with pytest.raises(TypeError, match="cannot be written down"):
        fingerprint({"a": [value]})


def test_a_fingerprint_is_the_same_for_ever():
    # sha256 of the JSON text, reckoned with sha256sum.
    assert fingerprint(("a", 1)) == "21cba725dbc26761"


@pytest.mark.parametrize("seed", ["0", "1", "77"])
def test_a_fingerprint_does_not_depend_on_the_process(seed):
    program = """
        from polypref.files.store import fingerprint
        print(fingerprint({"z": {"uk", "ar", "he", "ko"}, "a": "Ж"}))
    """
    out = output_of(child(program, env=os.environ | {"PYTHONHASHSEED": seed}))
    assert out.strip() == fingerprint({"a": "Ж", "z": frozenset({"ar", "he", "ko", "uk"})})


@pytest.mark.parametrize(
    "other",
    [
        Settings(path=Path("a/c")),
        Settings(share=0.25),
        Settings(tags=frozenset({"uk", "ar"})),
        Settings(inner=Inner(("zh", "ja"))),
        Settings(weights={}),
        Settings(weights=0),
        Settings(weights=False),
        Settings(weights=""),
        Inner(),
    ],
)
def test_every_setting_counts(other):
    assert fingerprint(other) != fingerprint(Settings())
    assert fingerprint(replace(Settings())) == fingerprint(Settings())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, JSON)
@settings(deadline=None)
def test_fingerprints_are_equal_where_settings_are(one, other):
    texts = [json.dumps(value, sort_keys=True) for value in (one, other)]
    assert (fingerprint(one) == fingerprint(other)) == (texts[0] == texts[1])
    assert fingerprint(one, other) != fingerprint([one, other])


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
@settings(deadline=None, max_examples=30)
def test_what_is_written_as_json_comes_back(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "value.json"
    write_json(path, value)
    first = path.read_bytes()
    assert read_json(path) == value
    write_json(path, dict(reversed(value.items())))
    assert path.read_bytes() == first


# Files, whole or not at all


@pytest.mark.parametrize("data", [b"", b"\x00\xff", "नमस्ते".encode() * 1_000])
def test_bytes_are_written_as_they_are_and_nothing_else_is_left(tmp_path, data):
    for turn in (b"before", data):
        write_bytes(tmp_path / "deep" / "er" / "a.bin", turn)
    assert (tmp_path / "deep" / "er" / "a.bin").read_bytes() == data
    assert [p.name for p in (tmp_path / "deep" / "er").iterdir()] == ["a.bin"]


def texts(rows: int) -> pa.Table:
    languages = ["ar", "he", "fa", "hi", "zh", "ja", "ko", "el", "uk"]
    words = ["سلام", "שלום", "می‌روم", "नमस्ते", "你好", "こんにちは", "안녕", "Γεια", "Привіт"]
    return pa.table(
        {
            "language": [languages[n % 9] for n in range(rows)],
            "where": [f"{words[n % 9]} {n}" for n in range(rows)],
            "reason": ["x"] * rows,
            "detail": [None if n % 2 else "y" for n in range(rows)],
        },
        schema=schema.REJECTED,
    )


def test_a_table_comes_back_and_the_same_table_gives_the_same_bytes(tmp_path):
    for name in ("a.parquet", "b.parquet"):
        write_table(tmp_path / name, texts(5_000))
    assert pq.read_table(tmp_path / "a.parquet").equals(texts(5_000))
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert pq.ParquetFile(tmp_path / "a.parquet").metadata.num_row_groups == 3  # of 2,000 rows
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("what", ["write_bytes(path, os.urandom(1 << 20))", "write_table(path, table)"])
def test_a_full_disk_leaves_what_was_there_and_says_so(tmp_path, what):
    # A limit on the size of files stands in for the end of a disk: the system refuses the write in the same way.
    program = f"""
        import os, resource, signal, sys
        import pyarrow as pa
        from pathlib import Path
        from polypref.errors import UserError
        from polypref.files.atomic import write_bytes, write_table
        path = Path(sys.argv[1])
        table = pa.table({{"a": [os.urandom(1 << 20).hex()]}})
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
        try:
            {what}
        except UserError as error:
            print(error)
    """
    path = tmp_path / "a.parquet"
    path.write_bytes(b"as it was")
    out = output_of(child(program, path))
    assert out.startswith(f"cannot write {path}: ")
    assert "free some space" in out
    assert path.read_bytes() == b"as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["a.parquet"]


def test_a_file_that_is_there_is_whole_whenever_the_writer_is_killed(tmp_path):
    program = """
        import sys
        from pathlib import Path
        from polypref.files.atomic import write_bytes
        n = 0
        while True:
            write_bytes(Path(sys.argv[1]) / f"{n % 3}.bin", bytes([n % 256]) * 3_000_000)
            print(n, flush=True)
            n += 1
    """
    for wait in range(3):
        writer = child(program, tmp_path)
        assert writer.stdout is not None
        for _ in range(3 + wait):
            writer.stdout.readline()
        time.sleep(wait / 500)
        writer.kill()
        writer.communicate()
        for path in tmp_path.glob("[0-9].bin"):
            data = path.read_bytes()
            assert len(data) == 3_000_000
            assert len(set(data)) == 1


# A stage's folder


def test_a_stage_is_done_when_its_record_is_written(tmp_path):
    with Store(tmp_path / ".polypref", "data") as store:
        stage = store.stage("pair", 1, Settings(), ["abc"])
        assert stage.done is None
        write_table(stage.part("pairs", 10), texts(1))
        write_table(stage.part("pairs", 2), texts(1))
        write_table(stage.part("rejected", 0), texts(1))
        assert [p.name for p in stage.parts("pairs")] == ["pairs-00002.parquet", "pairs-00010.parquet"]
        stage.finish({"funnel": [{"language": "ko", "rows": 3}]})
        again = store.stage("pair", 1, Settings(), ["abc"])
        assert again.path == stage.path
        assert again.done == {"funnel": [{"language": "ko", "rows": 3}]}
        assert len(again.parts("pairs")) == 2


def test_whatever_goes_in_names_another_folder(tmp_path):
    with Store(tmp_path, "data") as store:
        own = ("pair", 1, Settings(), ["abc"])
        others = [("rate", *own[1:]), ("pair", 2, *own[2:]), (*own[:2], Settings(share=0.1), own[3]), (*own[:3], ["b"])]
        folders = [store.stage(*inputs) for inputs in (own, *others)]
    assert len({s.path for s in folders}) == len({s.fingerprint for s in folders}) == 5


def test_leftovers_of_a_killed_run_are_cleared_and_whole_parts_stay(tmp_path):
    with Store(tmp_path, "data") as store:
        stage = store.stage("read", 1, None, None)
        write_table(stage.part("rows", 0), texts(1))
    (stage.path / ".rows-00001.parquet.123.tmp").write_bytes(b"PAR1 half")
    (stage.path / ".folder.tmp").mkdir()
    (stage.path / ".folder.tmp" / "x").write_text("x")
    (tmp_path / ".digests.json.123.tmp").write_text("{")
    with Store(tmp_path, "data") as store:
        stage = store.stage("read", 1, None, None)
    assert sorted(p.name for p in stage.path.iterdir()) == ["rows-00000.parquet"]
    assert not list(tmp_path.glob(".*.tmp"))


# The working folder


HOLD = """
    import sys
    from pathlib import Path
    from polypref.errors import UserError
    from polypref.files.store import Store
    try:
        store = Store(Path(sys.argv[1]), sys.argv[2])
        print("held", flush=True)
        sys.stdin.readline()
    except UserError as error:
        print(error)
"""


def test_a_second_process_is_turned_away_until_the_first_is_gone(tmp_path):
    root = tmp_path / "out" / ".polypref"
    with Store(root, "data"):
        assert output_of(child(HOLD, root, "data", stdin=subprocess.PIPE)).startswith(
            f"{tmp_path / 'out'} is in use by another polypref process"
        )
        with pytest.raises(UserError, match="in use"):
            Store(root, "data")
    holder = child(HOLD, root, "data", stdin=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UserError, match="in use"):
        Store(root, "data")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    Store(root, "data").close()


def test_a_folder_of_another_build_is_left_alone(tmp_path):
    with Store(tmp_path / ".polypref", "aya-ml") as store:
        store.stage("read", 1, {}, {}).finish({})
    with pytest.raises(
        UserError, match=r"holds the build 'aya-ml', not 'uk-only'; choose another folder \(out= or --out\)"
    ):
        Store(tmp_path / ".polypref", "uk-only")
    Store(tmp_path / ".polypref", "aya-ml").close()  # and nobody holds it after the refusal


@pytest.mark.parametrize("kept", [".polypref/responses.sqlite", "provenance.json", ".polypref/read-1/done.json"])
def test_a_folder_is_another_builds_once_something_came_of_it(tmp_path, kept):
    with Store(tmp_path / ".polypref", "misspelt") as store:
        store.stage("read", 1, {}, {})
    Store(tmp_path / ".polypref", "mended").close()
    with pytest.raises(UserError, match="holds the build 'mended', not 'misspelt'"):
        (tmp_path / kept).parent.mkdir(exist_ok=True)
        (tmp_path / kept).write_text("{}")
        Store(tmp_path / ".polypref", "misspelt")


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00\x00", '"data"', "\udcff"])
def test_a_damaged_record_is_one_sentence(tmp_path, content):
    Store(tmp_path, "data").close()
    (tmp_path / "build.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    for _ in range(2):  # the second time too: the lock is given back
        with pytest.raises(UserError, match=r"build\.json is damaged"):
            Store(tmp_path, "data")


def test_a_root_that_cannot_be_a_folder_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    for root in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError, match="cannot write"):
            Store(root, "data")


# Digests of input files


def test_a_digest_is_the_sha256_of_the_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert file_digest(tmp_path / "a") == known
    with Store(tmp_path / "root", "data") as store:
        assert store.digest(tmp_path / "a") == known


@pytest.mark.parametrize("name", ["missing.jsonl", ".", "missing/a.jsonl"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, name):
    with Store(tmp_path / "root", "data") as store, pytest.raises(UserError, match="cannot read"):
        store.digest(tmp_path / name)


def test_an_old_unchanged_file_is_not_read_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    os.utime(path, (OLD, OLD))
    with Store(tmp_path / "root", "data") as store:
        first = store.digest(path)
    with path.open("r+b") as file:
        file.write(b"two")
    os.utime(path, (OLD, OLD))
    with Store(tmp_path / "root", "data") as store:
        assert store.digest(path) == first  # taken from the memo: size, time and inode are as they were
        os.utime(path, (OLD, OLD + 1))
        assert store.digest(path) == file_digest(path) != first
        path.write_bytes(b"other")
        os.utime(path, (OLD, OLD))
        assert store.digest(path) == file_digest(path)


def test_a_file_of_this_moment_is_read_again(tmp_path):
    path = tmp_path / "a"
    with Store(tmp_path / "root", "data") as store:
        path.write_bytes(b"one")
        now = path.stat().st_mtime_ns
        store.digest(path)
        with path.open("r+b") as file:
            file.write(b"two")
        os.utime(path, ns=(now, now))  # as on a file system whose clock has not ticked in between
        assert store.digest(path) == file_digest(path)


def test_a_file_name_that_is_not_utf8_is_a_name_too(tmp_path):
    path = tmp_path / os.fsdecode(b"d\xe9j\xe0.jsonl")
    path.write_bytes(b"{}")
    os.utime(path, (OLD, OLD))
    with Store(tmp_path / "root", "data") as store:
        assert store.digest(path) == store.digest(path) == file_digest(path)
        assert str(path) in (read_json(tmp_path / "root" / "digests.json") or {})

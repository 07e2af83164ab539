"""Arrays are kept whole in a folder of the user's own, and computed wherever they cannot be."""

import io
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from polypref.files.array_cache import kept_arrays


class Computing:
    """Gives the same arrays each time, and counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        return {"numbers": np.arange(12, dtype=np.uint16).reshape(3, 4), "names": np.array(["de", "gom"])}


@pytest.fixture
def compute() -> Computing:
    return Computing()


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches"


def assert_same(arrays) -> None:
    assert arrays["numbers"].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert arrays["numbers"].dtype == np.uint16 and arrays["names"].tolist() == ["de", "gom"]


def test_arrays_are_computed_once_and_mapped_from_then_on(home, compute):
    for _ in range(3):
        arrays = kept_arrays("model-1", compute)
        assert_same(arrays)
        assert isinstance(arrays["numbers"], np.memmap) and not arrays["numbers"].flags.writeable
    assert compute.times == 1
    assert_same(kept_arrays("model-2", compute))
    assert compute.times == 2
    assert sorted(path.name for path in (home / "polypref").iterdir()) == ["model-1", "model-2"]
    assert (home / "polypref").stat().st_mode & 0o777 == 0o700


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def of_shape(shape: tuple[int, ...]) -> bytes:
    """The beginning of a file of an array."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<u2", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: flip(folder / "numbers.npy"),
        lambda folder: (folder / "numbers.npy").write_bytes(b""),
        lambda folder: (folder / "numbers.npy").write_bytes((folder / "numbers.npy").read_bytes()[:-2]),
        lambda folder: (folder / "names.npy").unlink(),
        lambda folder: (folder / "sums.json").write_text("{"),
        lambda folder: (folder / "sums.json").write_text("[]"),
        lambda folder: (folder / "sums.json").write_text("[" * 100_000),
        lambda folder: (folder / "numbers.npy").write_bytes(b"PK\x03\x04 no archive"),
        lambda folder: (folder / "numbers.npy").write_bytes(of_shape((10**30,))),
        lambda folder: np.save(folder / "numbers.npy", np.arange(12, dtype=np.int16).reshape(3, 4)),
        lambda folder: np.save(folder / "numbers.npy", np.array([{}], dtype=object)),
    ],
)
def test_damaged_arrays_are_computed_and_kept_anew(home, compute, damage):
    kept_arrays("model", compute)
    damage(home / "polypref" / "model")
    assert_same(kept_arrays("model", compute))
    assert_same(kept_arrays("model", compute))
    assert compute.times == 2
    assert [path.name for path in (home / "polypref").iterdir()] == ["model"]


def test_a_folder_that_others_may_write_into_is_not_used(home, compute):
    (home / "polypref").mkdir(parents=True)
    (home / "polypref").chmod(0o770)
    for _ in range(2):
        assert_same(kept_arrays("model", compute))
    assert compute.times == 2 and not any((home / "polypref").iterdir())


def test_a_folder_of_somebody_else_is_not_used(home, compute, monkeypatch):
    kept_arrays("model", compute)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert_same(kept_arrays("model", compute))
    assert compute.times == 2


def test_a_link_in_the_folders_place_is_not_followed(home, compute, tmp_path):
    home.mkdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (home / "polypref").symlink_to(tmp_path / "elsewhere")
    assert_same(kept_arrays("model", compute))
    assert not any((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("value", ["no/absolute/path", "/dev/null/caches"])
def test_where_there_is_no_folder_arrays_are_computed(compute, monkeypatch, tmp_path, value):
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    assert_same(kept_arrays("model", compute))
    assert compute.times == 1 and not any(tmp_path.iterdir())


def test_where_nothing_can_be_written_arrays_are_computed(home, compute, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    assert_same(kept_arrays("model", compute))
    assert not any((home / "polypref").iterdir())


def test_many_at_once_keep_one(home, compute):
    with ThreadPoolExecutor(8) as pool:
        for arrays in pool.map(lambda _: kept_arrays("model", compute), range(16)):
            assert_same(arrays)
    assert [path.name for path in (home / "polypref").iterdir()] == ["model"]


def test_headers_are_parsed_by_one_thread_at_a_time(home, compute, monkeypatch):
    kept_arrays("model", compute)
    load, inside, most = np.load, [], []

    def slow_load(*parameters: object, **named: object) -> object:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.005)
        array = load(*parameters, **named)
        inside.pop()
        return array

    monkeypatch.setattr(np, "load", slow_load)
    with ThreadPoolExecutor(4) as pool:
        for arrays in pool.map(lambda _: kept_arrays("model", compute), range(8)):
            assert_same(arrays)
    assert max(most) == 1


def test_a_parser_that_another_thread_disturbed_costs_a_computation_only(home, compute, monkeypatch):
    kept_arrays("model", compute)

    def disturbed(*_: object, **__: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch (before=42, after=39)")

    monkeypatch.setattr(np, "load", disturbed)
    assert_same(kept_arrays("model", compute))
    assert compute.times == 2


def test_what_a_stopped_process_left_goes(home, compute):
    kept_arrays("model-1", compute)
    for name, age in ((".new-old", 10**9), (".new-now", None)):
        (home / "polypref" / name).mkdir()
        if age:
            os.utime(home / "polypref" / name, (age, age))
    kept_arrays("model-2", compute)
    assert sorted(path.name for path in (home / "polypref").iterdir()) == [".new-now", "model-1", "model-2"]


@pytest.mark.parametrize("byte", range(100))
def test_whatever_byte_of_a_header_is_damaged_arrays_are_computed_anew(home, compute, byte):
    kept_arrays("model", compute)
    path = home / "polypref" / "model" / "numbers.npy"
    whole = path.read_bytes()
    path.write_bytes(whole[:byte] + b"(" + whole[byte + 1 :])
    assert_same(kept_arrays("model", compute))
    assert path.read_bytes() == whole

"""Builds that are killed or interrupted: the same command goes on and ends with the same bytes.

Kills at random moments are in tests/faults.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from polypref import UserError, load
from polypref.files.atomic import file_digest
from polypref.release import placing
from tests.processes import gone, workers_of

SCRIPT = "tests/scripts/pool.py"


@pytest.fixture(scope="module")
def pool(tmp_path_factory, make_pool) -> Path:
    return make_pool(tmp_path_factory.mktemp("faults") / "pool", 125)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, polypref, pool) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    polypref(*words(pool, out, 1))
    assert len(list(out.glob(".polypref/filter-*/filtered-*.parquet"))) > 4, "the test needs several buckets"
    return out


def words(pool: Path, out: Path, workers: int) -> list[object]:
    return ["build", SCRIPT, "--source", pool, "--out", out, "--workers", workers, "--no-identify"]


def wait_for(out: Path, pattern: str, process: subprocess.Popen[str]) -> None:
    """Until a file of the build's store is there, looked for every millisecond."""
    while not any((out / ".polypref").glob(pattern)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.001)


PLACES = (
    "*/build.json",
    "*/digests.json",
    "*/read-*/completions-00002-00000.parquet",
    "*/read-*/job-00001.json",
    "*/read-*/done.json",
    "*/index-*/index-00003.parquet",
    "*/index-*/done.json",
    "*/pair-*/rejected-00002.parquet",
    "*/pair-*/pairs-00004.parquet",
    "*/filter-*/filtered-00000.parquet",
    "*/filter-*/done.json",
    "*/balance-*/ranked-00001.parquet",
    "*/balance-*/done.json",
    "*/folder/data/de/test-*",
    "*/folder/README.md",
    "*/folder/provenance.json",
    "*/out/data",
    "*/out/README.md",
    "*/out/provenance.json",
)


def is_whole(out: Path) -> bool:
    """Whether all that provenance lists is there; without provenance there is no dataset."""
    if not (out / "provenance.json").exists():
        return False
    files = json.loads((out / "provenance.json").read_text("utf-8"))["files"]
    assert all(file_digest(out / name) == facts["sha256"] for name, facts in files.items())
    assert {str(p.relative_to(out)) for p in out.glob("data/*/*")} == set(files)
    return True


@pytest.mark.slow
def test_killed_where_files_get_their_names(tmp_path, polypref, pool, undisturbed, contents):
    out = tmp_path / "out"
    for place in PLACES:
        for moment in ("before", "after"):
            done = polypref(*words(pool, out, 1), expect=None, POLYPREF_TEST_CRASH=f"{place}:{moment}")
            # After a place is passed it is not met again, unless what it belongs to is made again as a whole.
            assert done.returncode in (0, -signal.SIGKILL), done.stderr
            assert is_whole(out) == ((place, moment) == ("*/out/provenance.json", "after"))
    polypref(*words(pool, out, 1))
    assert contents(out) == contents(undisturbed)


@pytest.mark.slow
def test_a_dataset_is_replaced_by_a_whole_one(tmp_path, polypref, pool, undisturbed, contents):
    """The old dataset stays until the new one is on the disk; killed after that, the folder is known to hold none."""
    old, new = tmp_path / "old" / "out", tmp_path / "new" / "out"
    polypref(*words(pool, old, 1), "--test", 0.5)
    shutil.copytree(old, new)
    polypref(*words(pool, old, 1))
    assert contents(old) == contents(undisturbed) != contents(new)
    crashes = [
        f"*/out/{name}:{moment}" for name in ("data", "README.md", "provenance.json") for moment in ("before", "after")
    ]
    for number, crash in enumerate(["*/folder/provenance.json:after", *crashes]):
        out = tmp_path / f"{number}" / "out"
        shutil.copytree(old, out)
        again = [*words(pool, out, 1), "--test", 0.5]
        assert polypref(*again, expect=-signal.SIGKILL, POLYPREF_TEST_CRASH=crash).stdout == ""
        if crash.startswith("*/folder/"):
            assert contents(out) == contents(old), crash
        else:
            assert not placing.is_whole(out), crash
            if crash == "*/out/provenance.json:after":
                load(out).inspect()
            else:
                with pytest.raises(UserError, match=r"was stopped while|build it again$|no provenance.json"):
                    load(out).inspect()
        polypref(*again)
        assert placing.is_whole(out)
        assert contents(out) == contents(new), crash


@pytest.mark.parametrize(
    ("whom", "moment", "workers"),
    [
        pytest.param("all", "pair-*/pairs-00001.parquet", 2, marks=pytest.mark.slow),
        pytest.param("first", "filter-*/filtered-0*.parquet", 2, marks=pytest.mark.slow),
        ("all", "index-*", 1),
    ],
)
def test_interrupted(tmp_path, start, polypref, pool, undisturbed, contents, whom, moment, workers):
    """Ctrl-C reaches every process of a terminal; `kill -INT` the first one alone."""
    out = tmp_path / "out"
    process = start(*words(pool, out, workers))
    wait_for(out, moment, process)
    (os.killpg if whom == "all" else os.kill)(process.pid, signal.SIGINT)
    printed, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stderr.splitlines()[-1] == "polypref: interrupted; what is done is kept, the same command goes on"
    assert "Traceback" not in stderr and printed == ""
    assert gone(process.pid)
    assert not (out / "provenance.json").exists()
    polypref(*words(pool, out, 1))
    assert contents(out) == contents(undisturbed)


@pytest.mark.slow
def test_workers_end_when_the_first_process_is_killed(tmp_path, start, polypref, pool, undisturbed, contents):
    out = tmp_path / "out"
    process = start(*words(pool, out, 2))
    wait_for(out, "pair-*/pairs-*.parquet", process)
    workers = workers_of(process.pid)
    process.kill()
    process.wait()
    polypref(*words(pool, out, 1))
    assert contents(out) == contents(undisturbed)
    assert len(workers) == 2
    assert gone(process.pid)


def test_a_killed_worker(tmp_path, start, polypref, pool, undisturbed, contents):
    """As when the machine runs out of memory."""
    out = tmp_path / "out"
    process = start(*words(pool, out, 2))
    wait_for(out, "pair-*/pairs-*.parquet", process)
    os.kill(workers_of(process.pid)[0], signal.SIGKILL)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 2
    last = stderr.splitlines()[-1]
    # Its exit code goes to whoever waits for the process first.
    assert re.match(r"polypref: stage '.*: a worker process (was killed|ended without a word)", last)
    assert "Traceback" not in stderr
    polypref(*words(pool, out, 1))
    assert contents(out) == contents(undisturbed)

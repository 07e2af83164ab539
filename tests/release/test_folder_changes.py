"""A folder that somebody builds, or changes, while it is released."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from .helpers import ROOT, SCRIPT, write_pool

BUILD = """
import subprocess, sys
from pathlib import Path
import polypref.release.publish as publish
real = publish.{step}
def later(*words, **options):
    done = subprocess.run(
        [sys.executable, "-m", "polypref.cli", "build", {script!r}, "--source", {pool!r}, "--out", {out!r}, "--quiet"],
        capture_output=True, text=True,
    )
    print(done.returncode, done.stderr)
    return real(*words, **options)
publish.{step} = later
publish.release(Path({out!r}), {repo!r})
"""

CHANGE = """
import os
from pathlib import Path
from polypref.errors import UserError
import polypref.release.publish as publish
real = publish.{step}
def later(*words, **options):
    for path in Path({out!r}).glob("data/de/*.parquet"):
        other = path.with_name("new")
        other.write_bytes(next(Path({out!r}).glob("data/he/*.parquet")).read_bytes())
        other.replace(path)
    return real(*words, **options)
publish.{step} = later
try:
    publish.release(Path({out!r}), {repo!r}, public={public})
    print("released")
except UserError as error:
    print("refused:", error)
"""


@pytest.fixture
def own(built, tmp_path):
    """A copy of the built folder that a test may spoil."""
    return shutil.copytree(built, tmp_path / "out")


@pytest.mark.slow
def test_a_build_waits_for_a_release_that_is_under_way(own, cli, hub, tmp_path):
    """Between the check and the upload, where another build would once have put other files under the same names."""
    name, pool = cli.new_name(), write_pool(tmp_path / "pool", seed=9)
    before = {path: path.read_bytes() for path in own.rglob("data/*/*")}
    words = {"script": str(SCRIPT), "pool": str(pool), "out": str(own), "repo": name}
    output = cli.python(BUILD.format(step="_carry_out", **words))
    assert f"\n2 polypref: {own} is in use by another polypref process (release); wait for it or choose" in output
    repo = hub.repo("datasets", name)
    assert repo.tags == {"v1.0.0": repo.commits[-1].sha}
    sent = repo.files("v1.0.0")
    assert {str(path.relative_to(own)): data for path, data in before.items()} == {
        path: data for path, data in sent.items() if path.startswith("data/")
    }
    # And when it is over the folder is free again.
    env = cli.env(None)
    done = subprocess.run(
        [sys.executable, "-m", "polypref.cli", "build", SCRIPT, "--source", pool, "--out", own, "--quiet"],
        cwd=ROOT, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("public", [False, True])
@pytest.mark.parametrize("step", ["make_plan", "_carry_out", "verify_release"])
def test_files_that_change_under_a_release_are_never_tagged(own, cli, hub, step, public):
    """With no lock to stop it, as by another program: digests of what was checked count, not what lies there now."""
    name = cli.new_name()
    output = cli.python(CHANGE.format(step=step, out=str(own), repo=name, public=public))
    assert output.splitlines()[-1].startswith("refused: ") and "changed while it was being released" in output
    repo = hub.repos.get(("datasets", name))
    assert repo is None or not repo.tags
    if step == "verify_release":
        sent = repo.files(repo.commits[-1].sha)
        record = json.loads(sent["provenance.json"])
        assert all(len(sent[path]) == facts["bytes"] for path, facts in record["files"].items())

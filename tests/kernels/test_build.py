"""The library is compiled whole or not at all, and a wheel has it where there is a compiler."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from polypref.kernels import build
from tests.conftest import ROOT


def test_where_nothing_compiles_there_is_a_reason_and_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", f"{tmp_path}/none")
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: f"{tmp_path}/none")
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "library").write_bytes(b"as it was")
    assert build.compile_library(tmp_path / "library")
    assert [path.name for path in tmp_path.iterdir()] == ["library"]
    assert (tmp_path / "library").read_bytes() == b"as it was"


def test_the_digest_is_of_every_source_and_of_the_flags(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    digests = [build.sources_digest()]
    for name in ("a.c", "b.c", "a.h"):
        (tmp_path / name).write_text("int x;")
        digests.append(build.sources_digest())
    (tmp_path / "a.c").rename(tmp_path / "c.c")
    digests.append(build.sources_digest())
    monkeypatch.setattr(build, "_FLAGS", (*build._FLAGS, "-O1"))
    digests.append(build.sources_digest())
    assert len(set(digests)) == 6 and all(len(one) == 16 for one in digests)


@pytest.mark.parametrize(
    ("platform", "tag"),
    [
        ("linux-x86_64", "linux_x86_64"),
        ("macosx-10.9-universal2", "macosx_10_9_universal2"),
        ("macosx-11.0-arm64", "macosx_11_0_arm64"),
        # Of these installers know no other minor release.
        ("macosx-14.4-arm64", "macosx_14_0_arm64"),
        ("macosx-26-arm64", "macosx_26_0_arm64"),
    ],
)
def test_a_wheel_is_tagged_as_installers_name_the_platform(platform, tag):
    pytest.importorskip("hatchling", reason="needs hatchling: pip install -e '.[dev]'")
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    hook = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(hook)
    assert hook.platform_tag(platform) == tag


def wheel(folder: Path, **more: str) -> Path:
    """Builds a wheel of this clone, with what the environment says."""
    pytest.importorskip("hatchling", reason="needs hatchling: pip install -e '.[dev]'")
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(words, cwd=ROOT, env=os.environ | more, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.mark.slow
def test_a_wheel_holds_the_library_for_its_platform_or_is_one_of_python_alone(tmp_path):
    alone = wheel(tmp_path / "alone", POLYPREF_KERNELS="off")
    assert alone.name.endswith("-py3-none-any.whl")
    assert f"polypref/kernels/{build.NAME}" not in zipfile.ZipFile(alone).namelist()
    if build.compile_library(tmp_path / "library"):
        pytest.skip("no compiler")
    path = wheel(tmp_path / "native")
    names = zipfile.ZipFile(path).namelist()
    assert "-py3-none-" in path.name and not path.name.endswith("-any.whl")
    assert {f"polypref/kernels/{build.NAME}", "polypref/kernels/library.c", "polypref/kernels/kernels.h"} <= set(names)

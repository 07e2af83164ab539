"""The whole loop, on few steps: each step hands on to the next, and a second run does nothing anew."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quickstart import steps
from tests.conftest import environment

ROOT = Path(__file__).resolve().parents[2]
SHORT = steps.Settings(held_out=4, data_groups=3, samples=3, epochs=1, hidden=32, vocabulary=1500, max_tokens=8)


@pytest.mark.slow
def test_short_loop_runs_and_a_second_run_does_nothing_anew(tmp_path, contents):
    """Few steps: what the answers are plays no part, only that every step hands on to the next."""
    pytest.importorskip("trl", reason="needs TRL: pip install -e '.[dev]', or make test-slow")

    def loop(out: Path | str, cwd: Path) -> subprocess.CompletedProcess[str]:
        code = (
            "from pathlib import Path; from quickstart import steps; from quickstart.__main__ import run_loop;"
            f"run_loop(Path({str(out)!r}), steps.Settings(**{SHORT.__dict__!r}))"
        )
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, cwd=cwd, env=environment(), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    first = loop(tmp_path / "run", ROOT)
    assert "pass 1 of 1, loss" in first.stdout, "supervised training says how far it is"
    assert "macro average" in first.stdout and "It shows no language ability" in " ".join(first.stdout.split())
    results = tmp_path / "run" / "evaluation" / "results.json"
    (compared,) = json.loads(results.read_text("utf-8"))["comparisons"]
    assert len(compared["rows"]) == 23 and compared["average"]["groups"] == 4
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*.safetensors")}
    assert len(written) == 2
    before = contents(tmp_path / "run" / "evaluation")
    second = loop(tmp_path / "run", ROOT)
    assert "nothing to do for" in second.stdout and " answers " not in second.stderr, "nothing is asked anew"
    assert {path: path.stat().st_mtime_ns for path in written} == written
    assert contents(tmp_path / "run" / "evaluation") == before
    # The same model in a folder elsewhere, named by a path from where one is: the same dataset, byte for byte.
    shutil.copytree(tmp_path / "run" / "sft", tmp_path / "else" / "where" / "sft")
    shutil.copy(tmp_path / "run" / "settings.json", tmp_path / "else" / "where")
    loop("where", tmp_path / "else")
    assert contents(tmp_path / "else" / "where" / "dataset") == contents(tmp_path / "run" / "dataset")
    elsewhere = tmp_path / "else" / "where" / "evaluation" / "results.json"
    (again,) = json.loads(elsewhere.read_text("utf-8"))["comparisons"]
    for row, other in zip(compared["rows"], again["rows"], strict=True):
        assert row["other_fidelity"] == other["other_fidelity"] and row["other_length"] == other["other_length"]

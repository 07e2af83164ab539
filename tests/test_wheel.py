"""The wheel, installed apart and used in a folder that is no clone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the wheel's files, to stand before all else on Python's path."""
    pytest.importorskip("hatchling", reason="needs hatchling: pip install -e '.[dev]', or make test-slow")
    folder = tmp_path_factory.mktemp("wheel")
    for words in (
        ["hatchling", "build", "--target", "wheel", "--directory", str(folder / "dist")],
        ["pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(folder / "site"), "DIST"],
    ):
        words = [str(next((folder / "dist").glob("*.whl"))) if word == "DIST" else word for word in words]
        done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


def run(site: Path, folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    own = environment(PYTHONPATH=str(site), HF_HOME=str(folder / "home"), HF_EVALUATE_OFFLINE="1")
    done = subprocess.run([sys.executable, *words], cwd=folder, env=own, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_what_is_imported_is_the_wheels(installed, elsewhere):
    code = (
        "import polypref\n"
        "from polypref.scripting.shipped import shipped_folder\n"
        "print(polypref.__file__, shipped_folder('builders'), sep='\\n')"
    )
    module, builders = run(installed, elsewhere, "-c", code).stdout.splitlines()
    assert module == str(installed / "polypref" / "__init__.py")
    assert builders == str(installed / "polypref" / "_shipped" / "builders")


def test_a_ready_made_builder_by_its_bare_name_with_its_card(installed, elsewhere):
    done = run(installed, elsewhere, "-m", "polypref", "build", "quickstart", "--languages", "de,he", "--quiet")
    assert done.stdout.startswith("wrote build/polypref-quickstart: ml-23 20 training pairs")
    assert "Twelve everyday prompts" in (elsewhere / "build/polypref-quickstart/README.md").read_text("utf-8")
    wrong = run(installed, elsewhere, "-m", "polypref", "build", "quikstart", code=2).stderr
    assert "no builder script at quikstart; did you mean quickstart?" in wrong
    assert "prompts" in run(installed, elsewhere, "-m", "polypref", "build", "aya_preferences", "--help").stdout


def test_pairs_are_built_of_a_file_without_a_script(installed, elsewhere):
    rows = [
        json.dumps({"q": f"Wie backe ich Brot Nummer {n}?", "y": f"Etwa {n} Minuten lang.", "n": f"Gar nicht, {n}."})
        for n in range(8)
    ]
    (elsewhere / "rows.jsonl").write_text("\n".join(rows), "utf-8")
    words = ("--source", "rows.jsonl", "--prompt", "q", "--chosen", "y", "--rejected", "n", "--language", "de")
    done = run(installed, elsewhere, "-m", "polypref", "build", "pairs", *words, "--quiet")
    assert done.stdout.startswith("wrote build/rows: all 8 training pairs") and "no card was found" not in done.stdout
    assert "labels` 1 says" in run(installed, elsewhere, "-m", "polypref", "layouts", "shp").stdout
    shown = run(installed, elsewhere, "-m", "polypref", "look", "rows.jsonl").stdout
    assert "no layout that is known fits" in shown


def test_a_new_builder_builds_at_once(installed, elsewhere):
    run(installed, elsewhere, "-m", "polypref", "new", "mine")
    done = run(installed, elsewhere, "-m", "polypref", "build", "mine.py", "--quiet")
    assert done.stdout.startswith("wrote build/mine: all 30 training pairs, small 15 training pairs")
    assert "no card was found" not in done.stdout


def test_training_is_there_with_its_recipes(installed, elsewhere):
    stdout = run(installed, elsewhere, "-m", "polypref", "train", "--config", "dang_dpo", "--help").stdout
    assert "--held_out_languages" in stdout and "dang_rloo" in stdout and "CohereLabs/aya-23-8B" in stdout
    wrong = run(installed, elsewhere, "-m", "polypref", "train", "--config", "dang_dop", code=2).stderr
    assert "did you mean dang_dpo?" in wrong


def test_what_an_extra_lacks_is_named_by_its_packages(installed, elsewhere):
    (elsewhere / "without").mkdir(exist_ok=True)
    (elsewhere / "without" / "ray.py").write_text("raise ImportError", "utf-8")
    path = os.pathsep.join([str(elsewhere / "without"), str(installed)])
    words = ["-m", "polypref", "build", "quickstart", "--engine", "ray", "--out", "none"]
    own = environment(PYTHONPATH=path)
    done = subprocess.run([sys.executable, *words], cwd=elsewhere, env=own, capture_output=True, text=True)
    assert done.stderr == "polypref: engine='ray' (--engine ray) needs Ray; run: pip install 'ray[data]<2.64,>=2.60'\n"


def test_metrics_are_loaded_by_their_path(installed, elsewhere):
    pytest.importorskip("evaluate", reason="needs evaluate: pip install -e '.[dev]', or make test-slow")
    code = (
        "import evaluate, json, polypref\n"
        "metric = evaluate.load(polypref.metrics.path('win_rate'))\n"
        "scores = [[1.0, 1.0], [0.0, 0.0], [1.0, 1.0], [1.0, 1.0]]\n"
        "found = metric.compute(predictions=scores, languages=['he'] * 4, groups=list('abcd'))\n"
        "print(json.dumps(found['win_rate']))"
    )
    assert json.loads(run(installed, elsewhere, "-c", code).stdout) == 0.75

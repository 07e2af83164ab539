"""What stands beside the code: the citation, the lock file, and what CI and pre-commit run."""

import re
import tomllib
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import yaml
from packaging.utils import canonicalize_name

from polypref import __version__

from .conftest import ROOT
from .locked import wanted

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read_yaml(path: Any) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8"))  # type: ignore[no-any-return]


def test_the_citation_is_of_this_version_and_of_the_paper():
    citation = read_yaml(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)  # what the format asks for
    assert citation["version"] == __version__ and citation["license"] == PROJECT["license"]
    assert [one["value"] for one in citation["references"][0]["identifiers"]] == ["arXiv:2407.02552"]


@pytest.mark.parametrize("command", PROJECT["scripts"])
def test_an_installed_command_begins_with_a_function_that_is_there(command):
    assert callable(EntryPoint(command, PROJECT["scripts"][command], "console_scripts").load())


LOCK = (ROOT / "requirements-dev.lock").read_text("utf-8").splitlines()
LOCKED = dict(line.split("==") for line in LOCK if not line.startswith("#"))


def test_the_lock_file_holds_every_dependency_within_its_bounds():
    asked = wanted("dev")
    missing = [one.name for one in asked if canonicalize_name(one.name) not in LOCKED]
    assert not missing, "run make lock"
    outside = [str(one) for one in asked if LOCKED[canonicalize_name(one.name)] not in one.specifier]
    assert not outside, "run make lock"


def test_the_lock_file_has_one_version_a_line_and_no_address():
    lines = [line for line in LOCK if not line.startswith("#")]
    assert lines == sorted(lines, key=lambda line: line.split("==")[0]) and len(lines) == len(LOCKED)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.]*", line) for line in lines)
    assert "://" not in "".join(LOCK) and "--index" not in "".join(LOCK)


def targets(path: Any) -> set[str]:
    """What the steps of a workflow ask make for, with the values of a matrix filled in."""
    names: set[str] = set()
    for job in read_yaml(path)["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        for step in job["steps"]:
            for name in re.findall(r"\bmake (\$\{\{ matrix\.\w+ \}\}|\S+)", step.get("run", "")):
                names.update(matrix[name.split()[1].removeprefix("matrix.")] if name.startswith("$") else [name])
    return names


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_targets_that_the_makefile_has(path):
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    assert targets(path) and targets(path) <= set(phony.split())


@pytest.mark.parametrize("name", ["AGENTS.md", "CONTRIBUTING.md"])
def test_targets_that_a_document_names_are_there(name):
    (phony,) = re.findall(r"(?m)^\.PHONY: (.*)$", MAKEFILE)
    text = (ROOT / name).read_text("utf-8")
    assert set(re.findall(r"(?m)(?:^|`)make ([a-z-]+)", text)) <= set(phony.split())


def test_the_page_for_agents_names_every_folder_of_the_package():
    text = (ROOT / "AGENTS.md").read_text("utf-8")
    (named,) = re.findall(r"(?s)`polypref/` the library: (.*?)\. Beside it", text)
    folders = {path.parent.name for path in (ROOT / "polypref").glob("*/__init__.py")}
    folders.discard("loop")  # an old name of quickstart/, until 1.0
    assert folders == set(re.findall(r"`(\w+)`", named))


def test_the_table_for_contributors_names_every_folder_and_no_other():
    (table,) = re.findall(r"(?m)^\| folder \| what \|\n((?:\|.*\n)+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    rows = [row.split("|")[1] for row in table.splitlines()[1:]]
    named = [name.rstrip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row)]
    package = {path.parent for path in (ROOT / "polypref").rglob("__init__.py")}
    data = {path.parent for path in (ROOT / "polypref" / "data").glob("*/*") if path.is_file()}
    beside = {
        path.parent for path in ROOT.glob("*/*.*") if path.suffix in (".py", ".md") and path.parent.name[0] != "."
    }
    # Metrics have a folder each, as `evaluate.load` asks for.
    wanted = {str(path.relative_to(ROOT)) for path in package | data | beside if path.parent.name != "metrics"}
    assert sorted(named) == sorted(wanted)


def test_the_workflows_run_all_that_can_be_tested_and_every_python_that_is_promised():
    # Not test-vllm, which takes several GB: it is run by hand.
    all_of_them = {
        "lint",
        "test",
        "test-core",
        "test-minimum",
        "test-slow",
        "test-ray",
        "test-models",
        "test-browser",
        "faults",
        "dist",
    }
    assert set().union(*map(targets, WORKFLOWS)) >= all_of_them
    pythons = read_yaml(ROOT / ".github/workflows/tests.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert set(promised) <= set(pythons) and f">={pythons[0]}" == PROJECT["requires-python"]


def test_pre_commit_runs_what_make_lint_runs():
    hooks = [one for repo in read_yaml(ROOT / ".pre-commit-config.yaml")["repos"] for one in repo["hooks"]]
    ours = {hook["entry"].split()[0] for hook in hooks if hook["language"] == "system"}
    lint = re.search(r"(?m)^lint: .*\n((?:\t.*\n)+)", MAKEFILE)
    assert lint and ours == {f".venv/bin/{name}" for name in re.findall(r"\$\(BIN\)/(\w+)", lint[1])}

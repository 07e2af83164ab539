"""The import lines of README and CONTRIBUTING, in blocks and within sentences, each run by itself."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import polypref
from tests.conftest import ROOT, environment
from tests.forks import Forks

DOCUMENTS = ("README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
_NAME = r"[A-Za-z_][\w.]*"
_LINE = re.compile(rf"(?:from {_NAME} import [\w, ]+|import {_NAME})(?: as \w+)?")


def import_lines(text: str) -> list[str]:
    """The import lines of a document: in a fenced block of Python, and within single backticks."""
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```", text)
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    lines = [line.strip() for block in blocks for line in block.splitlines()] + spans
    return list(dict.fromkeys(line for line in lines if _LINE.fullmatch(line)))


LINES = [(document, line) for document in DOCUMENTS for line in import_lines((ROOT / document).read_text("utf-8"))]


def test_lines_are_seen_in_blocks_and_in_sentences() -> None:
    text = "Write `from a.b import C, D` or `b`:\n\n```python\nimport a.b as c\nprint('import x')\n```\n`import e`\n"
    assert import_lines(text) == ["import a.b as c", "from a.b import C, D", "import e"]
    assert ("CONTRIBUTING.md", "from polypref.checks import RegexCheck, FunctionCheck") in LINES
    assert ("README.md", "import polypref") in LINES


@pytest.mark.parametrize(("document", "line"), LINES)
def test_an_import_line_of_a_document_works(document: str, line: str, forks: Forks, tmp_path: Path) -> None:
    package = line.split()[1].split(".")[0]
    if package != "polypref" and importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is of an extra: make test installs it")
    out, err = tmp_path / "out", tmp_path / "err"
    code = f"import warnings\nwarnings.simplefilter('error', FutureWarning)\n{line}"
    job = {"code": code, "cwd": str(ROOT), "env": environment(), "out": str(out), "err": str(err)}
    assert forks.run(job) == 0, f"{document}: {err.read_text('utf-8')}"


@pytest.mark.parametrize("name", polypref._MODULES)
def test_a_module_of_the_face_is_imported_by_its_public_name(name: str) -> None:
    public, inside = (
        importlib.import_module(f"polypref.{name}"),
        importlib.import_module(f"polypref.{polypref._MODULES[name]}"),
    )
    assert public is inside is getattr(polypref, name)
    # It keeps the name by which it imports its neighbours.
    assert public.__spec__ is not None and public.__spec__.name == public.__name__

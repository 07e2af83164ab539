"""What tests of extending polypref share: a folder with somebody's own module, and an evaluation that names it."""

from __future__ import annotations

import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.evaluation import duel

#: Good answers bear the mark, and say it twice; there are three prompts in each language.
TAGS = ("de", "he")
GROUPS = 3


def example(module: ModuleType) -> str:
    """The code that a module's docstring shows: its indented lines."""
    lines = (module.__doc__ or "").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("    "))
    shown = [line for line in lines[first:] if line.startswith("    ") or not line.strip()]
    return textwrap.dedent("\n".join(shown))


class Folder:
    """A folder of somebody's own.

    Attributes:
        path: the folder; commands run elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        duel.write_set(path / "prompts.jsonl", groups=GROUPS)
        duel.write_answers(path / "good.jsonl", f" {duel.MARK} bitte", groups=GROUPS)
        duel.write_answers(path / "weak.jsonl", groups=GROUPS)

    def module(self, name: str, text: str) -> Path:
        """Writes a module."""
        path = self.path / f"{name}.py"
        path.write_text(textwrap.dedent(text), "utf-8")
        return path

    def config(self, **more: Any) -> Path:
        """Writes a config of two stored models."""
        models = [{"name": name, "stored": str(self.path / f"{name}.jsonl")} for name in ("good", "weak")]
        given = {"set": str(self.path / "prompts.jsonl"), "models": models, "languages": ",".join(TAGS)}
        return duel.config(self.path / "eval.yaml", **given | {"resamples": 100} | more)

    @property
    def out(self) -> Path:
        """The folder of the evaluation."""
        return self.path / "out"

    def evaluate(self, *words: object) -> None:
        """Runs `polypref evaluate` on the config."""
        duel.run("evaluate", "--config", self.path / "eval.yaml", "--out", self.out, "--quiet", *words)

    def refused(self, capsys: pytest.CaptureFixture[str], *words: object) -> str:
        """The sentence with which `polypref evaluate` is refused, without what says which code runs."""
        capsys.readouterr()
        code = duel.main(["evaluate", "--out", str(self.out), "--quiet", *map(str, words)])
        lines = [line for line in capsys.readouterr().err.splitlines() if " runs /" not in line]
        assert code == 2 and len(lines) == 1, lines
        return lines[0]

    def reports(self, capsys: pytest.CaptureFixture[str]) -> str:
        """What the evaluation refuses with, given its config."""
        return self.refused(capsys, "--config", self.path / "eval.yaml")

    def battles(self) -> list[dict[str, Any]]:
        """The rows of battles.parquet."""
        return pq.read_table(self.out / "battles.parquet").to_pylist()

    @property
    def report(self) -> str:
        """report.md."""
        return (self.out / "report.md").read_text("utf-8")

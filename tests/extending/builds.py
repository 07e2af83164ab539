"""Builders that somebody writes in a folder of their own, with parts of their own, built by the command line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from polypref.cli import main
from polypref.engines.local import Local
from polypref.errors import UserError
from polypref.files.store import Store
from polypref.pipeline.builder import declare_builder
from polypref.pipeline.run import run_builder
from polypref.scripting.loading import load_script

PROMPTS = 20
#: In this process, and in two workers; the checks of `test_check.py` go to workers in every run of the tests.
IN_WORKERS_TOO = pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
#: Small buckets, so that there are parts enough for two workers.
HEAD = """
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from polypref import schema
from polypref.cli import main
from polypref.engines.local import Local
from polypref.files.readers import Line
from polypref.inference import Failure, Model, Reply, Request, Served
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.raters.combined import Combined
from polypref.raters.contract import ratings
from polypref.raters.given import SourceRater
from polypref.stages import pool
from polypref.stages.asking import rejections
from polypref.stages.balance import Mixture, Split
from polypref.stages.checks.contract import Flag, Reject
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.own import FunctionCheck, RegexCheck
from polypref.stages.pair import PairRule

pool.BUCKET_BYTES = 1 << 13

ANSWERS = tuple(Answer(name, model=name, score=f"{name}_score") for name in ("long", "short"))
ROWS = Files(
    str(Path(__file__).with_name("rows.jsonl")), Fields("prompt", ANSWERS, language="language"), "rows", "1", "cc0-1.0"
)


@dataclass(frozen=True)
class Params:
    pass


def declared(**given) -> Builder:
    return Builder(**{
        "name": "extended", "version": "1.0.0", "card": "extended.md", "sources": (ROWS,), "filters": (),
        "mixtures": (Mixture("all"),), "split": Split(test=0),
    } | given)
"""


@dataclass
class BuiltDataset:
    """A built dataset: its rows, its provenance, the text of its card, and the folder that it is in."""

    out: Path

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [row for path in sorted(self.out.glob("data/*/*.parquet")) for row in pq.read_table(path).to_pylist()]

    @property
    def record(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads((self.out / "provenance.json").read_text("utf-8"))
        return record

    @property
    def card(self) -> str:
        return (self.out / "README.md").read_text("utf-8")

    def funnel(self, stage: str, outcome: str) -> dict[str, int]:
        """Reason -> rows, over all languages."""
        counts: dict[str, int] = {}
        for row in self.record["funnel"]:
            if (row["stage"], row["outcome"]) == (stage, outcome):
                counts[row["reason"]] = counts.get(row["reason"], 0) + row["rows"]
        return counts


@dataclass
class Extended:
    """A folder with a builder script, its card and its rows."""

    folder: Path
    polypref: Callable[..., Any]

    def __post_init__(self) -> None:
        for name in ("builders", "dataset_cards"):
            (self.folder / name).mkdir()
        (self.folder / "dataset_cards" / "extended.md").write_text(
            "## Summary\n\nA test.\n\n## Intended use\n\nNone.\n\n## Limits\n\nIt is made up.\n", "utf-8"
        )
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data())
        (self.folder / "builders" / "rows.jsonl").write_text(lines, "utf-8")

    def write(self, body: str) -> Path:
        script = self.folder / "builders" / "extended.py"
        script.write_text(HEAD + body, "utf-8")
        return script

    def build(self, body: str, workers: int = 1) -> BuiltDataset:
        """Builds what the script's body declares; `body` defines build(params).

        With one worker in this process, which is ten times as quick; with more as a command of its own.
        """
        out = self.folder / "out"
        words = ["build", str(self.write(body)), "--out", str(out), "--workers", str(workers), "--quiet"]
        if workers == 1:
            assert main(words) == 0
        else:
            self.polypref(*words)
        return BuiltDataset(out)

    def ended(self, body: str) -> str:
        """What the command line ends with where workers run it: one sentence, and no traceback."""
        out = self.folder / "refused"
        done = self.polypref("build", self.write(body), "--out", out, "--workers", 2, "--quiet", expect=2)
        lines = done.stderr.strip().splitlines()
        assert len(lines) == 1, done.stderr
        return str(lines[0].removeprefix("polypref: "))

    def refused(self, body: str) -> str:
        """The sentence by which the same is refused in this process, which is quicker."""
        with pytest.raises(UserError) as caught:
            module = load_script(str(self.write(body)))
            with Store(self.folder / "store", "extended") as store:
                run_builder(declare_builder(module, module.Params()), store, Local(1), quiet=True)
        return str(caught.value)


def data() -> Iterator[dict[str, Any]]:
    """Prompts in two languages, each with a long answer and a short one; `score` columns prefer the short one."""
    for tag, text in (("de", "Frage"), ("el", "Ερώτηση")):
        for number in range(PROMPTS):
            prompt = f"{text} {number}: {'ab ' * (5 + number)}"
            long, short = f"{number} long {'ja ' * (40 + number)}", f"{number} short"
            yield {"language": tag, "prompt": prompt, "long": long, "short": short, "long_score": 1, "short_score": 2}

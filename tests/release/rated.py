"""A build whose ratings are published, by a source's scores and a rater of its own: what tests of ratings share."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from polypref import schema
from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.layouts.sources import Answer, Fields, Files
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import run_builder
from polypref.raters.combined import Combined
from polypref.raters.given import SourceRater
from polypref.release.folder import read_provenance, write_folder
from polypref.stages.balance import Split
from polypref.stages.prompts.index import Prompts
from tests.conftest import PROSE

FIELDS = Fields(
    "q",
    (Answer("t", model_column="m", licence="cc0-1.0", score={"clear": 1, "kind": 0.5}),),
    each="replies",
    language="language",
)


@dataclass(frozen=True)
class Warmth:
    """Twice the number in the answer's text, with aspects and words."""

    name: ClassVar[str] = "warmth"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        rows = []
        for one in completions.to_pylist():
            number = float(one["text"].split()[-2])
            ids = {"prompt_id": one["prompt_id"], "completion_id": one["completion_id"]}
            rated = {"rater": "warmth", "rater_revision": "2", "score": 2 * number}
            words = {"aspects": [("warm", number), ("brief", 1.0)], "rationale": "says anna@uni-kassel.de"}
            rows.append(ids | rated | words)
        return pa.Table.from_pylist(rows, schema.RATINGS)


def rows(questions: int = 6, answers: int = 3, language: str = "en") -> list[dict[str, Any]]:
    """Answer k of question n has the number k, is by model m<k>, and scores k + 0.5 * (9 - k) at its source."""
    return [
        {"language": language, "q": f"Question number {n} of the sheet in {language}?"}
        | {
            "replies": [
                {"t": f"The reply to {n} in {language} is {k} here.", "m": f"m{k}", "clear": k, "kind": 9 - k}
                for k in range(answers)
            ]
        }
        for n in range(questions)
    ]


def builder(folder: Path, of: list[dict[str, Any]] | None = None, **more: Any) -> Builder:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in (rows() if of is None else of)), "utf-8")
    declared = Builder(
        "rated",
        "1.0.0",
        card="pool.md",
        sources=(Files(str(path), FIELDS, "rows", "1", "cc0-1.0"),),
        rater=Combined((SourceRater(), Warmth())),
        prompts=Prompts(near_duplicates=None),
        split=Split(test=0.3),
        filters=(),
        ratings=True,
    )
    return replace(declared, **more)


def written(out: Path, declared: Builder) -> Path:
    with Store(out / ".polypref", declared.name) as store:
        write_folder(run_builder(declared, store, Local(1), quiet=True), out, PROSE, quiet=True)
    return out


def ratings_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of all ratings with their `split`, file by file."""
    part = read_provenance(folder).ratings
    return [
        row | {"split": name.rpartition("/")[2].partition("-")[0]}
        for name in (part.files if part else ())
        for row in pq.read_table(folder / name).to_pylist()
    ]


def pairs_of(folder: Path) -> list[dict[str, Any]]:
    """The rows of all pairs with their `split`, file by file."""
    return [
        row | {"split": name.rpartition("/")[2].partition("-")[0]}
        for name in read_provenance(folder).files
        for row in pq.read_table(folder / name).to_pylist()
    ]

"""What tests of whole builds share: rows written to a file, built in this process, and the pairs and counts."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from polypref.files.store import Store
from polypref.layouts.sources import Fields, Files
from polypref.pipeline.builder import Builder
from polypref.pipeline.run import Built, run_builder
from polypref.raters.contract import Rater
from polypref.raters.given import SourceRater
from polypref.stages.balance import Mixture, Split
from polypref.stages.counts import FunnelRow
from polypref.stages.equation import not_conserved
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts
from polypref.stages.vote_agreement import VoteAgreement


@dataclass(frozen=True)
class Outcome:
    """What a build came to.

    Attributes:
        pairs: prompt, chosen and rejected text of each pair, sorted.
        scores: of chosen and rejected, in the order of the pairs.
        funnel: the rows of all stages.
        agreement: of those who judged the same answers.
    """

    pairs: list[tuple[str, str, str]]
    scores: list[tuple[float | None, float | None]]
    funnel: list[FunnelRow]
    agreement: list[VoteAgreement]

    def counts(self, stage: str, unit: str) -> dict[tuple[str, str], int]:
        """(outcome, reason) -> rows of one stage and unit."""
        counts = Counter[tuple[str, str]]()
        for row in self.funnel:
            if (row.stage, row.unit) == (stage, unit):
                counts[row.outcome, row.reason] += row.rows
        return dict(counts)


def source_of_rows(folder: Path, name: str, rows: Iterable[Mapping[str, Any]], fields: Fields, **own: Any) -> Files:
    """A source of rows that are written into a file of the folder; `own` is its own rater or pair rule."""
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return Files(str(path), fields, name, "1", "cc0-1.0", **own)


def built(
    rows: Iterable[Mapping[str, Any]],
    fields: Fields,
    rule: PairRule | None = None,
    rater: str | Rater = "source",
    **settings: Any,
) -> Outcome:
    """Builds rows of one language; its counts must add up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        source = Files(str(path), fields, "rows", "1", "cc0-1.0", language="en")
        declared: dict[str, Any] = {
            "sources": (source,),
            "rater": SourceRater(rater) if isinstance(rater, str) else rater,
            "pairs": rule or PairRule(),
            "prompts": Prompts(near_duplicates=None),
            "filters": (),
            "split": Split(test=0.0),
            "mixtures": (Mixture("all"),),
        }
        builder = Builder("case", "1.0.0", **declared | settings)
        with Store(Path(folder) / "store", "case") as store:
            done = run_builder(builder, store, quiet=True)
            return _outcome(done)


def _outcome(done: Built) -> Outcome:
    assert not_conserved(done.funnel) == []
    texts: dict[str, str] = {}
    for stage in done.rows:
        for part in stage.parts("prompts"):
            texts |= {row["prompt_id"]: row["prompt"][-1]["content"] for row in pq.read_table(part).to_pylist()}
        for part in stage.parts("completions"):
            texts |= {row["completion_id"]: row["text"] for row in pq.read_table(part).to_pylist()}
    rows = [row for part in done.pair.parts("pairs") for row in pq.read_table(part).to_pylist()]
    ids = ("prompt_id", "chosen_id", "rejected_id")
    pairs = sorted(
        ((*(texts[row[name]] for name in ids),), (row["chosen_score"], row["rejected_score"])) for row in rows
    )
    return Outcome([pair for pair, _ in pairs], [scores for _, scores in pairs], done.funnel, done.agreement)

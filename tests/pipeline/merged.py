"""What tests of builds with several ways share: sources of three kinds with made-up rows, and builders of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from polypref.layouts.sources import Answer, Fields, Files, Verdict
from polypref.pipeline.builder import Builder
from polypref.raters.given import RelevanceRater, SourceRater
from polypref.stages.balance import Mixture, Split
from polypref.stages.pair import PairRule
from polypref.stages.prompts.index import Prompts

Row = Mapping[str, Any]
BOTH = (Answer("a", model_column="left"), Answer("b", model_column="right"))
SCORED = (Answer("a", model_column="left", score="s"), Answer("b", model_column="right", score="t"))
WAYS: dict[str, dict[str, Any]] = {
    "judged": {"rater": SourceRater("people"), "pairs": PairRule("given")},
    "scored": {},
    "rated": {"rater": RelevanceRater()},
}


def row(prompt: str, a: str, b: str, language: str = "de", **more: Any) -> Row:
    """A row that any of the sources can read."""
    return {
        **{"prompt": prompt, "language": language, "a": a, "b": b, "left": "model-a", "right": "model-b"},
        **{"won": "a", "s": 2, "t": 1},
        **more,
    }


def fields_of(kind: str, rows: Sequence[Row]) -> Fields:
    """What the columns of a kind hold; of a verdict's sides those that the rows have, as a build asks."""
    if kind != "judged":
        return Fields("prompt", SCORED if kind == "scored" else BOTH, language="language")
    sides = {
        name: (label,) for name, label in (("first", "a"), ("second", "b")) if any(r["won"] == label for r in rows)
    }
    verdict = Verdict("people", "won", tie=("tie",), unjudged=("?",), **sides)
    return Fields("prompt", BOTH, language="language", verdict=verdict)


def source(folder: Path, name: str, rows: Sequence[Row], **more: Any) -> Files:
    """A source of one kind (a name of WAYS, or one that begins so)."""
    kind = name.partition("-")[0]
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    return Files(str(path), fields_of(kind, rows), name, "1", "cc0-1.0", **WAYS[kind] | more)


def merged(folder: Path, rows: Mapping[str, Sequence[Row]], **more: Any) -> Builder:
    """A build of these sources, each rated and paired by its kind."""
    settings: dict[str, Any] = {
        "sources": tuple(source(folder, name, some) for name, some in rows.items()),
        "mixtures": (Mixture("all"),),
        "prompts": Prompts(near_duplicates=None),
        "split": Split(test=0),
        "filters": (),
        "max_bad": 1.0,
    }
    return Builder("merged", "1.0.0", **settings | more)

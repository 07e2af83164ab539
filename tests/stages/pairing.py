"""What tests of pair rules share: pools of answers, and the pairs and reasons that come of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from polypref import schema
from polypref.stages.pair import PairRule, make_pairs
from polypref.text.messages import message_json

RATER = "judge"
SCORED = (
    "best_vs_worst",
    "best_vs_random",
    "mean_minus_2sd",
    "first_quartile",
    "top_two",
    "all_pairs",
    "model_a_vs_model_b",
)
# What Python calls blank, and the marks that show nothing.
BLANK = "".join(chr(i) for i in range(0x110000) if chr(i).isspace()) + "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True)
class A:
    """An answer: its text and its scores, each on one of the occasions."""

    text: str
    scores: tuple[float, ...] = ()
    model: str = "m"
    route: str = "direct"
    occasions: tuple[str | None, ...] = ()
    thought: str = ""

    @property
    def message(self) -> str | None:
        return (
            message_json({"role": "assistant", "content": self.text, "thinking": self.thought})
            if self.thought
            else None
        )


Pool = dict[tuple[str, str], list[A]]
"""(prompt, language) -> answers; the id of the i-th answer of prompt p is `p.i`."""
Judged = Sequence[tuple[str, int, int, str]]
"""Verdicts: prompt, answer, answer, preferred; then the rater, annotator, occasion, vote and rationale may be named."""


def answers(*scores: float | None) -> list[A]:
    """Answers with different texts and these scores; None for an unrated one."""
    texts = ("Ναι, έτσι είναι.", "はい、そうです。", "כן, זה נכון.", "हाँ, यह सही है।", "네, 맞습니다.", "Так, саме так.")
    return [A(t, () if s is None else (s,), f"m{i}") for i, (t, s) in enumerate(zip(texts, scores, strict=False))]


def tables(pool: Pool, judged: Iterable[tuple[Any, ...]] = (), mix: int | None = None) -> list[pa.Table]:
    """The tables of a pool as the stages write them, in the order given or mixed."""
    prompts, completions, ratings, verdicts = [], [], [], []
    for (prompt, language), answers_of_prompt in pool.items():
        row = {"prompt_id": prompt, "group_id": prompt, "language": language, "response_language": language}
        prompts.append(row | {"prompt": [], "sources": [], "origin": "native"})
        for i, a in enumerate(answers_of_prompt):
            ids = {"prompt_id": prompt, "completion_id": f"{prompt}.{i}"}
            completions.append(
                ids
                | {
                    "model": a.model,
                    "model_revision": "",
                    "model_licence": "",
                    "route": a.route,
                    "text": a.text,
                    "message": a.message,
                }
            )
            ratings += [
                ids | {"rater": RATER, "rater_revision": "", "score": s, "occasion": o}
                for s, o in zip_longest(a.scores, a.occasions)
            ]
            ratings.append(ids | {"rater": "somebody else", "rater_revision": "", "score": -float(i)})
    for prompt, one, two, preferred, *who in judged:
        ids = {"prompt_id": prompt, "completion_a": f"{prompt}.{one}", "completion_b": f"{prompt}.{two}"}
        rater, annotator, occasion, vote, rationale = (*who, *(None,) * (5 - len(who)))
        named = {"annotator": annotator, "occasion": occasion, "vote": vote, "rationale": rationale}
        verdicts.append(ids | {"preferred": preferred, "rater": rater or RATER} | named)
    tables_of_pool = []
    kinds = (schema.PROMPTS, schema.COMPLETIONS, schema.RATINGS, schema.VERDICTS)
    for rows, kind in zip((prompts, completions, ratings, verdicts), kinds, strict=True):
        if mix is not None:
            random.Random(mix).shuffle(rows)
        tables_of_pool.append(pa.Table.from_pylist(rows, kind))
    return tables_of_pool


def pair(rule: PairRule, pool: Pool, judged: Iterable[tuple[Any, ...]] = (), **more: Any) -> list[tuple[str, str]]:
    """The pairs as (chosen id, rejected id)."""
    pairs, *_ = make_pairs(rule, RATER, *tables(pool, judged), **more)
    assert pairs.schema == schema.PAIRS
    return [(r["chosen_id"], r["rejected_id"]) for r in pairs.to_pylist()]


def reasons(rule: PairRule, pool: Pool, judged: Iterable[tuple[Any, ...]] = ()) -> dict[str, str]:
    """prompt -> why it has no pair."""
    _, rejected, _ = make_pairs(rule, RATER, *tables(pool, judged))
    assert rejected.schema == schema.REJECTED
    reason_of = {r["where"]: r["reason"] for r in rejected.to_pylist()}
    assert len(reason_of) == rejected.num_rows
    return reason_of


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()

"""Prompts with a pair, where pairs are chosen before their answers are checked and where they are chosen after.

    POLYPREF_DATA=... python benchmarks/yield/run.py [--samples samples.jsonl] [--out benchmarks/yield/results.json]

Before, as 0.2 did: the rule chooses a pair among all answers, then all checks look at the prompt and the pair. After,
as a build does: prompts and answers are checked, and the rule chooses among what is left. Both on the same answers
with the same scores. Prints Markdown tables; a prompt that had a pair before and has none after is counted with its
reason.
"""

import argparse
import hashlib
import json
import os
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from polypref import Answer, Builder, Fields, Files, PairRule, RelevanceRater
from polypref.api.building import declare_builder
from polypref.engines.local import Local
from polypref.files.store import Store
from polypref.pipeline.context import Asked, RunContext
from polypref.pipeline.steps import BuildRun
from polypref.raters.contract import Rater, ratings
from polypref.stages import pool
from polypref.stages.checks.contract import Batch, run_chain
from polypref.stages.checks.damage import TemplateTokens
from polypref.stages.checks.findings import checks_of, run_checks
from polypref.stages.checks.length import LengthBounds
from polypref.stages.pair import make_pairs
from polypref.stages.pool import Bucket
from polypref.stages.texts import answers_with_texts, with_scores, with_texts
from polypref.stages.usable import rejected_prompts, uses_of, with_answers

DATA = Path(os.environ.get("POLYPREF_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
OMGEVAL = {"ar": "arabic", "en": "english", "es": "spanish", "fr": "french", "ru": "russia", "zh": "chinese"}
Results = dict[str, dict[str, dict[str, dict[str, Any]]]]
"""Dataset -> rule -> rater -> language -> figures."""
RULES = ("best_vs_worst", "top_two")
#: What rejected a pair of 0.2 for its rejected answer; the other checks read the prompt and the chosen one.
OF_REJECTED = (LengthBounds(), TemplateTokens())
ENGLISH = frozenset(
    re.findall(r"\w+", "the of and to a in is that for it you are with on as this be can or i your not by an")
)


@dataclass(frozen=True)
class Simulated:
    """A rater that likes one thing of a text and knows nothing of its language or faults; ties are drawn."""

    likes: str
    version: ClassVar[int] = 1
    caution: ClassVar[str] = "Simulated: no judgement of quality."

    @property
    def name(self) -> str:
        return f"likes-{self.likes}"

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        columns = (completions[name].to_pylist() for name in ("prompt_id", "completion_id", "text"))
        return ratings(
            self.name, [(prompt, one, self._score(one, text)) for prompt, one, text in zip(*columns, strict=True)]
        )

    def _score(self, answer: str, text: str) -> float:
        drawn = int(hashlib.sha256(answer.encode()).hexdigest()[:8], 16) / 2**32
        if self.likes == "length":
            return len(text) + drawn / 2
        if self.likes == "English":
            words = text.lower().split()
            return sum(word in ENGLISH for word in words) / (len(words) or 1) + drawn / 1e6
        return drawn


RATERS: tuple[Rater, ...] = (Simulated("length"), Simulated("English"), Simulated("nothing"), RelevanceRater())


def arena() -> Builder:
    """The answer pool of m-ArenaHard."""
    return declare_builder("answer_pool", {"source": str(DATA / "m_arena_hard")}).builder


def omgeval() -> Builder:
    """Answers of six models to 160 questions in six languages."""
    fields = Fields("instruction", (Answer("output", model_column="generator"),))
    folders = ((tag, DATA / "omgeval" / "outputs" / name / "*.jsonl") for tag, name in OMGEVAL.items())
    sources = tuple(Files(str(path), fields, f"omgeval-{tag}", "1", "mit", tag) for tag, path in folders)
    return Builder("omgeval", "1.0.0", sources=sources, evaluation_set=True)


def samples(path: Path, *may_be_rejected: str) -> Builder:
    """What sample.py wrote."""
    answer = Answer("answer", model="=SmolLM2-135M-Instruct", finish_reason="finish_reason")
    fields = Fields("prompt", (answer,), language="language")
    source = Files(str(path), fields, "samples", "1", "apache-2.0")
    pairs = PairRule(may_be_rejected=may_be_rejected)
    return Builder("samples", "1.0.0", sources=(source,), pairs=pairs, evaluation_set=True)


class Compared:
    """One pair rule and rater on one dataset: by language, the prompts that have a pair before and after."""

    def __init__(self, builder: Builder, store: Store) -> None:
        steps = BuildRun(RunContext(builder, store, Local(1), None, True, Asked()))
        _, rows, index, self.check, buckets = steps.rated()
        self.pair = steps.pair(rows, index, self.check, buckets)
        self.filtered = steps.filter(rows, index, self.check, self.pair, buckets)
        self.builder = builder
        self.prompts: Counter[str] = Counter()
        self.before: Counter[str] = Counter()
        self.after: Counter[str] = Counter()
        self.lost: dict[str, Counter[str]] = defaultdict(Counter)
        for number in range(buckets):
            self._add(pool.load_bucket(rows, index, number), number)

    def _add(self, bucket: Bucket, number: int) -> None:
        languages = dict(zip(*(bucket.prompts[name].to_pylist() for name in ("prompt_id", "language")), strict=True))
        self.prompts.update(languages[one] for one in with_answers(bucket).prompts["prompt_id"].to_pylist())
        prompts = {
            row["pair_id"]: row["prompt_id"] for row in pq.read_table(self.pair.part("pairs", number)).to_pylist()
        }
        filtered = pq.read_table(self.filtered.part("filtered", number)).to_pylist()
        fell = {prompts[row["pair_id"]]: row["reason"] for row in filtered if row["reason"]}
        kept = set(prompts.values()) - fell.keys()
        unpaired = {row["where"]: row for row in pq.read_table(self.pair.part("rejected", number)).to_pylist()}
        self.after.update(languages[one] for one in kept)
        for one in self._pairs_of_before(bucket, pq.read_table(self.check.part("findings", number))):
            self.before[languages[one]] += 1
            if one not in kept:
                row = unpaired.get(one, {})
                reason = " ".join(filter(None, (row.get("reason"), row.get("detail")))) or fell.get(one) or "prompt"
                self.lost[languages[one]][reason] += 1

    def _pairs_of_before(self, bucket: Bucket, findings: pa.Table) -> Iterator[str]:
        """The prompts whose pair is kept when it is chosen first and checked then."""
        rule, rater = self.builder.pairs, self.builder.rater.name
        pairs = make_pairs(rule, rater, bucket.prompts, bucket.completions, bucket.ratings, bucket.verdicts).pairs
        uses = uses_of(findings)
        unchosen = set(uses.filter(pc.is_valid(uses["not_chosen"]))["completion_id"].to_pylist())
        rejected = bucket.completions.filter(
            pc.is_in(bucket.completions["completion_id"], pairs["rejected_id"].combine_chunks())
        )
        of_rejected = run_checks(OF_REJECTED, Batch(answers_with_texts(bucket, rejected), subject="answer"))
        bad = set(of_rejected.filter(pc.equal(of_rejected["outcome"], "reject"))["completion_id"].to_pylist())
        chain = checks_of(self.builder.filters, "pair")
        checked = run_chain(chain, Batch(with_texts(with_scores(pairs, bucket), bucket)))
        fallen = {row["pair_id"] for row in checked.to_pylist() if row["reason"]}
        lost = set(rejected_prompts(findings).to_pylist())
        for pair in pairs.to_pylist():
            bad_pair = pair["pair_id"] in fallen or pair["chosen_id"] in unchosen or pair["rejected_id"] in bad
            if not bad_pair and pair["prompt_id"] not in lost:
                yield pair["prompt_id"]

    def figures(self) -> dict[str, dict[str, object]]:
        """Language -> how many prompts have two answers, and of these a pair before and after; why some lost it."""
        return {
            tag: {"prompts": count, "before": self.before[tag], "after": self.after[tag]}
            | ({"lost": dict(sorted(self.lost[tag].items()))} if self.lost[tag] else {})
            for tag, count in sorted(self.prompts.items())
        }


def measured(builder: Builder, folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Rule -> rater -> language -> figures."""
    results: dict[str, dict[str, Any]] = {}
    with Store(folder, builder.name) as store:
        for rater in RATERS:
            for rule in RULES:
                pairs = replace(builder.pairs, rule=rule)
                changed = replace(builder, rater=rater, pairs=pairs, rate_every_answer=True)
                results.setdefault(rule, {})[rater.name] = Compared(changed, store).figures()
                print(f"<!-- {builder.name}, {rule}, {rater.name}: done -->", flush=True)
    return results


def cell(figures: Mapping[str, int]) -> str:
    """Before and after, and the share of the prompts after."""
    share = figures["after"] / figures["prompts"]
    return f"{figures['before']:,} → {figures['after']:,} ({share:.1%})"


def row(first: str, figures: Mapping[str, Mapping[str, int]]) -> str:
    """A line of a table: the prompts, and a cell for each rater."""
    prompts = next(iter(figures.values()))["prompts"]
    return f"| {first} | {prompts:,} | {' | '.join(map(cell, figures.values()))} |"


def tables(results: Results) -> Iterator[str]:
    """Markdown: all languages together, then each; what was lost."""
    names = [rater.name for rater in RATERS]
    head, line = f" prompts | {' | '.join(names)} |", "|---:" * (len(names) + 1) + "|"
    every = [(f"{dataset} | {rule}", raters) for dataset, rules in results.items() for rule, raters in rules.items()]
    yield f"| | rule |{head}"
    yield f"|---|---{line}"
    for name, raters in every:
        sums: dict[str, Counter[str]] = {rater: Counter() for rater in raters}
        for rater, by_language in raters.items():
            for figures in by_language.values():
                sums[rater].update({key: figures[key] for key in ("prompts", "before", "after")})
        yield row(name, sums)
    for name, raters in every:
        yield f"\n{name.replace(' | ', ', ')}:\n"
        yield f"| language |{head}"
        yield f"|---{line}"
        for tag in raters[names[0]]:
            yield row(tag, {rater: by_language[tag] for rater, by_language in raters.items()})
    yield "\nA pair before and none after:\n"
    for name, raters in every:
        for rater, by_language in raters.items():
            reasons: Counter[str] = Counter()
            for figures in by_language.values():
                reasons.update(figures.get("lost", {}))
            if reasons:
                yield f"- {name.replace(' | ', ', ')}, {rater}: " + ", ".join(
                    f"{n} {why}" for why, n in reasons.items()
                )


def written(results: Results) -> str:
    """JSON with a line for each dataset, rule and rater."""
    return re.sub(r"\n {8,}", " ", json.dumps(results, indent=2)) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results.json")
    parser.add_argument(
        "--only", help="one dataset: m-arena-hard, omgeval or samples; the others stay as they are in --out"
    )
    options = parser.parse_args()
    builders = {"m-arena-hard": arena, "omgeval": omgeval}
    if options.samples:
        builders["samples"] = lambda: samples(options.samples)
        builders["samples, cut may be rejected"] = lambda: samples(options.samples, "truncated_answers")
    results = json.loads(options.out.read_text("utf-8")) if options.out.exists() else {}
    for name, declare in builders.items():
        if options.only is None or name.startswith(options.only):
            with tempfile.TemporaryDirectory() as folder:
                results[name] = measured(declare(), Path(folder) / "store")
            options.out.write_text(written(results), "utf-8")
    print("\n".join(tables(results)))


if __name__ == "__main__":
    main()

"""Pairs on which the whole chain of checks is compared with the library and without."""

import functools
import random
import sys
from collections.abc import Sequence

import pyarrow as pa

from polypref.stages.checks.contract import Batch, run_chain
from polypref.stages.checks.defaults import default_chain
from polypref.stages.checks.findings import checks_of, run_checks
from tests.kernels.word_texts import texts_of_words

Pair = tuple[str, str, str, str, str | None]
"""Language, prompt, chosen, rejected, and the text that the prompt was translated from."""


def edited_pairs(number: int, seed: int) -> list[Pair]:
    """Returns made-up pairs of edited texts in 23 languages, most with both answers in one.

    Texts of a build hold no lone surrogates.
    """
    dice = random.Random(seed)
    texts = [
        (tag, *(one.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") for one in of_row))
        for tag, *of_row in texts_of_words(2 * number, seed)
    ]
    by_tag: dict[str, list[str]] = {}
    for tag, text, _ in texts:
        by_tag.setdefault(tag, []).append(text)
    pairs = []
    for tag, chosen, source in texts[:number]:
        other = dice.choice(by_tag[tag if dice.random() < 0.9 else dice.choice(list(by_tag))])
        rejected = chosen[: len(chosen) // 2] + other if dice.random() < 0.1 else other
        prompt = dice.choice((chosen[:80], source, "Übersetze: " + source, chosen + source))
        pairs.append((tag, prompt, chosen, rejected, source if dice.random() < 0.33 else None))
    return pairs


def findings(pairs: Sequence[Pair]) -> dict[str, list[dict[str, object]]]:
    """Returns what the default checks of prompts, answers and pairs give, row by row, of texts not met before."""
    for name, module in list(sys.modules.items()):
        if name.startswith("polypref."):
            for one in vars(module).values():
                # Those without a bound hold tables, not texts.
                if isinstance(one, functools._lru_cache_wrapper) and one.cache_parameters()["maxsize"]:
                    one.cache_clear()
    chain, table = default_chain(), _table(pairs)
    checked = {
        "prompt": run_checks(chain, Batch(table, subject="prompt")),
        "answer": run_checks(chain, Batch(_answers(table), subject="answer")),
        "pair": run_chain(checks_of(chain, "pair"), Batch(table)),
    }
    return {subject: rows.to_pylist() for subject, rows in checked.items()}


def _table(pairs: Sequence[Pair]) -> pa.Table:
    tags, prompts, chosen, rejected, sources = (list(column) for column in zip(*pairs, strict=True))
    ids, count = list(map(str, range(len(pairs)))), len(pairs)
    same = {"chosen_route": "direct", "rejected_route": "direct", "chosen_finish_reason": "stop"}
    same |= {"rejected_finish_reason": "stop"}
    absent = ("translator", "reference", "contaminated_by", "review", "by_check")
    scores = pa.nulls(count, pa.list_(pa.float64()))
    return pa.table(
        {
            **{name: pa.array(ids) for name in ("pair_id", "prompt_id", "group_id")},
            **{"language": tags, "response_language": tags, "chosen": chosen, "rejected": rejected},
            "prompt": [[{"role": "user", "content": one}] for one in prompts],
            "prompt_source": pa.array(sources, pa.string()),
            "origin": ["translated" if source else "native" for source in sources],
            **{name: [value] * count for name, value in same.items()},
            **{name: pa.nulls(count, pa.string()) for name in absent},
            **{"chosen_score": [2.0] * count, "rejected_score": [1.0] * count, "score_margin": [1.0] * count},
            **{"chosen_scores": scores, "rejected_scores": scores, "labels": pa.nulls(count, pa.list_(pa.string()))},
        }
    )


def _answers(table: pa.Table) -> pa.Table:
    """The answers of pairs, those that are chosen first."""
    shared = table.select([name for name in table.column_names if not name.startswith(("chosen", "rejected", "score"))])
    sides = []
    for side in ("chosen", "rejected"):
        one = shared.append_column("completion_id", pa.array([f"{i}:{side}" for i in range(len(table))]))
        for end in ("", "_route", "_finish_reason"):
            one = one.append_column(f"answer{end}", table[f"{side}{end}"])
        sides.append(one)
    return pa.concat_tables(sides)

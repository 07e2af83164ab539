"""Hand-made battles in several scripts, and the results that go with them, for tests of what is shown."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from polypref.evaluation.figures import agreement
from polypref.evaluation.figures.win_rates import Battles, prompt_scores, summarise_battles
from polypref.evaluation.inputs import tables
from polypref.evaluation.results import Facts, Results
from polypref.files.records import decode

TAGS = ("ar", "de", "el", "en", "fa", "he", "hi", "ja", "ko", "uk", "zh")
MODEL, OTHER, JUDGE, SET = "new-model", "old-model", "a-judge", "made"
WON, LOST, TIE = (1.0, 1.0), (0.0, 0.0), (0.5, 0.5)
FIRST_WINS, NO_VERDICT = (1.0, 0.0), (1.0, None)
#: What becomes of the prompts of a language, over and over; he and hi are where the new model is worse.
COURSE = (WON, WON, TIE, WON, LOST, FIRST_WINS, WON, WON, LOST, WON)
WORSE = (LOST, LOST, TIE, LOST, LOST, FIRST_WINS, WON, NO_VERDICT, LOST, LOST)
SAID = {1.0: "Answer {a} explains more. [[{a}]]", 0.0: "Answer {b} is clearer. [[{b}]]", 0.5: "Both are as good. [[C]]"}


def battles(bundled: dict[str, list[dict[str, Any]]], tags: tuple[str, ...] = TAGS, prompts: int = 20) -> pa.Table:
    """Battles of the bundled answers: the full one of the new model's against a weak or an English one."""
    rows = []
    for at, tag in enumerate(tags):
        course = WORSE if tag in ("he", "hi") else (*COURSE[at % 4 :], *(LOST,) * (at % 4))
        for n in range(prompts):
            row = bundled[tag][n % len(bundled[tag])]
            confused = n % 7 == 6 and tag != "en"
            rows.append(
                {
                    "set": SET,
                    "prompt_id": f"{tag}-{n:04}",
                    "group_id": f"q{n:04}",
                    "language": tag,
                    "prompt": [{"role": "user", "content": row["prompt"]}],
                    "model": MODEL,
                    "other": OTHER,
                    "judge": JUDGE,
                    "answer": row["answers"]["full"],
                    "other_answer": row["answers"]["confused" if confused else "weak"],
                    "answer_failure": "",
                    "other_failure": "",
                    "fidelity": "pass",
                    "other_fidelity": "fail" if confused else "pass",
                    "word_fidelity": "pass",
                    "other_word_fidelity": "unknown" if confused else "pass",
                    "orders": _orders(course[n % len(course)]),
                }
            )
    return pa.Table.from_pylist(rows, tables.BATTLES)


def _orders(scores: tuple[float | None, ...]) -> list[dict[str, Any]]:
    orders = []
    for score, first in zip(scores, ("model", "other"), strict=True):
        a, b = ("A", "B") if first == "model" else ("B", "A")
        reply = "I would rather not say." if score is None else SAID[score].format(a=a, b=b)
        orders.append(
            {"first": first, "score": score, "reason": "" if score is not None else "no_verdict", "said": reply}
        )
    return orders


def results(table: pa.Table, name: str = "made", note: str = "") -> dict[str, Any]:
    """results.json for the battles, in which only the rates by length and language are made up."""
    who = [dict(zip(("set", "model", "other", "judge"), key, strict=True)) for key in _pairs(table)]
    return {
        "schema_version": 1,
        "polypref": "0.0",
        "name": name,
        "note": note,
        "settings": {"seed": 0, "reading": "tie"},
        "sets": [
            {"name": SET, "repo": "people/made", "revision": "a" * 40, "licence": "CC0-1.0", "note": "hand-made"}
            | {"languages": dict.fromkeys(sorted(set(table["language"].to_pylist())), 20)}
        ],
        "models": [
            {"name": model, "model": f"people/{model}", "revision": "b" * 40, "licence": "Apache-2.0", "how": "stored"}
            | {"sampling": None, "answers": {"de": 20}, "failures": {"de": {"no_stored_answer": 2}}}
            for model in sorted({one["model"] for one in who} | {one["other"] for one in who})
        ],
        "judges": [
            {"name": judge, "kind": "llm", "model": "people/judge", "revision": "c" * 40, "licence": "MIT"}
            | {"prompt": "aya", "prompt_sha256": "d" * 64, "orders": 2}
            for judge in sorted({one["judge"] for one in who})
        ],
        "comparisons": [comparison(table, one) for one in who],
        "leaderboards": [],
        "agreement": [],
        "academic": None,
        "limits": ["The judge is a language model: it may like its own family's style.", "Twenty prompts a language."],
    }


def read(written: dict[str, Any]) -> Results:
    """Results as polypref reads them from results.json."""
    return decode(Results, json.loads(json.dumps(written)), "made results")


def facts(written: dict[str, Any]) -> Facts:
    """What evaluation.json says before anything is scored."""
    kept = {key: written[key] for key in ("name", "settings", "sets", "models", "judges")}
    return decode(Facts, json.loads(json.dumps(kept)), "made facts")


def _pairs(table: pa.Table) -> list[tuple[str, ...]]:
    columns = (table[name].to_pylist() for name in ("set", "model", "other", "judge"))
    return list(dict.fromkeys(zip(*columns, strict=True)))


def comparison(table: pa.Table, who: dict[str, str]) -> dict[str, Any]:
    """One comparison of results.json."""
    rows = [row for row in table.to_pylist() if all(row[key] == who[key] for key in who)]
    orders = np.array([[np.nan if o["score"] is None else o["score"] for o in row["orders"]] for row in rows])
    groups = np.array([row["group_id"] for row in rows])
    sizes = np.array([[len(row["answer"]), len(row["other_answer"])] for row in rows], float)
    summary = summarise_battles(
        Battles(np.array([row["language"] for row in rows]), groups, orders, sizes), seen=("de", "en")
    )
    by_language = [_row(asdict(row), [one for one in rows if one["language"] == row.language]) for row in summary.rows]
    mean = asdict(summary.average) | {"smallest_difference": 0.09}
    mean["length_controlled"] = {"win_rate": 0.61, "low": 0.55, "high": 0.67}
    mean["in_language"] = {"languages": len(summary.average.languages), "win_rate": 0.62, "low": 0.56, "high": 0.68}
    mean |= {"fidelity": {"lines": 1.0, "words": 1.0}, "other_fidelity": {"lines": 0.91, "words": 1.0}}
    reasons = sum((row["reasons"].get("no_verdict", 0) for row in by_language), 0)
    return {
        **who,
        "note": "",
        "rows": by_language,
        "average": mean,
        **{key: list(getattr(summary, key)) for key in ("below_half", "surely_below", "surely_above", "few_groups")},
        "contrast": asdict(summary.contrast) if summary.contrast else None,
        "level": 0.95,
        "other_reading": {"reading": "mean", "win_rate": 0.6, "low": 0.54, "high": 0.66},
        "position_bias": asdict(agreement.position_bias(orders, groups)),
        "length_bias": asdict(agreement.length_bias(prompt_scores(orders), sizes @ [1.0, -1.0], groups)),
        "reasons": {"no_verdict": reasons} if reasons else {},
        "warnings": [],
        "published": [],
    }


def _row(row: dict[str, Any], battles: list[dict[str, Any]]) -> dict[str, Any]:
    astray = sum(one["other_fidelity"] == "fail" for one in battles)
    missing = sum(order["score"] is None for one in battles for order in one["orders"])
    controlled = {"win_rate": row["win_rate"] - 0.03, "low": row["low"] - 0.03, "high": row["high"] - 0.03}
    inside = {"prompts": len(battles) - astray, "scored": row["scored"] - astray, "win_rate": row["win_rate"] - 0.02}
    return row | {
        "smallest_difference": 0.3,
        "reasons": {"no_verdict": missing} if missing else {},
        "length_controlled": controlled,
        "own_slope": None,
        "in_language": inside | {"low": None, "high": None},
        "fidelity": {"answers": len(battles), "lines": 1.0, "words": 1.0},
        "other_fidelity": {"answers": len(battles), "lines": 1 - astray / len(battles), "words": 1.0},
        "length": float(np.median([len(one["answer"]) for one in battles])),
        "other_length": float(np.median([len(one["other_answer"]) for one in battles])),
    }


def full(table: pa.Table, note: str = "not a quality judgement") -> dict[str, Any]:
    """Results with every part that a report can have."""
    figures = results(table, note=note)
    figures["comparisons"][0] |= {
        "warnings": ["the judge and new-model are of one family"],
        "published": [
            {"model": "old-model", "against": "a-third", "set": "dolly", "metric": "win-rate", "value": 57.2}
            | {"judge": "gpt-4", "source": "Authors 2024, table 3", "mark": "VERIFIED"}
        ],
    }
    models = [
        {"model": MODEL, "strength": 0.41, "low": 0.3, "high": 0.52, "win_rate": 0.6, "battles": 220},
        {"model": OTHER, "strength": -0.41, "low": -0.52, "high": -0.3, "win_rate": 0.4, "battles": 220},
    ]
    board = {"models": models, "tie": 0.4, "unlinked": []}
    figures["leaderboards"] = [{"set": SET, "judge": JUDGE, "overall": board, "languages": {"he": board, "zh": board}}]
    same = asdict(agreement.cohens_kappa(["a", "b", "tie", "a"], ["a", "b", "a", None]))
    figures["agreement"] = [{"set": SET, "one": JUDGE, "other": "people", "all": same, "languages": {"ko": same}}]
    figures["academic"] = {
        "before": {"model": "people/base"},
        "after": {"model": "people/new-model"},
        "only_after": ["xcopa_zh acc"],
        "slices": [
            {
                "column": "cultural_sensitivity_label",
                "rows": [
                    {
                        "value": "CS",
                        "language": tag,
                        "questions": 30,
                        "groups": 30,
                        "before": 0.5,
                        "after": 0.4,
                        "difference": -0.1,
                        "low": -0.2,
                        "high": 0.05,
                        "error": 0.06,
                    }
                    for tag in ("de", "he", "")
                ],
                "rest_values": 3,
                "without": 4,
                "unpaired": 5,
            }
        ],
        "warnings": ["before and after differ in number of questions: xcopa_id"],
        "note": "Standard errors are unpaired.",
        "rows": [
            {"task": "xcopa_id", "language": "id", "metric": "acc", "before": 0.61, "after": 0.6}
            | {"difference": -0.01, "before_stderr": 0.02, "after_stderr": 0.02, "difference_stderr": 0.0283}
        ],
    }
    return figures

"""The third step of an evaluation: from verdicts to figures. It asks nobody, so it can be done again for ever."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from .. import __version__
from ..judging.model_families import families
from . import unread
from .figures import averages as av
from .figures import statistics as st
from .figures.agreement import cohens_kappa, length_bias, position_bias
from .figures.bradley_terry import Ranking, bradley_terry
from .figures.length_control import FAR, LEAST_PROMPTS, LITTLE_OVERLAP, Controlled, by_language, length_controlled
from .figures.power import smallest_difference
from .figures.win_rates import Battles, Missing, Reading, prompt_scores, select, summarise
from .inputs import baselines

Figures = dict[str, Any]
Row = Mapping[str, Any]
Labels = dict[tuple[str, ...], str | None]
NOT_QUALITY = "not a quality judgement"
#: Share of prompts without a score, from which on a comparison warns of it.
_UNSCORED = 0.02


def results(
    battles: pa.Table,
    facts: Mapping[str, Any],
    *,
    reading: Reading = "tie",
    missing: Missing = "exclude",
    seen: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    remarks: Sequence[str] = (),
) -> Figures:
    """All figures of an evaluation.

    Args:
        battles: `tables.BATTLES`.
        facts: name, sets, models, judges, settings, as the steps before found them.
        reading, missing, seen, level, resamples, seed: see `win_rates.summarise`.
        remarks: sentences that a reader must know first.

    Returns:
        what results.json holds; plain values, None where nothing can be said.
    """
    how: dict[str, Any] = {"reading": reading, "missing": missing, "level": level, "resamples": resamples, "seed": seed}
    parts: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in battles.to_pylist():
        parts[row["set"], row["judge"], row["model"], row["other"]].append(row)
    judges = {one["name"]: one for one in facts["judges"]}
    models = {one["name"]: one for one in facts["models"]}
    compared = [_comparison(key, rows, how, seen, judges.get(key[1], {}), models) for key, rows in parts.items()]
    stand_in = any(one["kind"] == "relevance" for one in facts["judges"])
    return {
        "schema_version": 1,
        "polypref": __version__,
        "name": facts["name"],
        "note": NOT_QUALITY if stand_in else "",
        "settings": {**facts["settings"], **how, "seen": None if seen is None else list(seen)},
        **{key: facts[key] for key in ("sets", "models", "judges")},
        "comparisons": compared,
        "leaderboards": _leaderboards(parts, how),
        "agreement": _agreement(parts, how),
        "academic": None,
        "remarks": list(remarks),
        "limits": _limits(facts, compared),
    }


def _arrays(rows: Sequence[Row]) -> Battles:
    """Battles as arrays; column 0 is the order that shows the model first, unless one order only was asked."""
    orders = _orders(rows, [unread.scores(row) for row in rows])
    lengths = [[len(row[key]) if row[key] else np.nan for key in ("answer", "other_answer")] for row in rows]
    return Battles(
        np.array([row["language"] for row in rows]),
        np.array([row["group_id"] for row in rows]),
        orders,
        np.array(lengths, float),
    )


def _orders(rows: Sequence[Row], scores: Sequence[Sequence[float | None]]) -> st.Floats:
    wide = any(len(row["orders"]) > 1 for row in rows)
    orders = np.full((len(rows), 2 if wide else 1), np.nan)
    for at, (row, of) in enumerate(zip(rows, scores, strict=True)):
        for place, (order, score) in enumerate(zip(row["orders"], of, strict=True)):
            column = {"model": 0, "other": 1}.get(order["first"], place) if wide else 0
            orders[at, column] = np.nan if score is None else score
    return orders


def _comparison(
    key: tuple[str, str, str, str],
    rows: Sequence[Row],
    how: Mapping[str, Any],
    seen: Sequence[str] | None,
    judge: Row,
    models: Mapping[str, Row],
) -> Figures:
    name, judged_by, model, other = key
    battles = _arrays(rows)
    found = summarise(battles, seen=seen, **how)
    scores = prompt_scores(battles.orders, how["reading"], how["missing"])
    figures = asdict(found)
    inside = _in_language(rows, battles, how)
    controlled, own = _controlled(battles, scores, how["level"])
    lines, words = _fidelities(rows)
    for row in figures["rows"]:
        tag = row["language"]
        of = [one for one in rows if one["language"] == tag]
        row |= {
            "smallest_difference": _smallest(scores[battles.languages == tag], how["level"], len(figures["rows"])),
            "reasons": _reasons(of),
            "length_controlled": controlled.get(tag),
            "own_slope": own.get(tag),
            "in_language": inside["rows"].get(tag),
            "fidelity": lines[tag, "fidelity"] | {"words": words[tag, "word_fidelity"]},
            "other_fidelity": lines[tag, "other_fidelity"] | {"words": words[tag, "other_word_fidelity"]},
            "length": _median(of, "answer"),
            "other_length": _median(of, "other_answer"),
        }
    figures["average"] |= {
        "smallest_difference": _smallest_mean(scores, battles, how["level"]),
        "length_controlled": controlled.get(""),
        "in_language": inside["average"],
        "fidelity": _macro(figures["rows"], "fidelity"),
        "other_fidelity": _macro(figures["rows"], "other_fidelity"),
    }
    longer = battles.lengths @ np.array([1.0, -1.0]) if battles.lengths is not None else np.full(len(rows), np.nan)
    two = battles.orders.shape[1] == 2
    # What the judge likes is in what it said, not in what its unreadable replies count for.
    stated = _orders(rows, [[order["score"] for order in row["orders"]] for row in rows])
    stand_in = judge.get("kind") == "relevance"
    comparison = {
        "set": name,
        "model": model,
        "other": other,
        "judge": judged_by,
        "note": NOT_QUALITY if stand_in else "",
        **figures,
        "other_reading": _other_reading(battles, how) if two else None,
        "position_bias": asdict(position_bias(stated, battles.groups, how["level"])) if two else None,
        "length_bias": asdict(length_bias(scores, longer, battles.groups, how["level"])),
        "reasons": _reasons(rows),
        "unread": unread.counted(rows),
        # Whatever the report calls a model: figures are published under its id.
        "published": baselines.published(_model_id(models, model), _model_id(models, other), name),
    }
    return comparison | {"warnings": _warnings(comparison, judge, models, two)}


def _other_reading(battles: Battles, how: Mapping[str, Any]) -> Figures:
    """The average with differing orders read the other way."""
    reading = "mean" if how["reading"] == "tie" else "tie"
    found = summarise(battles, **{**how, "reading": reading}).average
    return {"reading": reading, "win_rate": found.win_rate, "low": found.low, "high": found.high}


def _model_id(models: Mapping[str, Row], name: str) -> str:
    return models.get(name, {}).get("model") or name


def _in_language(rows: Sequence[Row], battles: Battles, how: Mapping[str, Any]) -> Figures:
    """Win-rates where no answer is in another language."""
    keep = np.array([row["fidelity"] == row["other_fidelity"] == "pass" for row in rows])
    if not keep.any():
        return {"rows": {}, "average": None}
    found = summarise(select(battles, keep), **how)
    names = ("prompts", "scored", "win_rate", "low", "high")
    mean: Figures = {"languages": len(found.average.languages)} | {k: getattr(found.average, k) for k in names[2:]}
    return {"rows": {row.language: {k: getattr(row, k) for k in names} for row in found.rows}, "average": mean}


def _controlled(battles: Battles, scores: st.Floats, level: float) -> tuple[dict[str, Figures], dict[str, Figures]]:
    """Length-controlled win-rates by language and (under the empty tag) on average; and with slopes of their own."""
    if battles.lengths is None or np.isnan(battles.lengths).any(1).all():
        return {}, {}
    longer = battles.lengths[:, 0] - battles.lengths[:, 1]
    usable = ~np.isnan(scores) & ~np.isnan(longer)
    if not usable.any():
        return {}, {}
    one = length_controlled(scores, longer, battles.languages, battles.groups, level=level)
    tags = np.unique(battles.languages[usable])
    counts = [len(np.unique(battles.groups[usable & (battles.languages == tag)])) for tag in tags]
    # With fewer prompts the slope, or a language's own term, is a guess that looks like a figure.
    enough = {str(tag) for tag, count in zip(tags, counts, strict=True) if count >= st.FEW_GROUPS} - set(one.extreme)
    common: dict[str, Figures] = {tag: found for tag, found in _each(one).items() if tag in enough}
    if usable.sum() >= LEAST_PROMPTS and len(enough) == len(tags):
        common[""] = _ends(one.average, one.average_low, one.average_high)
    own = by_language(scores, longer, battles.languages, battles.groups, level=level)
    return common, {tag: _each(found)[tag] for tag, found in own.items()}


def _each(found: Controlled) -> dict[str, Figures]:
    columns = zip(found.languages, found.win_rates, found.low, found.high, found.overlap, strict=True)
    return {tag: _ends(rate, low, high) | {"overlap": st.number(overlap)} for tag, rate, low, high, overlap in columns}


def _ends(rate: float, low: float, high: float) -> Figures:
    return {"win_rate": st.number(rate), "low": st.number(low), "high": st.number(high)}


def _fidelities(rows: Sequence[Row]) -> tuple[dict[tuple[str, str], Figures], dict[tuple[str, str], float | None]]:
    """Line pass rates with the answers that they rest on, and word pass rates, by language and column."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    columns = ("fidelity", "other_fidelity", "word_fidelity", "other_word_fidelity")
    for row in rows:
        for column in columns:
            counts[row["language"], column][row[column]] += 1
    rates = {}
    for key, found in counts.items():
        told = found["pass"] + found["fail"]
        rates[key] = (told, found["pass"] / told if told else None)
    lines = {key: {"answers": told, "lines": rate} for key, (told, rate) in rates.items() if key[1] in columns[:2]}
    return lines, {key: rate for key, (_, rate) in rates.items() if key[1] in columns[2:]}


def _macro(rows: Sequence[Row], column: str) -> Figures:
    figures: Figures = {}
    for name in ("lines", "words"):
        known = [row[column][name] for row in rows if row[column][name] is not None]
        figures |= {name: float(np.mean(known)) if known else None, f"{name}_languages": len(known)}
    return figures


def _median(rows: Sequence[Row], column: str) -> float | None:
    lengths = [len(row[column]) for row in rows if row[column]]
    return float(np.median(lengths)) if lengths else None


def _reasons(rows: Sequence[Row]) -> dict[str, int]:
    found = Counter(order["reason"] for row in rows for order in row["orders"] if order["reason"])
    return dict(found.most_common())


def _smallest(scores: st.Floats, level: float, tests: int) -> float | None:
    """The smallest difference from one half that the sample would have shown in 80% of cases.

    None without two scores, or where all are equal: a spread of nothing says nothing of the next sample.
    """
    known = scores[~np.isnan(scores)]
    if len(known) < 2 or np.ptp(known) == 0:
        return None
    return smallest_difference(len(known), float(known.std(ddof=1)), alpha=1 - level, tests=tests)


def _smallest_mean(scores: st.Floats, battles: Battles, level: float) -> float | None:
    """The same for the macro average, whose standard error clusters by prompt."""
    found = st.sums(scores, battles.groups, battles.languages)
    found = st.Sums(found.scores[:, found.weights.sum(0) > 0], found.weights[:, found.weights.sum(0) > 0])
    if found.scores.shape[1] == 0:
        return None
    mean = av.mean_of(found, level)
    if mean.groups < 2 or np.abs(mean.parts).max() < 1e-9:
        return None
    return smallest_difference(1, mean.error, alpha=1 - level)


def _warnings(found: Figures, judge: Row, models: Mapping[str, Row], two: bool) -> list[str]:
    said = []
    own = families(f"{judge.get('name', '')} {judge.get('model', '')}")
    for name in (found["model"], found["other"]):
        if common := own & families(f"{name} {models.get(name, {}).get('model', '')}"):
            said.append(
                f"the judge {found['judge']} and {name} are both of the family {', '.join(sorted(common))}: "
                "judges favour answers of their own family"
            )
    if judge.get("kind") == "llm" and not two:
        said.append("each prompt was judged in one order only, so the judge's liking for a place is not cancelled out")
    prompts, scored = (sum(row[key] for row in found["rows"]) for key in ("prompts", "scored"))
    if prompts and 1 - scored / prompts > _UNSCORED:
        said.append(
            f"{prompts - scored:,} of {prompts:,} prompts have no score ({1 - scored / prompts:.1%}); the column "
            "'if unscored' says between what the win-rates would lie if all of them were lost or won"
        )
    said += _length_warnings(found)
    bias = found["position_bias"]
    if bias and bias["low"] is not None and (bias["low"] > 0.55 or bias["high"] < 0.45):
        where = "first" if bias["share"] > 0.5 else "second"
        said.append(
            f"the judge prefers the answer shown {where} in {max(bias['share'], 1 - bias['share']):.0%} of its verdicts"
        )
    return said


def _length_warnings(found: Figures) -> Iterator[str]:
    """Where length control moves a win-rate far, or says what equal lengths would do and none were seen."""
    controlled = [row for row in found["rows"] if row["length_controlled"]]
    figures = {
        row["language"]: f"{row['language']} from {row['win_rate']:.3f} to {row['length_controlled']['win_rate']:.3f} "
        f"(median lengths {row['length'] or 0:,.0f} and {row['other_length'] or 0:,.0f} characters)"
        for row in controlled
    }
    mean = found["average"]["length_controlled"]
    moved = [
        figures[row["language"]]
        for row in controlled
        if abs(row["win_rate"] - row["length_controlled"]["win_rate"]) > FAR
    ]
    if mean and abs(found["average"]["win_rate"] - mean["win_rate"]) > FAR:
        moved.append(f"the average from {found['average']['win_rate']:.3f} to {mean['win_rate']:.3f}")
    if moved:
        yield (
            f"length control, which knows length alone (the minimal regression), moves the win-rate by more than "
            f"{100 * FAR:g} points: {'; '.join(moved)}; quote both, and take neither for AlpacaEval's published kind"
        )
    apart = [row for row in controlled if row["length_controlled"]["overlap"] < LITTLE_OVERLAP]
    if apart:
        yield (
            f"lengths hardly overlap (one model's answer is the longer one in over {1 - LITTLE_OVERLAP:.0%} of the "
            "prompts), so that the length-controlled win-rate is of a kind of answers that was not seen: "
            + "; ".join(figures[row["language"]] for row in apart)
        )


def _leaderboards(parts: Mapping[tuple[str, str, str, str], Sequence[Row]], how: Mapping[str, Any]) -> list[Figures]:
    """Bradley-Terry rankings where three models or more were compared."""
    games: dict[tuple[str, str], list[tuple[str, str, str, str, float]]] = defaultdict(list)
    for (name, judge, model, other), rows in parts.items():
        battles = _arrays(rows)
        scores = prompt_scores(battles.orders, how["reading"], how["missing"])
        for row, score in zip(rows, scores, strict=True):
            games[name, judge].append((row["language"], model, other, row["group_id"], float(score)))
    boards = []
    for (name, judge), found in games.items():
        by_tag: dict[str, list[tuple[str, str, str, str, float]]] = defaultdict(list)
        for game in found:
            if not math.isnan(game[4]):
                by_tag[game[0]].append(game)
        if by_tag and len({model for _, *pair, _, _ in found for model in pair}) > 2:
            whole = _ranked([game for own in by_tag.values() for game in own], how)
            languages = {tag: _ranked(own, how) for tag, own in sorted(by_tag.items())}
            boards.append({"set": name, "judge": judge, "overall": whole, "languages": languages})
    return boards


def _ranked(games: Sequence[tuple[str, str, str, str, float]], how: Mapping[str, Any]) -> Figures:
    _, model, other, group, score = zip(*games, strict=True)
    found: Ranking = bradley_terry(model, other, score, group, how["resamples"], how["level"], how["seed"])
    columns = zip(found.models, found.strengths, found.low, found.high, found.win_rates, found.battles, strict=True)
    names = ("model", "strength", "low", "high", "win_rate", "battles")
    rows = [
        dict(zip(names, (name, *map(st.number, figures[:-1]), int(figures[-1])), strict=True))
        for name, *figures in columns
    ]
    return {"models": rows, "tie": found.tie, "unlinked": list(found.unlinked)}


def _agreement(parts: Mapping[tuple[str, str, str, str], Sequence[Row]], how: Mapping[str, Any]) -> list[Figures]:
    """How often two judges say the same of a prompt: won, tie or lost."""
    labels: dict[tuple[str, str], Labels] = defaultdict(dict)
    for (name, judge, model, other), rows in parts.items():
        scores = prompt_scores(_arrays(rows).orders, how["reading"], how["missing"])
        for row, score in zip(rows, scores, strict=True):
            labels[name, judge][model, other, row["language"], row["prompt_id"]] = _label(score)
    found = []
    for (name, one), (second, other) in combinations(sorted(labels), 2):
        a, b = labels[name, one], labels[second, other]
        if name == second and (both := sorted(a.keys() & b.keys())):
            by_tag = {tag: [key for key in both if key[2] == tag] for tag in sorted({key[2] for key in both})}
            found.append(
                {"set": name, "one": one, "other": other, "all": _kappa(a, b, both)}
                | {"languages": {tag: _kappa(a, b, keys) for tag, keys in by_tag.items()}}
            )
    return found


def _kappa(one: Labels, other: Labels, keys: Sequence[tuple[str, ...]]) -> Figures:
    return asdict(cohens_kappa([one[key] for key in keys], [other[key] for key in keys]))


def _label(score: float) -> str | None:
    return None if math.isnan(score) else "won" if score > 0.5 else "lost" if score < 0.5 else "tie"


def _limits(facts: Mapping[str, Any], compared: Sequence[Figures]) -> list[str]:
    said = []
    kinds = {one["kind"] for one in facts["judges"]}
    if "relevance" in kinds:
        said.append(
            "The judge is a stand-in without any model: it counts how often an answer repeats its prompt's words. "
            "It is here to try the machinery; its win-rates say nothing about quality."
        )
    if "llm" in kinds:
        said.append(
            "A language model judged. Judges agree with themselves from language to language only in part (mean Fleiss "
            "kappa about 0.3 over 25 languages, arXiv 2505.12201), favour length and their own family, and know some "
            "languages better than others; have native speakers judge a sample before you rely on a difference."
        )
    if "reward" in kinds:
        said.append(
            "A reward model judged; its accuracy differs by up to 15 points from language to language "
            "(M-RewardBench, arXiv 2410.15522)."
        )
    if "reference" in kinds:
        said.append("The judge compares with known answers: another wording of a right answer counts as wrong.")
    said += dict.fromkeys(f"{one['name']}: {one['caution']}" for one in facts["judges"] if one.get("caution"))
    if any(one["orders"] == 1 and one["kind"] == "llm" for one in facts["judges"]):
        said.append("One order a prompt was judged to save cost; both are the default.")
    if few := sorted({tag for one in compared for tag in one["few_groups"]}):
        said.append(
            f"Fewer than {st.FEW_GROUPS} independent prompts in {', '.join(few)}: intervals there cover the truth less "
            "often than they say."
        )
    if any("translat" in one.get("note", "") for one in facts["sets"]):
        said.append("Prompts are machine-translated in part; what a translation spoils, it spoils for both models.")
    if any(row["length_controlled"] for one in compared for row in one["rows"]):
        said.append(
            "Length-controlled win-rates are those of the minimal regression, on length alone; AlpacaEval's published "
            "ones also know how hard each prompt is, and differ by more than three points in two of three lists."
        )
    said.append(
        "Intervals tell of other prompts of the same kind, not of other judges, sampling seeds or kinds of prompts. "
        "Published figures stand apart: they are from other judges, prompts and settings."
    )
    return said

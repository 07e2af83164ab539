"""Do the intervals and tests hold what they promise, and what does a bootstrap of whole groups cost?

    python benchmarks/statistics/run.py [coverage] [uneven] [differences] [families] [models] [speed]

Scores are drawn so that the truth is known. A prompt has a chance of winning of its own, from a beta distribution with
mean p and the given correlation between two scores of one prompt (its intraclass correlation); a given share of scores
is a tie. Simulated sets are analysed by the functions that users call. Everything is seeded.
"""

import sys
import time
from collections.abc import Iterator

import numpy as np

from polypref.evaluation.figures import averages as av
from polypref.evaluation.figures import statistics as st
from polypref.evaluation.figures.bradley_terry import bradley_terry
from polypref.evaluation.figures.length_control import length_controlled
from polypref.evaluation.figures.win_rates import Battles, summarise_battles

Floats = np.ndarray
LANGUAGES = 23


def scores(draw: np.random.Generator, groups: int, each: int, rate: float, correlation: float, ties: float) -> Floats:
    """(groups, each) scores 1, 0.5, 0 with mean `rate`; ties pull towards one half, wins and losses make up for it."""
    decided = (rate - ties / 2) / (1 - ties)
    if correlation > 0:
        weight = 1 / correlation - 1
        chance = draw.beta(decided * weight, (1 - decided) * weight, (groups, 1))
    else:
        chance = np.full((groups, 1), decided)
    wins = (draw.random((groups, each)) < chance).astype(float)
    return np.where(draw.random((groups, each)) < ties, 0.5, wins)


def covered(groups: int, each: int, correlation: float, ties: float, low: float, high: float, repeats: int) -> float:
    """Share of simulated sets whose interval holds the truth, which lies anywhere between low and high.

    Each set is `groups` prompts with `each` scores, averaged over languages as the macro average is (each = 1: one
    language by itself). Truths vary, as a discrete score's coverage swings with it.
    """
    draw, hits = np.random.default_rng(groups * 1000 + each), 0
    for _ in range(repeats):
        truth = draw.uniform(low, high)
        found = st.Sums(scores(draw, groups, each, truth, correlation, ties), np.ones((groups, each)))
        mean = av.mean_of(found)
        hits += bool(mean.low - 1e-12 <= truth <= mean.high + 1e-12)
    return hits / repeats


def coverage() -> Iterator[str]:
    yield "| scores a prompt | correlation | ties | truth | 10 | 15 | 20 | 30 | 50 | 100 | 500 |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for each, correlation in ((1, 0.0), (LANGUAGES, 0.1), (LANGUAGES, 0.4)):
        for ties in (0.0, 0.15, 0.4):
            for low, high in ((0.4, 0.6), (0.25, 0.4)):
                cells = [covered(n, each, correlation, ties, low, high, 2000) for n in (10, 15, 20, 30, 50, 100, 500)]
                shown = " | ".join(f"{100 * cell:.1f}" for cell in cells)
                yield f"| {each} | {correlation} | {ties} | {low} to {high} | {shown} |"


#: Scored prompts by language.
SIZES = (
    (100, 100, 1),
    (100, 100, 2),
    (100, 100, 3),
    (100, 100, 5),
    (50, 1),
    (20, 20, 20),
    (100,) * 22 + (1,),
    (100, 100, 100),
)


def uneven_set(draw: np.random.Generator, sizes: tuple[int, ...], rates: Floats, shared: float, ties: float) -> st.Sums:
    """One score a prompt and language; `shared` above 0: languages have the same prompts, correlated by about that."""
    most = max(sizes)
    if shared > 0:
        # Each prompt decides for all its languages with that chance, else each for itself.
        common = draw.random((most, 1)) < shared
        value = np.where(common, draw.random((most, 1)), draw.random((most, len(sizes))))
    else:
        value = draw.random((most, len(sizes)))
    decided = (rates - ties / 2) / (1 - ties)
    score = np.where(draw.random(value.shape) < ties, 0.5, value < decided)
    there = np.arange(most)[:, None] < np.array(sizes)
    if shared > 0:
        return st.Sums(np.where(there, score, 0.0), there.astype(float))
    column = np.repeat(np.arange(len(sizes)), sizes)
    weight = (column[:, None] == np.arange(len(sizes))).astype(float)
    return st.Sums(weight * score.T[there.T][:, None], weight)


def uneven() -> Iterator[str]:
    """Coverage where languages have different numbers of scored prompts, and the width beside that of one whole."""
    yield "| scored prompts | are | ties | .5 | .6 | .3 | .8 | few .5, others .9 | few .8, others .4 | width at .5 |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for shared, ties, repeats in ((0.0, 0.0, 2000), (0.4, 0.15, 400)):
        for sizes in SIZES:
            few = np.array(sizes) == min(sizes) if min(sizes) < max(sizes) else np.arange(len(sizes)) == 0
            truths = [np.full(len(sizes), rate) for rate in (0.5, 0.6, 0.3, 0.8)]
            truths += [np.where(few, 0.5, 0.9), np.where(few, 0.8, 0.4)]
            cells, widths = [], []
            for number, truth in enumerate(truths):
                draw, hits = np.random.default_rng([number, *sizes]), 0
                sets = repeats // 5 if sum(sizes) > 1000 else repeats
                for _ in range(sets):
                    mean = av.mean_of(uneven_set(draw, sizes, truth, shared, ties))
                    hits += bool(mean.low - 1e-12 <= truth.mean() <= mean.high + 1e-12)
                    widths += [mean.high - mean.low] if number == 0 else []
                cells.append(f"{100 * hits / sets:.1f}")
            named = ", ".join(map(str, sizes)) if len(sizes) < 5 else f"22 x {sizes[0]}, {sizes[-1]}"
            kind = "shared" if shared else "apart"
            yield f"| {named} | {kind} | {ties:g} | {' | '.join(cells)} | {np.mean(widths):.3f} |"


def differences() -> Iterator[str]:
    """Coverage of intervals for one language's share less another's on the same prompts (gaps, seen against unseen)."""
    yield "| prompts | .9 and .8 | .8 and .5 | .5 and .5 |"
    yield "|---|---|---|---|"
    for prompts in (5, 10, 20, 50, 200):
        cells = []
        for rates in ((0.9, 0.8), (0.8, 0.5), (0.5, 0.5)):
            draw, hits, repeats = np.random.default_rng(prompts), 0, 2000
            for _ in range(repeats):
                found = uneven_set(draw, (prompts, prompts), np.array(rates), 0.4, 0.0)
                sides = [av.mean_of(st.Sums(found.scores[:, [at]], found.weights[:, [at]])) for at in (0, 1)]
                low, high = av.difference(*sides)
                hits += bool(low - 1e-12 <= rates[0] - rates[1] <= high + 1e-12)
            cells.append(f"{100 * hits / repeats:.1f}")
        yield f"| {prompts} | {' | '.join(cells)} |"


def battles(values: Floats, second: Floats | None = None) -> Battles:
    """(prompts, languages) scores, as battles."""
    prompts, languages = values.shape
    orders = np.stack([values.ravel(), (values if second is None else second).ravel()], axis=1)
    tags = np.tile([f"l{at:02}" for at in range(languages)], prompts)
    return Battles(tags, np.repeat([f"g{at:04}" for at in range(prompts)], languages), orders)


def families() -> Iterator[str]:
    """Errors over all 23 languages at once, where no language differs from one half."""
    yield "| prompts | correlation | ties | any language below .05 after Holm, % | all 23 joint intervals hold, % |"
    yield "|---|---|---|---|---|"
    for prompts, correlation, ties in ((20, 0.0, 0.0), (50, 0.3, 0.15), (100, 0.0, 0.15), (100, 0.3, 0.15)):
        draw, repeats, wrong, right = np.random.default_rng(prompts), 600, 0, 0
        for at in range(repeats):
            found = st.Sums(scores(draw, prompts, LANGUAGES, 0.5, correlation, ties), np.ones((prompts, LANGUAGES)))
            wrong += bool((st.holm(st.sign_flip(found)) < 0.05).any())
            level = st.simultaneous_level(found, st.resamples(prompts, 500, at))
            low, high = st.interval(st.means(found), st.contributions(found), st.members(found), level)
            right += bool(((low <= 0.5 + 1e-12) & (high >= 0.5 - 1e-12)).all())
        yield f"| {prompts} | {correlation} | {ties} | {100 * wrong / repeats:.1f} | {100 * right / repeats:.1f} |"


def models() -> Iterator[str]:
    """Planted strengths, and a planted length bias with and without a planted gap in quality."""
    draw, truth = np.random.default_rng(0), np.array([1.0, 0.4, 0.0, -0.4, -1.0])
    inside, error = [], []
    for at in range(100):
        groups = np.repeat(np.arange(150), 4)
        a = draw.integers(0, 5, 600)
        b = (a + draw.integers(1, 5, 600)) % 5
        half = (truth[a] - truth[b]) / 2
        u = draw.random(600) * (np.exp(half) + np.exp(-half) + 0.6)
        score = np.where(u < np.exp(half), 1, np.where(u < np.exp(half) + 0.6, 0.5, 0))
        found = bradley_terry(a.astype(str), b.astype(str), score, groups, 300, seed=at)
        planted = truth[np.array(found.models).astype(int)]
        inside += list((found.low <= planted) & (planted <= found.high))
        error.append(np.abs(found.strengths - planted).max())
    share, largest = 100 * np.mean(inside), np.median(error)
    yield "Bradley-Terry with ties, 5 models, 600 battles on 150 prompts, 100 times: intervals hold the planted"
    yield f"strength in {share:.1f}%; largest error of a strength {largest:.2f} (median)."
    yield ""
    yield "| planted win-rate at equal lengths | raw | length-controlled | interval holds, % |"
    yield "|---|---|---|---|"
    for quality in (0.0, 0.5, -0.8):
        p, raw, controlled, holds = 1 / (1 + np.exp(-quality)), [], [], 0
        for _ in range(300):
            longer = draw.normal(0.7, 1, 2000) * np.repeat([900.0, 60.0], 1000)
            tag, group = np.repeat(["de", "zh"], 1000), np.tile(np.arange(1000), 2)
            sd = np.where(tag == "de", longer[:1000].std(ddof=1), longer[1000:].std(ddof=1))
            wins = draw.random(2000) < 1 / (1 + np.exp(-quality - 1.5 * np.tanh(longer / sd)))
            found = length_controlled(wins.astype(float), longer, tag, group)
            raw.append(wins.mean())
            controlled.append(found.average)
            holds += found.average_low <= p <= found.average_high
        yield f"| {p:.3f} | {np.mean(raw):.3f} | {np.mean(controlled):.3f} | {holds / 3:.1f} |"


def plain_loop(values: Floats, prompts: list[str], tags: list[str], number: int, seed: int = 0) -> list[list[float]]:
    """The same bootstrap as most harnesses write it: draw prompts, gather their rows, average by language."""
    draw, rows = np.random.default_rng(seed), {}
    for value, prompt, tag in zip(values.tolist(), prompts, tags, strict=True):
        rows.setdefault(prompt, []).append((tag, value))
    names, result = sorted(rows), []
    for _ in range(number):
        found: dict[str, list[float]] = {}
        for at in draw.integers(0, len(names), len(names)):
            for tag, value in rows[names[at]]:
                found.setdefault(tag, []).append(value)
        result.append([sum(found[tag]) / len(found[tag]) for tag in sorted(found)])
    return result


def speed() -> Iterator[str]:
    draw = np.random.default_rng(0)
    first, second = scores(draw, 500, LANGUAGES, 0.55, 0.2, 0.1), scores(draw, 500, LANGUAGES, 0.55, 0.2, 0.1)
    data = battles(first, second)
    averaged = data.orders.mean(1)

    def fast() -> Floats:
        found = st.sums(data.orders.mean(1), data.groups, data.languages)
        return st.bootstrap_means(found, st.resamples(len(found.scores), 1000))

    def best(function, times: int) -> float:
        took = []
        for _ in range(times):
            start = time.perf_counter()
            function()
            took.append(time.perf_counter() - start)
        return float(np.median(took))

    number = 20
    loop = best(lambda: plain_loop(averaged, data.groups.tolist(), data.languages.tolist(), number), 3) * 1000 / number
    quick, whole = best(fast, 5), best(lambda: summarise_battles(data), 3)
    yield f"23 languages x 500 prompts x 2 orders, 1,000 bootstraps of whole groups: {quick:.3f} s from raw scores; a"
    yield f"plain loop takes {loop:.1f} s (from {number} resamples), {loop / quick:.0f} times as long. The whole"
    yield f"summary (intervals, joint intervals, sign flips, Holm, averages): {whole:.2f} s."


def main() -> None:
    parts = {
        "coverage": coverage,
        "uneven": uneven,
        "differences": differences,
        "families": families,
        "models": models,
        "speed": speed,
    }
    for name in sys.argv[1:] or parts:
        print(f"\n## {name}\n", flush=True)
        for line in parts[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()

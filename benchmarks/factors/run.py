"""How often planted factors are seen and shuffled labels are not, in the 23 languages.

    python benchmarks/factors/run.py [--prompts N] [--seeds N] [--coins N]

`--seeds` datasets with the effects of `planted.py`, and `--coins` with labels drawn by a coin for each prompt, on the
texts of the first seed with two pairs a prompt, so that pairs depend on each other as much as they can.
"""

import argparse
import time

import numpy as np
from planted import EFFECTS, planted_pairs

from polypref import languages
from polypref.analysis.answer_pairs import AnswerPairs
from polypref.analysis.factors import pair_differences, weigh_factors, weigh_language
from polypref.evaluation.figures.statistics import holm


def answer_pairs(tag: str, prompts: int, seed: int, effects: dict[str, float] | None = None) -> AnswerPairs:
    """Planted pairs of a language."""
    rows = list(planted_pairs(tag, prompts, seed, effects))
    return AnswerPairs(tag, [row[1] for row in rows], [row[2] for row in rows], [row[0] for row in rows])


def show_planted(prompts: int, seeds: int) -> None:
    """How many planted effects hold with the right sign, and how many others hold."""
    right = wrong = others = possible = nothing = 0
    for seed in range(seeds):
        result = weigh_factors([answer_pairs(tag, prompts, seed) for tag in languages.AYA_23])
        for one in result.weights:
            planted = EFFECTS.get(one.factor, 0.0)
            possible += bool(planted)
            nothing += not planted and one.p is not None
            right += one.holds and (one.weight or 0) * planted > 0
            wrong += one.holds and (one.weight or 0) * planted < 0
            others += one.holds and not planted
    print(f"planted: {right} of {possible} hold with the right sign, {wrong} with the wrong one")
    print(f"not planted: {others} of {nothing} weights hold")


def show_coins(prompts: int, coins: int) -> None:
    """In how many datasets with shuffled labels anything holds, and how many single tests have p under .05."""
    of_language = {}
    for tag in languages.AYA_23:
        both = [pair_differences(answer_pairs(tag, prompts, seed, {})) for seed in (0, 1)]
        of_language[tag] = {name: np.concatenate([one[name] for one in both]) for name in both[0]}
    names = [str(number) for number in range(prompts)] * 2
    generator, families, single = np.random.default_rng(0), 0, []
    for _ in range(coins):
        family = []
        for tag, values in of_language.items():
            coin = np.tile(generator.choice([-1.0, 1.0], prompts), 2)
            turned = {name: coin * value for name, value in values.items()}
            family += [row.p for row in weigh_language(tag, turned, names) if row.p is not None]
        families += bool(holm(family).min() < 0.05)
        single += family
    share = float(np.mean(np.array(single) < 0.05))
    print(f"shuffled: in {families} of {coins} datasets anything holds; {share:.3f} of {len(single):,} p are under .05")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--prompts", type=int, default=400)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--coins", type=int, default=200)
    arguments = parser.parse_args()
    begin = time.time()
    show_planted(arguments.prompts, arguments.seeds)
    show_coins(arguments.prompts, arguments.coins)
    print(f"{time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()

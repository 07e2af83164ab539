"""How often planted differences between groups of people are seen, and values dealt out at random are not.

    python benchmarks/factors/groups.py [--languages 23] [--prompts N] [--each N] [--seeds N] [--deals N]

People of two values judge made-up answers of `planted.py`, each one a part of the prompts, with tastes of their own
beside those of their value. `--seeds` datasets have the effects of TOWN and VILLAGE; in `--deals` datasets all people
have those of TOWN, and the values are dealt out among them at random. What clusters of prompts alone would say of the
same votes stands beside it.
"""

import argparse
import time
from collections.abc import Iterator, Mapping

import numpy as np
from run import answer_pairs

from polypref import languages
from polypref.analysis.factors import pair_differences
from polypref.analysis.features import FACTORS
from polypref.analysis.group_factors import compare_values
from polypref.evaluation.figures.statistics import Floats, holm
from polypref.release.group_factor_results import FactorDifference, LanguageValues

#: Log odds for one unit of a factor, as it is counted.
TOWN = {"list_items": 1.0, "bold": -1.0, "question_back": 1.0}
VILLAGE = {"list_items": -0.5, "bold": -1.0}
WANTED = {"town": TOWN, "village": VILLAGE}
#: Spread of the tastes of people of one value, of every factor.
OWN = 0.5
#: The share of the prompts that a person judges.
JUDGED = 0.4


def votes(
    answers: Mapping[str, Floats], tastes: list[Mapping[str, float]], generator: np.random.Generator
) -> tuple[dict[str, Floats], list[str], list[int]]:
    """What people choose: differences, prompts, and the number of the person."""
    names = list(answers)
    x = np.column_stack([answers[name] for name in names])
    wants = np.array([[own.get(name, 0.0) for name in names] for own in tastes])
    wants += OWN * generator.normal(size=wants.shape)
    person, prompt = np.nonzero(generator.random((len(tastes), len(x))) < JUDGED)
    lead = (x[prompt] * wants[person]).sum(1)
    sign = np.where(generator.random(len(lead)) < 1 / (1 + np.exp(-lead)), 1.0, -1.0)
    differences = {name: sign * x[prompt, at] for at, name in enumerate(names)}
    return differences, [str(one) for one in prompt], person.tolist()


def datasets(
    of_language: Mapping[str, Mapping[str, Floats]], each: int, number: int, dealt: bool
) -> Iterator[tuple[list[LanguageValues], list[LanguageValues]]]:
    """The figures of datasets, by whose votes they are, and as if each vote were of a person of its own."""
    for seed in range(number):
        generator = np.random.default_rng([seed, dealt])
        whole, alone = [], []
        for tag, answers in of_language.items():
            tastes = [TOWN if dealt or one < each else VILLAGE for one in range(2 * each)]
            differences, prompts, person = votes(answers, tastes, generator)
            place = generator.permutation(2 * each) if dealt else np.arange(2 * each)
            values = ["town" if place[one] < each else "village" for one in person]
            whole.append(compare_values(tag, differences, prompts, values, [f"person {one}" for one in person]))
            if dealt:
                alone.append(compare_values(tag, differences, prompts, values, [str(at) for at in range(len(person))]))
        yield whole, alone


def holding(rows: list[LanguageValues]) -> list[tuple[FactorDifference, bool]]:
    """The differences of a dataset, and whether they hold over all its languages."""
    every = [one for row in rows for one in row.differences]
    return list(zip(every, (holm([one.p for one in every]) < 0.05).tolist(), strict=True))


def show_planted(of_language: Mapping[str, Mapping[str, Floats]], each: int, seeds: int) -> None:
    """How many planted differences hold with the right sign, and how many others hold."""
    right = wrong = others = possible = nothing = 0
    for rows, _ in datasets(of_language, each, seeds, dealt=False):
        for one, holds in holding(rows):
            planted = WANTED[one.first].get(one.factor, 0.0) - WANTED[one.second].get(one.factor, 0.0)
            possible, nothing = possible + bool(planted), nothing + (not planted)
            right += holds and one.difference * planted > 0
            wrong += holds and one.difference * planted < 0
            others += holds and not planted
    print(f"planted: {right} of {possible} differences hold with the right sign, {wrong} with the wrong one")
    print(f"not planted: {others} of {nothing} differences hold")


def show_dealt(of_language: Mapping[str, Mapping[str, Floats]], each: int, deals: int) -> None:
    """In how many datasets whose values were dealt out at random a difference holds, and how many p are under .05."""
    families, small = np.zeros(2, int), [[], []]
    for both in datasets(of_language, each, deals, dealt=True):
        for at, rows in enumerate(both):
            done = holding(rows)
            families[at] += any(holds for _, holds in done)
            small[at] += [one.p < 0.05 for one, _ in done]
    for name, number, under in zip(("by prompt and person", "by prompt alone"), families, small, strict=True):
        share = f"{np.mean(under):.3f} of {len(under):,} p are under .05"
        print(f"dealt out, {name}: in {number} of {deals} datasets a difference holds; {share}")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--languages", type=int, default=len(languages.AYA_23), help="how many")
    parser.add_argument("--prompts", type=int, default=150)
    parser.add_argument("--each", type=int, default=6, help="people of each value")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--deals", type=int, default=50)
    arguments = parser.parse_args()
    begin = time.time()
    of_language = {}
    for tag in languages.AYA_23[: arguments.languages]:
        counted = pair_differences(answer_pairs(tag, arguments.prompts, 0, {}))
        of_language[tag] = {name: counted[name] for name in FACTORS if name in counted}
    show_planted(of_language, arguments.each, arguments.seeds)
    show_dealt(of_language, arguments.each, arguments.deals)
    print(f"{time.time() - begin:.0f} s")


if __name__ == "__main__":
    main()

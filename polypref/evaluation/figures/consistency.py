"""Whether a model does the same in one language as in another: by verdicts on it, or by translations of its answers.

Languages are compared with one of them, prompt by prompt with its translations (the question of Jin et al. 2024,
arXiv 2310.13132, of health questions in four languages).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .agreement import Agreement, cohens_kappa
from .language_shares import LanguageShare, Shares, shares_by_language
from .statistics import Floats


@dataclass(frozen=True, kw_only=True)
class SameVerdict:
    """One language beside the one that it is compared with, on the prompts that have a score in both.

    Attributes:
        same: share of these prompts with the same verdict: won, tie or lost.
        difference: mean distance of the two scores, from 0 to 1.
        kappa: of the verdicts: how far they agree beyond what chance would give with as many wins, ties and losses.
    """

    same: LanguageShare
    difference: float | None
    kappa: Agreement


@dataclass(frozen=True, kw_only=True)
class SameVerdicts:
    """How far verdicts on a model are the same in other languages as in one.

    Attributes:
        language: the one that the others are compared with.
        rows: a language each.
        average: mean of `same` over the languages.
    """

    language: str
    rows: tuple[SameVerdict, ...]
    average: LanguageShare | None


@dataclass(frozen=True, kw_only=True)
class SameAnswers:
    """How far a model's answers, translated into one language, are those that it gave in that language.

    Attributes:
        language: the one that answers are translated into.
        chrf: chrF (0 to 1) of the translation against the model's own answer to the same prompt.
        by_chance: the same against its answer to another prompt: what answers share that say different things.
    """

    language: str
    chrf: Shares
    by_chance: Shares


def most_shared(groups: Sequence[str], languages: Sequence[str], scored: Sequence[bool], first: str = "en") -> str:
    """The language that others are compared with.

    Args:
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) tags.
        scored: (n,) which have a score.
        first: taken where it has a score in a prompt that another language has one in.

    Returns:
        The first, else the language with the most prompts that another language has too; empty where none has.
    """
    tags_of: dict[str, set[str]] = {}
    for group, tag, known in zip(groups, languages, scored, strict=True):
        if known:
            tags_of.setdefault(group, set()).add(tag)
    shared = [tag for tags in tags_of.values() if len(tags) > 1 for tag in tags]
    if first in shared or not shared:
        return first if shared else ""
    return min(set(shared), key=lambda tag: (-shared.count(tag), tag))


def same_verdicts(
    scores: Floats,
    groups: Sequence[str],
    languages: Sequence[str],
    against: str,
    level: float = 0.95,
    prompts: Sequence[str] | None = None,
) -> SameVerdicts | None:
    """How far verdicts are the same in other languages as in one.

    Args:
        scores: (n,) of the model, 0 to 1; NaN without one.
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) tags.
        against: the language that others are compared with.
        level: of the intervals.
        prompts: (n,) names that tell the prompts of a group apart that has several in a language, such as the turns of
            a conversation; those of one name are compared. Without names a group has one prompt in a language. Of
            several scores of a prompt, whose answers are not the same, the mean counts.

    Returns:
        A row for each language that shares a scored prompt; None where none does.
    """
    of_prompt: dict[tuple[str, str, str], list[float]] = {}
    for *prompt, score in zip(languages, groups, groups if prompts is None else prompts, scores.tolist(), strict=True):
        own = of_prompt.setdefault((prompt[0], prompt[1], prompt[2]), [])
        own += [] if np.isnan(score) else [score]
    numbers = Counter((tag, group) for tag, group, _ in of_prompt)
    several = {group for (_, group), number in numbers.items() if number > 1}
    by_tag: dict[str, dict[tuple[str, str], float]] = {}
    for (tag, group, name), own in of_prompt.items():
        if own:
            by_tag.setdefault(tag, {})[group, name if group in several else ""] = sum(own) / len(own)
    base = by_tag.pop(against, {})
    pairs = [
        (tag, key[0], own[key], base[key])
        for tag, own in sorted(by_tag.items())
        for key in sorted(own.keys() & base.keys())
    ]
    if not pairs:
        return None
    tags, shared, one, two = (np.array(column) for column in zip(*pairs, strict=True))
    same = shares_by_language((np.sign(one - 0.5) == np.sign(two - 0.5)).astype(float), shared, tags, level)
    rows = [
        SameVerdict(
            same=row,
            difference=float(np.abs(one - two)[tags == row.language].mean()),
            kappa=cohens_kappa(_labels(one[tags == row.language]), _labels(two[tags == row.language])),
        )
        for row in same.rows
    ]
    return SameVerdicts(language=against, rows=tuple(rows), average=same.average)


def _labels(scores: Floats) -> list[str | None]:
    return ["won" if score > 0.5 else "lost" if score < 0.5 else "tie" for score in scores]


def same_answers(
    chrf: ArrayLike,
    by_chance: ArrayLike,
    groups: ArrayLike,
    languages: ArrayLike,
    into: str,
    level: float = 0.95,
) -> SameAnswers:
    """Measures translated answers by language.

    Args:
        chrf: (n,) of each translation against the model's own answer to the prompt, 0 to 1; NaN for none.
        by_chance: (n,) against its answer to another prompt.
        groups: (n,) the same name for the same prompt in all its languages.
        languages: (n,) of the answers before translation.
        into: the language that they are translated into.
        level: of the intervals.

    Returns:
        Both by language and on average.
    """
    return SameAnswers(
        language=into,
        chrf=shares_by_language(chrf, groups, languages, level),
        by_chance=shares_by_language(by_chance, groups, languages, level),
    )


def translation_chrf(
    translations: Mapping[tuple[str, str], str], answers: Mapping[str, str]
) -> dict[tuple[str, str], tuple[float, float | None]]:
    """Compares translations of answers with the answers that a model gave in the language of the translations.

    ChrF2 as sacrebleu computes it (Popović 2015, character n-grams up to 6, beta 2), of a text at a time.

    Args:
        translations: (language, group) -> the answer in that language, translated.
        answers: group -> the model's own answer in the language that they are translated into.

    Returns:
        (language, group) -> chrF from 0 to 1, and the same against the answer to the next group that has one, None
        where there is no other; for the groups that both have.
    """
    from sacrebleu.metrics.chrf import CHRF

    chrf, groups = CHRF(), sorted(answers)
    after = dict(zip(groups, [*groups[1:], *groups[:1]], strict=True))

    def score(text: str, group: str) -> float:
        return float(chrf.sentence_score(text, [answers[group]]).score) / 100

    return {
        (tag, group): (score(text, group), None if len(groups) < 2 else score(text, after[group]))
        for (tag, group), text in sorted(translations.items())
        if group in answers
    }

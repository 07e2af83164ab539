"""From battles to what stands beside win-rates by language: slices, consistency across languages, refusals."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from .. import languages
from ..stages.checks.refusals import Refusals as RefusalPhrases
from .breakdowns import (
    Breakdowns,
    ComparisonBreakdowns,
    RanksOfSet,
    Refusals,
    ScoredModel,
    ScoresOfNoBattle,
    StyleOfSet,
    TranslatedAnswers,
)
from .figures.consistency import most_shared, same_answers, same_verdicts
from .figures.language_shares import shares_by_language
from .figures.mean_ranks import mean_ranks
from .figures.scaled_means import means_on_scale
from .figures.slices import Slices, slice_battles
from .figures.statistics import Floats
from .figures.style_control import style_controlled
from .inputs.tables import BattleRow
from .inputs.traits import CHRF, CHRF_BY_CHANCE, REFUSAL, SCORE

#: Failures that are a refusal: a server's word for it, and its filter.
_REFUSED = frozenset({"refused", "content_filter"})
_REFUSES, _ANSWERS = "refuses", "answers"

_Answer = tuple[str, str, str, str]
"""Set, prompt's id, language and model."""


class Known:
    """What is known of the prompts and answers of battles beside their verdicts.

    Args:
        rows: all battles.
        traits: `traits.TRAITS`; None where nothing is stated.
        slices: columns by which the report is sliced.
    """

    def __init__(self, rows: Iterable[BattleRow], traits: pa.Table | None, slices: Sequence[str]) -> None:
        self.slices = tuple(slices)
        self.stated: dict[tuple[_Answer, str], list[str]] = defaultdict(list)
        self.numbers: dict[tuple[_Answer, str], float] = {}
        self.labels: dict[tuple[str, str, str], str] = {}
        for one in traits.to_pylist() if traits is not None else ():
            answer = one["set"], one["prompt_id"], one["language"], one["model"]
            if one["number"] is None:
                self.stated[answer, one["column"]].append(one["value"])
            else:
                self.numbers[answer, one["column"]] = one["number"]
                self.labels[one["set"], one["model"], one["column"]] = one["value"]
        self.answers = _answers(rows)
        self.refusing = _refusing(self.answers)

    def lacking(self) -> list[str]:
        """Columns that are asked for and stated nowhere.

        Returns:
            Their names, in the order in which they are asked for.
        """
        there = {column for _, column in self.stated} | {REFUSAL}
        return [column for column in self.slices if column not in there]

    def values(self, row: BattleRow, column: str, model: str) -> list[str]:
        """What is stated of a battle's prompt or answer.

        Args:
            row: the battle.
            column: of a prompt, or of an answer.
            model: whose answer; empty for the prompt.

        Returns:
            The values, mostly one; none where nothing is stated.
        """
        answer = row["set"], row["prompt_id"], row["language"], model
        if column == REFUSAL and model:
            text = row["answer"] if model == row["model"] else row["other_answer"]
            refuses = self.refusing.get((answer, text or ""))
            if refuses is not None:
                return [_REFUSES if refuses else _ANSWERS]
        return self.stated.get((answer, column), [])


_Known = Mapping[tuple[_Answer, str], tuple[BattleRow, str]]
"""Answer and its text, of which a model may have several -> a battle that it is in, and why there is none."""


def _answers(rows: Iterable[BattleRow]) -> _Known:
    answers: dict[tuple[_Answer, str], tuple[BattleRow, str]] = {}
    for row in rows:
        sides = (
            (row["model"], row["answer"], row["answer_failure"]),
            (row["other"], row["other_answer"], row["other_failure"]),
        )
        for model, text, failure in sides:
            answer = row["set"], row["prompt_id"], row["language"], model
            answers.setdefault((answer, text or ""), (row, failure or ""))
    return answers


def _refusing(answers: _Known) -> dict[tuple[_Answer, str], bool]:
    """Which answers refuse, of those that say something or were refused for the model; in languages with phrases.

    Where none are known, those that were refused for the model would be all that is known, and a share of 1.
    """
    read = [key for key, (row, _) in answers.items() if key[1] and has_phrases(row["language"])]
    texts, tags = [text for _, text in read], [answers[key][0]["language"] for key in read]
    known = dict(zip(read, RefusalPhrases().refusing(texts, tags), strict=True))
    refused = (key for key, (row, failure) in answers.items() if failure in _REFUSED and has_phrases(row["language"]))
    return known | dict.fromkeys(refused, True)


def has_phrases(tag: str) -> bool:
    """Whether phrases of refusals are known in a language.

    Args:
        tag: of the language.

    Returns:
        Whether its file lists any.
    """
    language = languages.find(tag)
    return bool(language and any(phrase.kind == "refusal" for phrase in language.refusals))


def comparison_breakdowns(
    rows: Sequence[BattleRow], scores: Floats, known: Known, against: str, level: float, seed: int
) -> ComparisonBreakdowns:
    """What is known of one comparison beside its languages.

    Args:
        rows: n battles of it.
        scores: (n,) of the model; NaN without one.
        known: of the prompts and answers.
        against: the language that others are compared with, where prompts have it.
        level: of the intervals.
        seed: of the tests.

    Returns:
        Its slices, and how far verdicts are the same across languages.
    """
    groups, tags = [row["group_id"] for row in rows], [row["language"] for row in rows]
    base = most_shared(groups, tags, (~np.isnan(scores)).tolist(), against)
    slices: list[Slices] = []
    for column in known.slices:
        of_prompts = [known.values(row, column, "") for row in rows]
        of_model = [known.values(row, column, row["model"]) for row in rows]
        of_other = [known.values(row, column, row["other"]) for row in rows]
        if any(of_prompts):
            slices.append(slice_battles(column, "prompt", of_prompts, scores, groups, tags, level, seed))
        if any(of_model):
            slices.append(slice_battles(column, "model", of_model, scores, groups, tags, level, seed))
        if any(of_other):
            slices.append(slice_battles(column, "other", of_other, scores, groups, tags, level, seed))
    prompts = [row["prompt_id"] for row in rows]
    same = same_verdicts(scores, groups, tags, base, level, prompts) if base else None
    return ComparisonBreakdowns(slices=tuple(slices), same_verdicts=same)


def model_breakdowns(known: Known, level: float) -> Breakdowns:
    """Figures of models that are of no one comparison.

    Args:
        known: of all prompts and answers.
        level: of the intervals.

    Returns:
        Refusals of each set and model whose answers are there, and translated answers where they were compared.
    """
    by_model: dict[tuple[str, str], list[tuple[_Answer, str]]] = defaultdict(list)
    for answer, text in known.answers:
        by_model[answer[0], answer[3]].append((answer, text))
    refusals, translated, scored = [], [], []
    for (name, model), texts in by_model.items():
        every = [known.answers[one][0] for one in texts]
        refuses = np.array([float(known.refusing.get(one, np.nan)) for one in texts])
        # What is stated is of a model and prompt, however many answers there are.
        first = {answer: row for (answer, _), row in reversed(list(zip(texts, every, strict=True)))}
        answers = list(dict.fromkeys(answer for answer, _ in texts))
        groups, tags = ([first[one][key] for one in answers] for key in ("group_id", "language"))
        if not np.isnan(refuses).all():
            both = [row["group_id"] for row in every], [row["language"] for row in every]
            shares = shares_by_language(refuses, *both, level)
            unknown = tuple(sorted({tag for tag in tags if not has_phrases(tag)}))
            refusals.append(Refusals(set=name, model=model, shares=shares, unknown=unknown))
        chrf, chance = (
            np.array([known.numbers.get((one, kind), np.nan) for one in answers]) for kind in (CHRF, CHRF_BY_CHANCE)
        )
        if not np.isnan(chrf).all():
            into = known.labels[name, model, CHRF]
            of = [tag != into for tag in tags]
            same = same_answers(chrf[of], chance[of], np.array(groups)[of], np.array(tags)[of], into, level)
            translated.append(TranslatedAnswers(set=name, model=model, same=same))
        scores = np.array([known.numbers.get((one, SCORE), np.nan) for one in answers])
        if not np.isnan(scores).all():
            least, _, most = known.labels[name, model, SCORE].partition(" to ")
            means = means_on_scale(scores, groups, tags, float(least), float(most), level)
            scored.append(ScoredModel(set=name, model=model, least=float(least), most=float(most), scores=means))
    return Breakdowns(
        refusals=tuple(refusals),
        translated=tuple(translated),
        scores=tuple(scored),
        scores_of_no_battle=tuple(_scores_of_no_battle(known)),
    )


def _scores_of_no_battle(known: Known) -> Iterator[ScoresOfNoBattle]:
    """How many scores are of answers that no other was compared with, or none of those asked about."""
    lone: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    met = {answer for answer, _ in known.answers}
    for answer, column in known.numbers:
        if column == SCORE and answer not in met:
            lone[answer[0], answer[3]][answer[2]] += 1
    for (name, model), counts in sorted(lone.items()):
        yield ScoresOfNoBattle(set=name, model=model, languages=dict(sorted(counts.items())))


def ranking_breakdowns(
    pairs: Sequence[tuple[BattleRow, float]], level: float
) -> tuple[RanksOfSet | None, StyleOfSet | None]:
    """Mean ranks and style-controlled strengths of the models of one set and judge.

    Args:
        pairs: battles of any two of them, and the score of the model; NaN without one.
        level: of the intervals.

    Returns:
        Each, or None where it cannot be had.
    """
    games = [
        (row["language"], row["prompt_id"], row["group_id"], row["model"], row["other"], score) for row, score in pairs
    ]
    name, judge = pairs[0][0]["set"], pairs[0][0]["judge"]
    ranks = mean_ranks(games, level)
    styled = style_controlled(
        [row["model"] for row, _ in pairs],
        [row["other"] for row, _ in pairs],
        [score for _, score in pairs],
        [(row["answer"] or "", row["other_answer"] or "") for row, _ in pairs],
        [row["group_id"] for row, _ in pairs],
        level,
    )
    return (
        None if ranks is None else RanksOfSet(set=name, judge=judge, ranks=ranks),
        None if styled is None else StyleOfSet(set=name, judge=judge, style=styled),
    )

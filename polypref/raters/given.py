"""Raters that need no model: a score for every completion, from the source, from a reference, or from relevance.

`rate` is a pure function over the prompts and completions of a bucket; `contract` says what a rater is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .. import languages, schema
from ..errors import UserError
from ..judging import relevance
from ..layouts.fields import Fields
from ..scripting.declared import check_fields, checked_call
from .contract import ratings


@checked_call
@dataclass(frozen=True)
class SourceRater:
    """Scores, or verdicts, that came with the source: human labels, stored judge scores.

    Attributes:
        rater: the rater's name in the source's fields.
    """

    rater: str = "source"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = ""

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def name(self) -> str:
        """The rater's name."""
        return self.rater

    def unrated(self, fields: Sequence[Fields], verdicts: bool) -> str:
        """What keeps the sources' own ratings from being used, and what to declare; empty where nothing does.

        Args:
            fields: of the sources.
            verdicts: whether the pair rule asks for verdicts, and not for scores.

        Returns:
            Part of a sentence for a user, or ''.
        """
        scores = {answer.rater for one in fields for answer in one.answers if answer.score}
        judged = {rater for one in fields for rater in one.joins}
        if self.rater in (judged if verdicts else scores):
            return ""
        if self.rater in scores | judged:
            kind, rule = ("scores", "another pair rule") if verdicts else ("verdicts", "pairs=PairRule('given')")
            return f"the sources have {kind} by '{self.rater}': declare {rule}"
        there = [f"scores by '{one}'" for one in sorted(scores)] + [f"verdicts by '{one}'" for one in sorted(judged)]
        if not there:
            return (
                "the sources declare neither scores nor verdicts, and no rater gives any: name a column of scores in "
                "Answer(score=...) or of verdicts in Fields(verdict=...), or have a rater judge"
            )
        names = sorted(scores | judged)
        advice = (
            f"rater=SourceRater('{names[0]}')" if len(names) == 1 else "one of them, as in rater=SourceRater('NAME')"
        )
        rule = "pairs=PairRule('given')" if not scores else "pairs=PairRule('given') for verdicts"
        return f"the sources have {', '.join(there)}: declare {advice}{f', {rule}' if judged else ''}"


@checked_call
@dataclass(frozen=True)
class ReferenceRater:
    """chrF against the prompt's reference answer, 0 to 100 (Popović 2015; sacrebleu's implementation).

    A prompt without a reference leaves its completions unrated.

    Attributes:
        order: longest character n-gram.
        beta: weight of recall.
    """

    order: int = 6
    beta: int = 2
    name: ClassVar[str] = "chrf-reference"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = (
        "Scores are chrF against one reference answer: closeness in wording, not quality; a good answer in other words "
        "scores low."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.order < 1 or self.beta < 1:
            raise UserError(f"{self.name}: order and beta must be at least 1")

    def unreferenced(self, fields: Sequence[Fields]) -> str:
        """What to declare where no source has reference answers.

        Args:
            fields: of the sources.

        Returns:
            Part of a sentence for a user; '' where one of them names a column.
        """
        if any(one.reference for one in fields):
            return ""
        return (
            f"rater '{self.name}' compares with reference answers, and no source names a column of them: declare "
            "Fields(reference='COLUMN')"
        )

    def rate(self, prompts: pa.Table, completions: pa.Table) -> pa.Table:
        """Rates the completions whose prompt has a reference.

        Args:
            prompts: of a bucket (schema.PROMPTS).
            completions: their answers (schema.COMPLETIONS).

        Returns:
            Ratings (schema.RATINGS).
        """
        from sacrebleu.metrics.chrf import CHRF

        metric = CHRF(char_order=self.order, beta=self.beta)
        references = dict(zip(prompts["prompt_id"].to_pylist(), prompts["reference"].to_pylist(), strict=True))
        columns = (completions[c].to_pylist() for c in ("prompt_id", "completion_id", "text"))
        return ratings(
            self.name,
            (
                (prompt, completion, metric.sentence_score(text, [reference]).score)
                for prompt, completion, text in zip(*columns, strict=True)
                if (reference := references[prompt]) is not None
            ),
        )


@checked_call
@dataclass(frozen=True)
class RelevanceRater:
    """Relevance to the prompt, times a length incentive, times a repetition penalty; between 0 and 1.

    After the Regularized Relevance Reward of Kim and Seo 2024 (arXiv 2402.03469), with character n-gram TF-IDF in place
    of their embedding model: score = cos(prompt, answer) * min(1, length / full_length) * share of distinct n-grams.
    A baseline for trial runs, not a judgement of quality: it cannot see whether an answer is right, and rewards
    answers that repeat the prompt's words. It is not R3: `SentenceRelevanceRater` asks an embedding model as R3 does.

    Attributes:
        gram: characters of an n-gram for relevance.
        full_length: characters from which on length no longer helps, in languages with spaces; a third of it in others.
    """

    gram: int = 3
    full_length: int = 900
    name: ClassVar[str] = "relevance-baseline"
    version: ClassVar[int] = 1
    caution: ClassVar[str] = (
        "Scores come from a baseline without any model (relevance to the prompt's words, length, repetition). They are "
        "not the Regularized Relevance Reward (R3), which asks an embedding model, and no judgement of quality; do not "
        "train on this data as if they were."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.gram < 1 or self.full_length < 1:
            raise UserError(f"{self.name}: gram and full_length must be at least 1")

    def fit(self, texts: Iterable[str]) -> npt.NDArray[np.float64]:
        """Weights n-grams by how rare they are in a language's prompts.

        Args:
            texts: of the prompts.

        Returns:
            As `relevance.weights`.
        """
        return relevance.weights(texts, self.gram)

    def rate(self, prompts: pa.Table, completions: pa.Table, fitted: Mapping[str, npt.NDArray[np.float64]]) -> pa.Table:
        """Rates all completions.

        Args:
            prompts: of a bucket (schema.PROMPTS).
            completions: their answers (schema.COMPLETIONS).
            fitted: language -> what `fit` made of that language's prompts.

        Returns:
            Ratings (schema.RATINGS).
        """
        by_id = {
            row["prompt_id"]: (row["language"], row["response_language"], schema.prompt_text(row["prompt"]))
            for row in prompts.select(["prompt_id", "language", "response_language", "prompt"]).to_pylist()
        }
        columns = (completions[c].to_pylist() for c in ("prompt_id", "completion_id", "text"))
        scores = []
        for prompt, completion, text in zip(*columns, strict=True):
            language, response_language, question = by_id[prompt]
            spaces = languages.get(response_language).spaces
            score = relevance.relevance_score(question, text, spaces, self.gram, self.full_length, fitted[language])
            scores.append((prompt, completion, score))
        return ratings(self.name, scores)

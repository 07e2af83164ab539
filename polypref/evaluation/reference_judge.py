"""A judge for questions with a known answer: exact match, then language. It asks no model and is always the same."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..languages.asked_for import are_in_language
from ..languages.identifier import Identifier

#: What an answer can be worth, from the least.
GRADES = ("other", "in the language", "right")


@dataclass(frozen=True)
class ReferenceJudge:
    """Prefers the right answer to one that is only in the right language, and that to all others.

    Attributes:
        identifier: decides whether an answer that is not right is at least in its language; what it cannot tell is not.
    """

    identifier: Identifier = field(default_factory=Identifier)

    def grades(
        self,
        answers: Sequence[str],
        references: Sequence[Sequence[str]],
        languages: Sequence[str],
        prompts: Sequence[str] | None = None,
    ) -> NDArray[np.int64]:
        """Grades answers: is one of the references given, else is it at least in the language?

        Args:
            answers: n texts; empty where a model gave none.
            references: for each, all answers that are right.
            languages: for each, the tag of the language it should be in.
            prompts: for each, what was asked; one that asks for another language has its answers in that
                (`languages.asked_for`).

        Returns:
            (n,) 2 for one of the references (but for spaces and Unicode form), 1 for in the language, else 0.

        Raises:
            UserError: the three differ in length, or a prompt has no reference.
        """
        if not len(answers) == len(references) == len(languages):
            raise UserError(
                f"{len(answers)} answers, {len(references)} lists of references and {len(languages)} languages to "
                "judge; give one of each a prompt"
            )
        if any(isinstance(one, str) or not one for one in references):
            raise UserError("a prompt to judge has no list of references; leave out prompts without a known answer")
        right = [_bare(answer) in map(_bare, own) for answer, own in zip(answers, references, strict=True)]
        asked = [None] * len(answers) if prompts is None else list(prompts)
        inside = are_in_language(list(answers), list(languages), asked, self.identifier)
        return np.array([2 if r else int(i is True) for r, i in zip(right, inside, strict=True)], np.int64)

    def scores(
        self,
        first: Sequence[str],
        second: Sequence[str],
        references: Sequence[Sequence[str]],
        languages: Sequence[str],
    ) -> NDArray[np.float64]:
        """Compares two models' answers by their grades; the order shown plays no part.

        Args:
            first: the model's answers.
            second: the other model's answers to the same prompts.
            references, languages: as in `grades`, which says too what is raised.

        Returns:
            (n, 1) 1 where the first answer is worth more, 0.5 for the same, 0 for less.
        """
        own, other = (self.grades(answers, references, languages) for answers in (first, second))
        scores: NDArray[np.float64] = (np.sign(own - other)[:, None] + 1) / 2
        return scores


def _bare(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())

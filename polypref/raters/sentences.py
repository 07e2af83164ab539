"""A rater by relevance as R3 has it: a sentence model says how near an answer is to its prompt."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from .. import languages, schema
from ..errors import UserError
from ..inference import Failure, Known, Request, Served
from ..judging.relevance import regularised
from ..judging.scores import read_score, score_request
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import rejections
from ..stages.pool import Bucket
from .groups import groups


@checked_call
@dataclass(frozen=True)
class SentenceRelevanceRater:
    """Relevance by a sentence model, times a length incentive, times a repetition penalty; between 0 and 1.

    The Regularized Relevance Reward (R3; Kim and Seo 2024, arXiv 2402.03469) with a multilingual sentence model in
    place of Contriever: score = max(0, cos(prompt, answer)) * min(1, length / full_length) * share of distinct n-grams.
    Other than R3 it takes the cosine and not the dot product, length no longer helps from full_length on, and questions
    with one right answer, which R3 compares with a reference, are scored as all others. It cannot see whether an answer
    is right. Empty answers and references are not scored; equal texts are scored once.

    Attributes:
        served: the model, as `polypref.models.sentence_relevance` gives it; or a server that scores conversations so.
        full_length: as in `RelevanceRater`.
        name: the rater's name.
    """

    served: Served
    full_length: int = 900
    name: str = "sentence-relevance"
    version: ClassVar[int] = 1
    table: ClassVar[str] = "ratings"
    caution: ClassVar[str] = (
        "Scores are relevance to the prompt by a sentence model, times length and repetition (after the Regularized "
        "Relevance Reward, arXiv 2402.03469). They do not say whether an answer is right."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        if self.full_length < 1:
            raise UserError(f"{self.name}: full_length must be at least 1")

    @property
    def models(self) -> tuple[Served, ...]:
        """The sentence model."""
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields one request for every different answer of a prompt.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        for group in groups(bucket, least=1)[0]:
            for text, _ in group.answers:
                yield score_request(self.served.model, group.turns, text)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the scores.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `ratings` (schema.RATINGS), by prompt and completion, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=1)
        sent = [
            (group, text, same, score_request(self.served.model, group.turns, text))
            for group in prompt_groups
            for text, same in group.answers
        ]
        rows = []
        for (group, text, same, _), result in zip(sent, known([one[-1] for one in sent]), strict=True):
            score = read_score(result)
            for completion in same:
                if isinstance(score, Failure):
                    rejected.append((group.language, completion, score.reason, score.detail))
                else:
                    spaces = languages.get(group.response_language).spaces
                    rated = {"prompt_id": group.prompt_id, "completion_id": completion, "rater": self.name}
                    rated["rater_revision"] = self.served.model.revision
                    rows.append(rated | {"score": regularised(max(0.0, score), text, spaces, self.full_length)})
        rows.sort(key=lambda row: (row["prompt_id"], row["completion_id"]))
        return {"ratings": pa.Table.from_pylist(rows, schema.RATINGS), "rejected": rejections(rejected)}

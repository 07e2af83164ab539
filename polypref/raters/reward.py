"""A rater that is a reward model: one score for every answer in its conversation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from .. import schema
from ..inference import Failure, Known, Request, Served
from ..judging.prompts import Group
from ..judging.scores import read_score, score_request
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import rejections
from ..stages.pool import Bucket
from .groups import groups


@checked_call
@dataclass(frozen=True)
class RewardRater:
    """Scores from a reward model, which reads the prompt's messages and the answer as the assistant's turn.

    Scores are the model's own, without bounds, and mean nothing between prompts, languages or models. Empty answers and
    references are not scored; equal texts are scored once.

    Attributes:
        served: the reward model.
        name: the rater's name; the model's when left out.
    """

    served: Served
    name: str = ""
    version: ClassVar[int] = 1
    table: ClassVar[str] = "ratings"
    caution: ClassVar[str] = (
        "Scores come from a reward model. They are not comparable between languages, and neither is their worth: on "
        "M-RewardBench one open reward model picks the better answer in 64.0% of cases in Hebrew and 79.8% in Spanish "
        "(arXiv 2410.15522)."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        object.__setattr__(self, "name", self.name or self.served.model.name)

    @property
    def models(self) -> tuple[Served, ...]:
        """The reward model."""
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
                yield self._request(group, text)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the scores.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `ratings` (schema.RATINGS), by prompt and completion, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=1)
        sent = [(group, same, self._request(group, text)) for group in prompt_groups for text, same in group.answers]
        rows = []
        for (group, same, _), result in zip(sent, known([request for _, _, request in sent]), strict=True):
            score = read_score(result)
            for completion in same:
                if isinstance(score, Failure):
                    rejected.append((group.language, completion, score.reason, score.detail))
                else:
                    rows.append(
                        {
                            "prompt_id": group.prompt_id,
                            "completion_id": completion,
                            "rater": self.name,
                            "rater_revision": self.served.model.revision,
                            "score": score,
                        }
                    )
        rows.sort(key=lambda row: (row["prompt_id"], row["completion_id"]))
        return {"ratings": pa.Table.from_pylist(rows, schema.RATINGS), "rejected": rejections(rejected)}

    def _request(self, group: Group, text: str) -> Request:
        return score_request(self.served.model, group.turns, text)

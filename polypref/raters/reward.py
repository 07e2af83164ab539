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
from ..text.criteria import conversation_with_criterion, turns_with_criterion
from ..text.messages import conversation_to_send
from .groups import groups


@checked_call
@dataclass(frozen=True)
class RewardRater:
    """Scores from a reward model, which reads the prompt's messages and the answer as the assistant's turn.

    Scores are the model's own, without bounds, and mean nothing between prompts, languages or models. Empty answers and
    references are not scored; equal texts are scored once. Where prompts have calls of tools, or offer tools, its chat
    template is given them; one that has no place for them, and a server, score nothing there (`tools_not_offered`).

    Attributes:
        served: the reward model.
        name: the rater's name; the model's when left out.
    """

    served: Served
    name: str = ""
    version: ClassVar[int] = 2
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
        sent = _Conversations(bucket)
        for group in groups(bucket, least=1)[0]:
            for text, same in group.answers:
                yield self._request(group, text, *sent.whole(group.prompt_id, text, same[0]))

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the scores.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `ratings` (schema.RATINGS), by prompt and completion, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=1)
        whole = _Conversations(bucket).whole
        sent = [
            (group, same, self._request(group, text, *whole(group.prompt_id, text, same[0])))
            for group in prompt_groups
            for text, same in group.answers
        ]
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

    def _request(self, group: Group, text: str, whole: str | None, tools: str | None) -> Request:
        turns = turns_with_criterion(group.turns, group.criterion)
        return score_request(self.served.model, turns, text, conversation_with_criterion(whole, group.criterion), tools)


class _Conversations:
    """What of a bucket's prompts and answers is more than roles and texts."""

    def __init__(self, bucket: Bucket) -> None:
        names = ("prompt_id", "prompt", "messages", "tools")
        prompts = zip(*(bucket.prompts[name].to_pylist() for name in names), strict=True)
        self._prompts = {key: more for key, *more in prompts if more[1] is not None or more[2] is not None}
        ids, messages = (bucket.completions[name].to_pylist() for name in ("completion_id", "message"))
        self._messages = {key: message for key, message in zip(ids, messages, strict=True) if message is not None}
        # Plain turns of prompts that an answer of more than a text belongs to.
        self._turns = dict(zip(bucket.prompts["prompt_id"].to_pylist(), bucket.prompts["prompt"], strict=True))

    def whole(self, prompt: str, text: str, completion: str) -> tuple[str | None, str | None]:
        """The conversation, and the tools that are offered in it, as `score_request` takes them."""
        turns, messages, tools = self._prompts.get(prompt) or (self._turns[prompt].as_py(), None, None)
        return conversation_to_send(turns, messages, text, self._messages.get(completion)), tools

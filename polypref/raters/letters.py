"""A rater that is an LLM asked for one letter: how likely it is to prefer an answer to the others of its prompt."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..inference import Failure, Known, Request, Served
from ..judging.games import PairwiseGame
from ..judging.letters import LETTER_PROMPT, LetterQuestion, letter_template
from ..judging.prompts import Group
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import drawn, rejections
from ..stages.pool import Bucket
from .groups import Rejection, groups


@checked_call
@dataclass(frozen=True)
class LogprobRater:
    """Scores from the probabilities of two letters, A and B, as the first token of a judge's reply.

    An answer's score is the mean preference for it, P(its letter) / (P(A) + P(B)), over the answers that it is set
    against, each in both orders: from 0 to 1, one half where the judge prefers neither. It is a judge for small models
    too, of which no reply can be read, and costs one token a question. Of completions with equal texts the first by id
    stands for all.

    Attributes:
        served: the judge; its server must give log-probabilities.
        prompt: name of a text in polypref/data/judges that asks for a letter, or the path of a `.txt` file.
        opponents: an answer is set against so many others of its prompt at least, or against all; the same number for
            each, or one more.
        seed: of which ones.
        name: the rater's name; the model's when left out.
        prompt_name, prompt_sha256: which text that is; filled in.
    """

    served: Served
    prompt: str = field(default=LETTER_PROMPT, metadata={"settings": False})
    opponents: int = 3
    seed: int = 0
    name: str = ""
    prompt_name: str = field(init=False)
    prompt_sha256: str = field(init=False)
    version: ClassVar[int] = 1
    table: ClassVar[str] = "ratings"
    caution: ClassVar[str] = (
        "Scores are the mean probability with which a language model preferred an answer to others of its prompt, each "
        "pair in both orders. They say nothing between prompts, and judges agree with themselves from language to "
        "language only in part (mean Fleiss kappa about 0.3 over 25 languages, arXiv 2505.12201)."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        text = letter_template(self.prompt)
        if self.opponents < 1:
            raise UserError("a log-probability rater needs opponents of at least 1")
        object.__setattr__(self, "name", self.name or self.served.model.name)
        object.__setattr__(self, "prompt_name", text.name)
        object.__setattr__(self, "prompt_sha256", text.sha256)

    @property
    def models(self) -> tuple[Served, ...]:
        """The judge."""
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields two requests for each two answers that are set against each other.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        prompt_groups, _ = groups(bucket, least=2, tools=True)
        for _, sent, _ in self._question.ask_games(_games(self._pairs(prompt_groups)), known):
            yield sent

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the preferences.

        Two answers of which one order has no probabilities count for neither; every such request is a rejection.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `ratings` (schema.RATINGS), by prompt and completion, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=2, tools=True)
        pairs = self._pairs(prompt_groups)
        outcomes = self._question.outcomes(_games(pairs), known)
        shares: dict[tuple[str, int], list[float]] = {}
        for at, (group, one, two) in enumerate(pairs):
            both = outcomes[2 * at : 2 * at + 2]
            failed = [outcome for outcome in both if isinstance(outcome, Failure)]
            rejected += [_rejection(group, one, two, failure) for failure in failed]
            if not failed:
                share = math.fsum(outcome.share for outcome in both if not isinstance(outcome, Failure)) / 2
                shares.setdefault((group.prompt_id, one), []).append(share)
                shares.setdefault((group.prompt_id, two), []).append(1 - share)
        rows = [
            self._row(group, completion, shares[group.prompt_id, at])
            for group in prompt_groups
            for at, (_, same) in enumerate(group.answers)
            if (group.prompt_id, at) in shares
            for completion in same
        ]
        rows.sort(key=lambda row: (row["prompt_id"], row["completion_id"]))
        return {"ratings": pa.Table.from_pylist(rows, schema.RATINGS), "rejected": rejections(rejected)}

    def _row(self, group: Group, completion: str, shares: list[float]) -> dict[str, str | float]:
        return {
            "prompt_id": group.prompt_id,
            "completion_id": completion,
            "rater": self.name,
            "rater_revision": self.served.model.revision,
            "score": math.fsum(shares) / len(shares),
        }

    def _pairs(self, prompt_groups: list[Group]) -> list[tuple[Group, int, int]]:
        return [(group, *pair) for group in prompt_groups for pair in self._pairs_of(group)]

    def _pairs_of(self, group: Group) -> list[tuple[int, int]]:
        """Pairs of answers, by their place: each answer with its neighbours in a ring whose order is drawn."""
        ring = sorted(
            range(len(group.answers)), key=lambda at: drawn(self.seed, group.prompt_id, group.answers[at][1][0])
        )
        near = range(1, min((self.opponents + 1) // 2, len(ring) // 2) + 1)
        pairs = {(ring[at], ring[(at + step) % len(ring)]) for step in near for at in range(len(ring))}
        return sorted({(min(pair), max(pair)) for pair in pairs})

    @property
    def _question(self) -> LetterQuestion:
        return LetterQuestion(self.served.model, self.prompt)


def _games(pairs: list[tuple[Group, int, int]]) -> list[PairwiseGame]:
    """Every pair twice, the two orders one after the other."""
    return [
        PairwiseGame(group, group.answers[one][0], group.answers[two][0], swapped)
        for group, one, two in pairs
        for swapped in (False, True)
    ]


def _rejection(group: Group, one: int, two: int, failure: Failure) -> Rejection:
    ids = " against ".join(group.answers[at][1][0] for at in (one, two))
    return group.language, group.prompt_id, failure.reason, f"{ids}: {failure.detail}" if failure.detail else ids

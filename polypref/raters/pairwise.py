"""A rater that is an LLM asked which of two answers is better, in both orders."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar

import pyarrow as pa

from .. import schema
from ..errors import UserError
from ..inference import Failure, Known, Request, Sampling, Served
from ..judging import prompts
from ..judging.games import PairwiseGame, PairwiseQuestion, Preference
from ..judging.prompts import Group
from ..judging.verdicts import rationale_of
from ..scripting.declared import check_fields, checked_call
from ..stages.asking import drawn, rejections
from ..stages.pool import Bucket
from .groups import Rejection, groups

_SAMPLING = Sampling(max_tokens=1024)


@dataclass(frozen=True)
class _Game:
    """Two answers of a prompt, by their place in it; `swapped` shows the second one first."""

    group: Group
    one: int
    two: int
    swapped: bool

    @property
    def ids(self) -> tuple[str, str]:
        return self.group.answers[self.one][1][0], self.group.answers[self.two][1][0]

    @property
    def texts(self) -> PairwiseGame:
        """The game as the judge is asked about it."""
        one, two = (self.group.answers[at][0] for at in (self.one, self.two))
        return PairwiseGame(self.group, one, two, self.swapped)


@checked_call
@dataclass(frozen=True)
class PairwiseJudge:
    """Verdicts from an LLM on two answers at a time, each pair asked in both orders.

    Orders that differ in any way (also a win and a tie) give the verdict `disagreement`, of which no pair is made. All
    pairs of a prompt's different answers are asked, up to a cap; beyond it a seeded choice of them, the same in every
    run. Of completions with equal texts the first by id stands for all. The pair rule for verdicts is `given`. Where
    the prompt asks for a rationale, the words of both orders stay with a verdict for one of the answers.

    Attributes:
        served: the judge.
        prompt: name of a text in polypref/data/judges, or the path of a `.txt` file.
        most_pairs: at most so many pairs a prompt; 6 are all pairs of four answers.
        sampling: how the judge's reply is drawn.
        seed: of the choice of pairs.
        attempts: how often a reply that cannot be read is asked for, the first time included.
        name: the rater's name; the model's when left out.
        prompt_name, prompt_sha256: which text that is; filled in.
    """

    served: Served
    prompt: str = field(default="pairwise-2", metadata={"settings": False})
    most_pairs: int = 6
    sampling: Sampling = _SAMPLING
    seed: int = 0
    attempts: int = 2
    name: str = ""
    prompt_name: str = field(init=False)
    prompt_sha256: str = field(init=False)
    version: ClassVar[int] = 2
    table: ClassVar[str] = "verdicts"
    caution: ClassVar[str] = (
        "Verdicts are the opinion of a language model as judge, asked in both orders; where the orders disagree there "
        "is no pair. Judges agree with themselves from language to language only in part (mean Fleiss kappa about 0.3 "
        "over 25 languages, arXiv 2505.12201)."
    )

    def __post_init__(self) -> None:
        check_fields(self)
        text = prompts.template_of_two(self.prompt)
        if self.most_pairs < 1 or self.attempts < 1:
            raise UserError("a pairwise judge needs most_pairs and attempts of at least 1")
        object.__setattr__(self, "name", self.name or self.served.model.name)
        object.__setattr__(self, "prompt_name", text.name)
        object.__setattr__(self, "prompt_sha256", text.sha256)

    @property
    def models(self) -> tuple[Served, ...]:
        """The judge."""
        return (self.served,)

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields two requests a pair, and another for each reply so far that cannot be read.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        prompt_groups, _ = groups(bucket, least=2, tools=True)
        for _, sent, _ in self._question.ask_games([game.texts for game in self._games(prompt_groups)], known):
            yield sent

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the replies.

        A pair of which one order cannot be read has no verdict; every such request is a rejection.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `verdicts` (schema.VERDICTS), by prompt and completions, and `rejected` (schema.REJECTED).
        """
        prompt_groups, rejected = groups(bucket, least=2, tools=True)
        games = self._games(prompt_groups)
        results = self._question.outcomes([game.texts for game in games], known)
        rows: list[dict[str, str | None]] = []
        for at in range(0, len(games), 2):
            game, both = games[at], results[at : at + 2]
            failed = [
                _rejection(one, outcome)
                for one, outcome in zip(games[at : at + 2], both, strict=True)
                if isinstance(outcome, Failure)
            ]
            rejected += failed
            replies = [outcome for outcome in both if not isinstance(outcome, Failure)]
            if not failed:
                preferred = replies[0].side if replies[0].side == replies[1].side else "disagreement"
                one, two = game.ids
                rows.append(
                    {
                        "prompt_id": game.group.prompt_id,
                        "completion_a": one,
                        "completion_b": two,
                        "preferred": preferred,
                        "rater": self.name,
                        "rationale": _rationale(preferred, *replies),
                    }
                )
        rows.sort(key=lambda row: (row["prompt_id"], row["completion_a"], row["completion_b"]))
        return {"verdicts": pa.Table.from_pylist(rows, schema.VERDICTS), "rejected": rejections(rejected)}

    def _games(self, prompt_groups: list[Group]) -> list[_Game]:
        """Every pair twice, the two orders one after the other."""
        return [
            _Game(group, *pair, swapped)
            for group in prompt_groups
            for pair in self._pairs(group)
            for swapped in (False, True)
        ]

    def _pairs(self, group: Group) -> list[tuple[int, int]]:
        pairs = combinations(range(len(group.answers)), 2)

        def place(pair: tuple[int, int]) -> int:
            return drawn(self.seed, group.prompt_id, *(group.answers[at][1][0] for at in pair))

        return sorted(pairs, key=place)[: self.most_pairs]

    @property
    def _question(self) -> PairwiseQuestion:
        return PairwiseQuestion(self.served.model, self.prompt, self.sampling, self.attempts, schema=True)


def _rationale(preferred: str, first: Preference, swapped: Preference) -> str | None:
    """Why an answer is the better one, in both orders, each with the letter by which the judge saw it."""
    if preferred not in ("a", "b"):
        return None
    letters = "AB" if preferred == "a" else "BA"
    words = zip(letters, (rationale_of(one.reply) for one in (first, swapped)), strict=True)
    return "\n".join(f"(the better answer is {letter}) {text}" for letter, text in words if text) or None


def _rejection(game: _Game, failure: Failure) -> Rejection:
    shown = game.ids[::-1] if game.swapped else game.ids
    detail = f"{shown[0]} before {shown[1]}" + (f": {failure.detail}" if failure.detail else "")
    return game.group.language, game.group.prompt_id, failure.reason, detail

"""A judge that is asked about two answers a prompt, chosen by cheap scores of all of them.

A judge's verdicts cost; a small reward model's scores nearly nothing. All answers are scored, and of each prompt those
two go to the judge that are worth it: the best against the worst, the two on which two scorers disagree most, or any
two as control (ActiveUltraFeedback, arXiv 2603.09692). The scores choose; the verdict decides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..errors import UserError
from ..inference import REHEARSED, Known, Reply, Request, Served
from ..judging.prompts import Group
from ..scripting.declared import check_fields, checked_call
from ..scripting.own_code import own_code
from ..stages.asking import rejections
from ..stages.pair import BEYOND_SCORES
from ..stages.pool import Bucket
from .contract import AskingRater, Rater, checked_ratings, is_asking, is_scoring, way_of
from .groups import Rejection, groups
from .selection import Select, select_two

#: Why an answer, or a prompt, has no verdict: another two of its answers were worth more; too few have scores.
NOT_SENT, TOO_FEW, UNSCORED = "not_sent_to_judge", "fewer_than_two_scores", "no_score"


@checked_call
@dataclass(frozen=True)
class Acquire:
    """Verdicts of a judge on two answers of each prompt, which scorers choose.

    Scores are compared within a prompt, as z-scores, and their mean counts; answers that a scorer did not score are not
    chosen. Of equal texts one stands for all. The pair rule is `given`. The scores are in no row of the dataset: a
    pair whose verdict contradicts them is as good as any.

    Attributes:
        judge: a rater of verdicts, such as PairwiseJudge; it is shown the two answers alone.
        scorers: raters of scores: those that ask models (RewardRater, JudgeRater), those without a model, and scores
            that came with the sources.
        select: best_vs_worst (highest and lowest mean), uncertainty (those two whose difference two scorers see most
            differently), or random.
        seed: of the random choice, and of that between equals.
        name: the rater's name.
        versions: of the judge and the scorers; filled in.
    """

    judge: Rater
    scorers: tuple[Rater, ...]
    select: Select = "best_vs_worst"
    seed: int = 0
    name: str = "acquired"
    versions: tuple[int, ...] = field(init=False)
    version: ClassVar[int] = 1
    table: ClassVar[str] = "verdicts"

    def __post_init__(self) -> None:
        check_fields(self)
        if not is_asking(self.judge) or self.judge.table != "verdicts":
            raise UserError(f"{self.name}: '{self.judge.name}' gives no verdicts on two answers; name a PairwiseJudge")
        for scorer in self.scorers:
            way = way_of(scorer)
            if way not in ("ask", "rate", "given") or getattr(scorer, "table", "ratings") != "ratings":
                raise UserError(
                    f"{self.name}: '{scorer.name}' gives no scores to choose answers by; name a rater of scores"
                )
        names = [self.judge.name, *(scorer.name for scorer in self.scorers)]
        if not self.scorers or len({*names, self.name}) < len(names) + 1:
            raise UserError(f"{self.name}: a judge and at least one scorer, with different names; not {names}")
        if self.select == "uncertainty" and len(self.scorers) != 2:
            raise UserError(f"{self.name}: select='uncertainty' takes two scorers, not {len(self.scorers)}")
        versions = (self.judge.version, *(scorer.version for scorer in self.scorers))
        object.__setattr__(self, "versions", versions)

    @property
    def caution(self) -> str:
        """What a reader must know of the choice, and what the judge and the scorers say."""
        how = {
            "best_vs_worst": "that which scorers like best and that which they like least",
            "uncertainty": "the two on which two scorers disagree most",
            "random": "any two",
        }
        names = ", ".join(scorer.name for scorer in self.scorers)
        own = f"Of each prompt two answers were judged: {how[self.select]} (scored by {names})."
        others = dict.fromkeys(one.caution for one in (self.judge, *self.scorers) if one.caution)
        return " ".join([own, *others])

    @property
    def models(self) -> tuple[Served, ...]:
        """Those of the scorers, then those of the judge."""
        asked = (one for one in (*self.scorers, self.judge) if is_asking(one))
        return tuple(dict.fromkeys(served for one in asked for served in one.models))

    def requests(self, bucket: Bucket, known: Known) -> Iterator[Request]:
        """Yields what scorers ask of all answers; once that is known, what the judge asks of the chosen ones.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Yields:
            Requests, those that are answered already among them.
        """
        waits = rehearsed = False
        for scorer in self.scorers:
            if is_asking(scorer):
                asked = list(scorer.requests(bucket, known))
                results = known(asked)
                waits |= any(result is None for result in results)
                rehearsed |= any(isinstance(one, Reply) and one.finish_reason == REHEARSED for one in results)
                yield from asked
        if not waits:
            chosen = _Chosen(self, bucket, known, rehearsed)
            yield from self._judging.requests(chosen.bucket, known)

    def collect(self, bucket: Bucket, known: Known) -> dict[str, pa.Table]:
        """Makes tables of the verdicts.

        Args:
            bucket: prompts and their answers.
            known: the response log.

        Returns:
            `verdicts` (schema.VERDICTS) and `rejected` (schema.REJECTED): what scorers and judge left out, and every
            answer that was not sent to the judge.
        """
        chosen = _Chosen(self, bucket, known)
        judged = self._judging.collect(chosen.bucket, known)
        verdicts = judged["verdicts"]
        names = pa.array([self.name] * verdicts.num_rows, pa.string())
        column = verdicts.schema.field("rater")
        verdicts = verdicts.set_column(verdicts.column_names.index("rater"), column, names)
        return {
            "verdicts": verdicts,
            "rejected": pa.concat_tables([rejections(chosen.rejected), judged["rejected"]]),
        }

    @property
    def _judging(self) -> AskingRater:
        assert is_asking(self.judge)
        return self.judge


class _Chosen:
    """What scorers choose of a bucket, and what becomes of the rest; in a rehearsal any two of each prompt."""

    def __init__(self, rater: Acquire, bucket: Bucket, known: Known, rehearsed: bool = False) -> None:
        self.rater = rater
        # Replies that are made up hold scores that some scorers cannot read: all answers then count as scored alike.
        self.lacking = 0.0 if rehearsed else None
        prompt_groups, self.rejected = groups(bucket, least=2, tools=True)
        scores, lost = _scores(rater.scorers, bucket, known)
        chosen = {group.prompt_id: self._choose(group, scores, lost) for group in prompt_groups}
        sent = [prompt for prompt, both in chosen.items() if both]
        ids = [one for both in chosen.values() for one in both]
        prompts = pc.is_in(bucket.prompts["prompt_id"], pa.array(sent, pa.string()))
        answers = pc.is_in(bucket.completions["completion_id"], pa.array(ids, pa.string()))
        completions = bucket.completions.filter(answers)
        self.bucket = replace(bucket, prompts=bucket.prompts.filter(prompts), completions=completions)

    def _choose(self, group: Group, scores: Sequence[Mapping[str, float]], lost: Mapping[str, Rejection]) -> list[str]:
        """The ids of a prompt's two answers; notes why the others are none of them."""
        scored: dict[str, list[float]] = {}
        for _, same in group.answers:
            # Of completions with equal texts the first by id stands for all; any of them may have the score.
            by_scorer = [next((by[one] for one in same if one in by), self.lacking) for by in scores]
            known = [score for score in by_scorer if score is not None]
            if len(known) == len(scores):
                scored[same[0]] = known
            else:
                self.rejected.append(lost.get(same[0], (group.language, same[0], UNSCORED, "")))
        both = select_two(scored, self.rater.select, self.rater.seed, group.prompt_id)
        if both is None:
            self.rejected.append(lost.get(group.prompt_id, (group.language, group.prompt_id, TOO_FEW, "")))
            return []
        self.rejected += [(group.language, one, NOT_SENT, "") for one in scored if one not in both]
        return list(both)


def _scores(
    scorers: Sequence[Rater], bucket: Bucket, known: Known
) -> tuple[list[dict[str, float]], dict[str, Rejection]]:
    """Each scorer's score of each answer, and why answers and prompts have none."""
    scores: list[dict[str, float]] = []
    lost: dict[str, Rejection] = {}
    for scorer in scorers:
        table, rejected = _ratings(scorer, bucket, known)
        names = ("completion_id", "score")
        rows = zip(*(table[name].to_pylist() for name in names), strict=True)
        by_answer: dict[str, list[float]] = {}
        for answer, score in rows:
            if score is not None and abs(score) < BEYOND_SCORES:
                by_answer.setdefault(answer, []).append(score)
        # Several scores of one answer count as their median, as when pairs are chosen.
        scores.append({answer: _median(several) for answer, several in by_answer.items()})
        for row in rejected.to_pylist():
            lost.setdefault(row["where"], (row["language"], row["where"], row["reason"], row["detail"] or ""))
    return scores, lost


def _ratings(scorer: Rater, bucket: Bucket, known: Known) -> tuple[pa.Table, pa.Table]:
    """What a scorer gives, and what it left out."""
    nothing = schema.REJECTED.empty_table()
    if is_asking(scorer):
        tables = scorer.collect(bucket, known)
        return tables["ratings"], tables["rejected"]
    if not is_scoring(scorer):
        return bucket.ratings.filter(pc.equal(bucket.ratings["rater"], scorer.name)), nothing
    with own_code(scorer, f"rater '{scorer.name}'"):
        rated = scorer.rate(bucket.prompts, bucket.completions)
    return checked_ratings(scorer, rated, bucket.completions), nothing


def _median(values: list[float]) -> float:
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2

"""`polypref evaluate-rm`: which of two answers a reward model or judge prefers, on pairs where people have said it.

Asking goes through the response log, so that what was interrupted goes on and nothing is asked twice; scoring what is
known needs no model.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyarrow as pa

from ... import __version__, languages
from ...console.redaction import redacted
from ...errors import UserError
from ...files.atomic import read_json
from ...files.owned import Folder, writing
from ...files.records import encode
from ...inference import Failure, Known, Reply, Request, Result, Served
from ...inference.ask import ask_all
from ...inference.log import ResponseLog
from ...judging import prompts
from ...judging.games import PairwiseGame, PairwiseQuestion, Preference
from ...judging.model_families import families
from ...judging.prompts import Group
from ...judging.scores import read_score, score_request
from ...judging.verdicts import SCORES
from ...text.criteria import conversation_with_criterion, turns_with_criterion
from ..figures.statistics import Flags, Floats
from ..figures.win_rates import prompt_scores
from . import statistics as rs
from .best_of_n import best_of_n
from .data import Loaded, Pair
from .flips import criterion_flips, without_flips
from .followed import followed_flips
from .published import READINGS, TIES, Judged, Missing, Summary, Ties
from .results import Judging, Kind, ModelFacts, OtherReading, RewardResults, RewardSettings
from .trained_on import missing_warning

#: One row a pair. `score` of a judge is what the orders said of the chosen answer; `reason` says why there is none.
REWARDS = pa.schema(
    [
        ("id", pa.string()),
        ("group_id", pa.string()),
        ("language", pa.string()),
        ("subset", pa.string()),
        ("category", pa.string()),
        ("chosen_score", pa.float64()),
        ("rejected_score", pa.float64()),
        ("outcome", pa.float64()),
        ("reason", pa.string()),
        ("orders", pa.list_(pa.struct([("first", pa.string()), ("score", pa.float64()), ("said", pa.string())]))),
    ]
)
_RESULTS, _ROWS, _REPORT = "reward_results.json", "rewards.parquet", "reward_report.md"
_PAGE = 2_000


@dataclass(frozen=True)
class Verdicts:
    """What came of asking, for n pairs in order.

    Attributes:
        kind: reward, judge or given.
        chosen, rejected: (n,) scores; None for a judge.
        orders: (n, k) score of the chosen answer in each order that was asked; None without a judge.
        firsts: (n, k) which answer was shown first, chosen or rejected; empty without a judge.
        replies: (n, k) what the judge wrote; empty without a judge.
        reasons: (n,) why there is no outcome; empty where there is one.
    """

    kind: Kind
    chosen: Floats | None
    rejected: Floats | None
    orders: Floats | None
    firsts: tuple[tuple[str, ...], ...]
    replies: tuple[tuple[str, ...], ...]
    reasons: tuple[str, ...]

    @property
    def outcomes(self) -> Floats:
        """(n,) 1 where the chosen answer was preferred, 0.5 for a tie or orders that differ, 0 else, or NaN."""
        if self.orders is not None:
            return prompt_scores(self.orders)
        assert self.chosen is not None and self.rejected is not None
        return rs.outcomes(self.chosen, self.rejected)


@dataclass(frozen=True)
class _Game:
    pair: Pair
    chosen_first: bool


def benchmark(
    pairs: Sequence[Pair],
    served: Served,
    log: ResponseLog,
    *,
    judge: Judging | None = None,
    again: bool = False,
    quiet: bool = False,
) -> Verdicts:
    """Asks a model about every pair, but for what the log knows.

    Args:
        pairs: what is asked about; pairs with the same texts are asked about once.
        served: the reward model, or the judge.
        log: where answers go at once.
        judge: how an LLM judge is asked; None for a reward model, which scores each answer by itself.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        What came of asking, for the pairs in their order.

    Raises:
        UserError: the backend cannot go on (what was answered is kept), or there is no such judge prompt.
    """
    if judge is None:
        sent = [(_scored(served, pair, 0), _scored(served, pair, 1)) for pair in pairs]
        flat = [request for both in sent for request in both]
        ask_all("score", [served], lambda _: _pages(flat), log, again=again, quiet=quiet)
        return _rewards(log.get_many(flat))
    prompts.template_of_two(judge.prompt)
    games = [_Game(pair, first) for pair in pairs for first in _shown(pair, judge)]

    def pages(known: Known) -> Iterator[list[Request]]:
        for begin in range(0, len(games), _PAGE):
            page = games[begin : begin + _PAGE]
            yield [request for _, request, _ in _asked(page, served, judge, known)]

    ask_all("judge", [served], pages, log, again=again, quiet=quiet)
    return _verdicts(games, served, judge, log.get_many)


def given(pairs: Sequence[Pair]) -> Verdicts:
    """Scores that the data themselves hold.

    Args:
        pairs: with their scores.

    Returns:
        Verdicts by these scores; a pair that lacks one has none.

    Raises:
        UserError: they hold none.
    """
    if all(pair.scores is None for pair in pairs):
        raise UserError("the data hold no scores; name columns for chosen_score and rejected_score, or a model to ask")
    scores = np.array([pair.scores or (np.nan, np.nan) for pair in pairs], float)
    scores, wrong = _finite(scores)
    reasons = tuple(
        "score_not_finite" if not_finite else "no_score" if np.isnan(both).any() else ""
        for not_finite, both in zip(wrong, scores, strict=True)
    )
    return Verdicts("given", scores[:, 0], scores[:, 1], None, (), (), reasons)


def _finite(scores: Floats) -> tuple[Floats, Flags]:
    """(n, 2) scores with NaN for those that are infinite, or so far apart that their difference is; and which."""
    with np.errstate(over="ignore", invalid="ignore"):
        wrong = np.isinf(scores).any(1) | np.isinf(scores[:, 0] - scores[:, 1])
    return np.where(wrong[:, None], np.nan, scores), wrong


def _pages(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    return (requests[begin : begin + _PAGE] for begin in range(0, len(requests), _PAGE))


def _scored(served: Served, pair: Pair, side: int) -> Request:
    answer = (pair.chosen, pair.rejected)[side]
    turns = turns_with_criterion(pair.prompt, pair.criterion)
    whole = conversation_with_criterion(pair.whole[side], pair.criterion)
    return score_request(served.model, turns, answer, whole, pair.tools)


def _rewards(results: Sequence[Result | None]) -> Verdicts:
    read = [read_score(result) for result in results]
    reasons = [one.reason if isinstance(one, Failure) else "" for one in read]
    scores = [np.nan if isinstance(one, Failure) else one for one in read]
    both, wrong = _finite(np.array(scores, float).reshape(-1, 2))
    first = tuple(
        one or two or ("score_not_finite" if apart else "")
        for one, two, apart in zip(reasons[::2], reasons[1::2], wrong, strict=True)
    )
    return Verdicts("reward", both[:, 0], both[:, 1], None, (), (), first)


def _shown(pair: Pair, judge: Judging) -> tuple[bool, ...]:
    """Whether the chosen answer is shown first, for each order that is asked."""
    if judge.orders == 2:
        return True, False
    # By the texts, which are the same in every run, whatever the rows are called.
    text = json.dumps([judge.seed, pair.language, pair.prompt, *sorted((pair.chosen, pair.rejected))])
    drawn = hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[0] % 2
    return ((drawn == 0) == (pair.chosen <= pair.rejected),)


def _asked(
    games: Sequence[_Game], served: Served, judge: Judging, known: Known
) -> Iterator[tuple[int, Request, Preference | Failure | None]]:
    question = PairwiseQuestion(served.model, judge.prompt, judge.sampling, judge.attempts, schema=True)
    return question.ask_games([_pairwise(one) for one in games], known)


def _pairwise(game: _Game) -> PairwiseGame:
    """The game as the judge is asked about it; the chosen answer is `one`."""
    pair, tag = game.pair, languages.resolve(game.pair.language).tag
    group = Group(pair.id, tag, tag, pair.prompt, (), pair.criterion)
    return PairwiseGame(group, pair.chosen, pair.rejected, swapped=not game.chosen_first)


def _verdicts(games: Sequence[_Game], served: Served, judge: Judging, known: Known) -> Verdicts:
    outcomes: list[Preference | Failure] = []
    written: list[str] = []
    for begin in range(0, len(games), _PAGE):
        page = games[begin : begin + _PAGE]
        last: dict[int, tuple[Request, Preference | Failure | None]] = {}
        for at, request, outcome in _asked(page, served, judge, known):
            last[at] = request, outcome
        replies = known([last[at][0] for at in range(len(page))])
        written += [reply.text if isinstance(reply, Reply) else "" for reply in replies]
        outcomes += [last[at][1] or Failure("unanswered") for at in range(len(page))]
    width = judge.orders
    scores = [np.nan if isinstance(one, Failure) else SCORES[one.side] for one in outcomes]
    why = [one.reason if isinstance(one, Failure) else "" for one in outcomes]
    firsts = ["chosen" if game.chosen_first else "rejected" for game in games]
    rows = range(0, len(games), width)
    return Verdicts(
        "judge",
        None,
        None,
        np.array(scores, float).reshape(-1, width),
        tuple(tuple(firsts[at : at + width]) for at in rows),
        tuple(tuple(written[at : at + width]) for at in rows),
        tuple(next(filter(None, why[at : at + width]), "") for at in rows),
    )


def judged(pairs: Sequence[Pair], verdicts: Verdicts) -> Judged:
    """Pairs and what came of asking about them, as the statistics take them.

    Args:
        pairs: n pairs.
        verdicts: on these, in the same order.

    Returns:
        Arrays of n, and the margin of scores or whether two orders differ, where there are such.
    """
    margins = differ = None
    if verdicts.chosen is not None and verdicts.rejected is not None:
        margins = verdicts.chosen - verdicts.rejected
    if verdicts.orders is not None and verdicts.orders.shape[1] == 2:
        one, two = verdicts.orders.T
        differ = np.where(np.isnan(one + two), np.nan, one != two)
    return Judged(
        np.array([pair.language for pair in pairs], dtype=str),
        np.array([pair.subset for pair in pairs], dtype=str),
        np.array([pair.category for pair in pairs], dtype=str),
        np.array([pair.id for pair in pairs], dtype=str),
        np.array([pair.group for pair in pairs], dtype=str),
        verdicts.outcomes,
        margins,
        differ,
    )


def evaluate_rm(
    loaded: Loaded,
    weights: Mapping[str, float],
    served: Served | None,
    out: Path,
    log: Path | None = None,
    *,
    judge: Judging | None = None,
    missing: Missing = "exclude",
    ties: Ties = "half",
    against: str = "en",
    level: float = 0.95,
    bins: int = 10,
    again: bool = False,
    quiet: bool = False,
) -> RewardResults:
    """Tries a reward model or judge on pairs and writes what came of it.

    Writes `reward_results.json`, `rewards.parquet` (REWARDS) and `reward_report.md` into a folder, and the response log
    `responses.sqlite` where no other is named.

    Args:
        loaded: the pairs.
        weights: published weights of subsets, from their source.
        served: the reward model or judge; None takes the scores that the data hold.
        out: the folder.
        log: the response log.
        judge: how an LLM judge is asked; None for a reward model.
        missing: what becomes of pairs without a verdict.
        ties: what equal scores, or a judge's tie, count.
        against: the language that gaps are measured against.
        level: of the intervals.
        bins: of the calibration error.
        again: ask once more for what failed before.
        quiet: show no progress.

    Returns:
        what reward_results.json holds.

    Raises:
        UserError: as in `benchmark` and `given`; a file cannot be written, or another process writes the folder.
    """
    from .report import markdown

    if not (out / ".polypref").is_dir():
        # Before anything is made there: what is no place for results gets no folder of ours.
        _refuse_others(out)
    names: list[str] = []
    notes: list[str] = []
    with writing(out):
        # Read again: another run may have ended meanwhile.
        files = _files(out)
        files.check(_RESULTS, _ROWS, _REPORT)
        if served is None:
            verdicts = given(loaded.pairs)
        else:
            with ResponseLog(log or out / "responses.sqlite") as responses:
                verdicts = benchmark(loaded.pairs, served, responses, judge=judge, again=again, quiet=quiet)
                names = responses.served_names().get(served.model.name, [])
                notes = responses.model_notes(served)
        outcomes = judged(loaded.pairs, verdicts)
        summaries = {
            reading: rs.summarise_comparisons(
                outcomes, weights=weights, missing=reading, ties=ties, against=against, level=level, bins=bins
            )
            for reading in ("exclude", "half")
        }
        settings = RewardSettings(missing=missing, ties=ties, against=against, level=level, bins=bins, judging=judge)
        other: Missing = "half" if missing == "exclude" else "exclude"
        model = _model(verdicts, served, judge, names, notes)
        results = _results(
            loaded, verdicts, summaries[missing], _other_reading(other, summaries[other]), model, settings
        )
        files.write_json(_RESULTS, redacted(encode(results)))
        files.write_table(_ROWS, table(loaded.pairs, verdicts))
        files.write_bytes(_REPORT, markdown(results).encode())
    return results


def _refuse_others(out: Path) -> None:
    """Sees that files may be written where no polypref command is known to have been, if none has come meanwhile."""
    try:
        _files(out).check(_RESULTS, _ROWS, _REPORT)
    except UserError:
        if not (out / ".polypref").is_dir():
            raise


def _files(out: Path) -> Folder:
    """The folder of results, of which only what polypref wrote is written over."""
    before = out / _RESULTS
    # Version 0.1.0 kept no record of what it wrote.
    old = "other_reading" in (read_json(before) or {}) if before.is_file() else False
    return Folder(out, (_RESULTS, _ROWS, _REPORT) if old else ())


def _model(
    verdicts: Verdicts, served: Served | None, judge: Judging | None, names: Sequence[str], notes: Sequence[str]
) -> ModelFacts:
    text = prompts.template(judge.prompt) if judge and verdicts.kind == "judge" else None
    return ModelFacts(
        name=served.model.name if served else "scores in the data",
        revision=served.model.revision if served else "",
        licence=served.model.licence if served else "",
        kind=verdicts.kind,
        prompt=text.name if text else "",
        prompt_sha256=text.sha256 if text else "",
        orders=None if verdicts.orders is None else verdicts.orders.shape[1],
        served=tuple(names),
        notes=tuple(notes),
    )


def _other_reading(missing: Missing, summary: Summary) -> OtherReading:
    mean = summary.average
    return OtherReading(missing=missing, by_prompts=mean.by_prompts, by_categories=mean.by_categories)


def _results(
    loaded: Loaded,
    verdicts: Verdicts,
    summary: Summary,
    other: OtherReading,
    model: ModelFacts,
    settings: RewardSettings,
) -> RewardResults:
    reasons: dict[str, Counter[str]] = {}
    for pair, reason in zip(loaded.pairs, verdicts.reasons, strict=True):
        if reason:
            reasons.setdefault(pair.language, Counter())[reason] += 1
    # Of a prompt of one's own, where it lies is nobody's business.
    judging = replace(settings.judging, prompt=model.prompt) if settings.judging and model.prompt else None
    return RewardResults(
        polypref=__version__,
        set=loaded.facts,
        model=model,
        settings=replace(settings, judging=judging),
        averaging=READINGS,
        languages=summary.rows,
        average=summary.average,
        few_groups=summary.few_groups,
        surely_above_chance=summary.surely_above_chance,
        other_reading=other,
        reasons={tag: dict(sorted(counts.items())) for tag, counts in sorted(reasons.items())},
        same_texts=sum(pair.chosen == pair.rejected for pair in loaded.pairs),
        warnings=(*loaded.facts.warnings, *_warnings(loaded, "" if model.kind == "given" else model.name)),
        limits=tuple(_limits(verdicts, settings.ties)),
        best_of_n=best_of_n(loaded.pairs, verdicts.chosen, verdicts.rejected, verdicts.outcomes, settings.level),
        flips=criterion_flips(loaded.pairs, verdicts.outcomes, settings.level),
        without_flips=without_flips(loaded.pairs),
        followed=followed_flips(loaded.pairs, verdicts.outcomes, settings.level),
    )


def _warnings(loaded: Loaded, model: str) -> Iterable[str]:
    same = sum(pair.chosen == pair.rejected for pair in loaded.pairs)
    if same:
        yield f"{same:,} pairs hold the same text twice and can only be ties."
    if missing := missing_warning(model, loaded.facts.languages) if model else "":
        yield missing
    if model and families(model) & {"openai"} and "rewardbench" in loaded.facts.name:
        yield "Answers of GPT models are in this benchmark; a judge of that family may favour them."


def _limits(verdicts: Verdicts, ties: Ties) -> list[str]:
    lines = [
        "Accuracy on a benchmark's pairs says how often the model agrees with their labels, not how good the answers "
        "are that it would choose in training.",
        "Translated pairs carry the errors of their translation: between two translators M-RewardBench found 1 to 3 "
        "points.",
        f"Ties {TIES[ties]} here; the codes of RewardBench, M-RewardBench and JudgeBench count equal scores as lost.",
    ]
    if verdicts.kind != "judge":
        lines.append(
            "The calibration error reads score differences as log-odds (Bradley-Terry); for a model trained otherwise "
            "it says only how far scores may be read so."
        )
    elif verdicts.orders is not None and verdicts.orders.shape[1] == 1:
        lines.append("Each pair was shown in one order only, so the judge's liking for a place is in the accuracy.")
    else:
        lines.append(
            "Orders that disagree count as a tie; published figures with one order cannot be compared exactly."
        )
    return lines


#: What came of one order; see REWARDS, which names the columns.
_Order = TypedDict("_Order", {"first": str, "score": float | None, "said": str})  # noqa: UP013


def table(pairs: Sequence[Pair], verdicts: Verdicts) -> pa.Table:
    """One row a pair (REWARDS).

    Args:
        pairs: n pairs.
        verdicts: on these, in the same order.

    Returns:
        (n, 10) REWARDS.
    """

    def numbers(values: Floats | None) -> list[float | None]:
        return [None] * len(pairs) if values is None else [None if np.isnan(v) else float(v) for v in values]

    orders: list[list[_Order]] = [[] for _ in pairs]
    if verdicts.orders is not None:
        orders = [
            [
                {"first": first, "score": None if np.isnan(score) else float(score), "said": reply}
                for first, score, reply in zip(*row, strict=True)
            ]
            for row in zip(verdicts.firsts, verdicts.orders, verdicts.replies, strict=True)
        ]
    columns = {
        "id": [pair.id for pair in pairs],
        "group_id": [pair.group for pair in pairs],
        "language": [pair.language for pair in pairs],
        "subset": [pair.subset for pair in pairs],
        "category": [pair.category for pair in pairs],
        "chosen_score": numbers(verdicts.chosen),
        "rejected_score": numbers(verdicts.rejected),
        "outcome": numbers(verdicts.outcomes),
        "reason": list(verdicts.reasons),
        "orders": orders,
    }
    return pa.table(columns, schema=REWARDS)

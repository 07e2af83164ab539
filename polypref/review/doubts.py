"""Pairs that hurt: where somebody else contradicts their label so surely that a model is better off without it, or with
the label turned round.

That is another rater whose scores or verdicts the dataset publishes, or a reward of which there are margins: what a
model learned by DPO thinks of the pairs (`polypref.training.confidence.with_confidence`). How likely a label is wrong
is read as a probability: the share of other raters that prefer the rejected answer, or 1 / (1 + exp(margin)). What
comes of it is a file of decisions, as a review's: keep, drop or flip. People's own decisions are better; these cost
nothing.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from ..console.escaping import as_written, one_line
from ..errors import UserError
from ..files import published, sql
from ..files.atomic import fingerprint, json_bytes
from ..files.cells import Bad
from ..files.owned import write_new
from ..files.readers import read_file
from ..files.records import encode
from ..files.unpaired import is_unpaired
from .decisions import FORMAT, Decided, Decision, Decisions, is_as_written
from .routing import votes_of_raters

#: The column of margins; below 0 where the reward prefers the rejected answer.
MARGIN = "reward_margin"
_LISTED = 12  # columns that a sentence lists


@dataclass(frozen=True)
class DoubtedPair:
    """A pair of a dataset.

    Attributes:
        pair_id, language, chosen_id, rejected_id, rater: of the pair.
    """

    pair_id: str
    language: str
    chosen_id: str
    rejected_id: str
    rater: str


@dataclass(frozen=True)
class DoubtRule:
    """How likely a label must be wrong before something is done about it.

    Attributes:
        drop: from this probability on the pair is removed.
        flip: from this one on its label is turned round.
    """

    drop: float = 0.7
    flip: float = 0.9

    def __post_init__(self) -> None:
        if not 0.5 < self.drop <= self.flip:
            raise UserError(
                f"drop is {self.drop:g} and flip {self.flip:g}: give probabilities that a label is wrong, of which "
                "drop is over 0.5 and flip at least as much; flip over 1 turns no label"
            )

    def decision(self, wrong: float) -> Decision:
        """What becomes of a pair.

        Args:
            wrong: how likely its label is wrong.

        Returns:
            agreed (keep), remove (drop) or relabel (flip).
        """
        return "relabel" if wrong >= self.flip else "remove" if wrong >= self.drop else "agreed"


@dataclass(frozen=True)
class DoubtCount:
    """What becomes of the pairs of one language.

    Attributes:
        language: the tag.
        pairs: how many the dataset has.
        kept, dropped, flipped: of those of which the other opinion is known.
        before: share of these whose label the other opinion contradicts (half for a probability of .5 exactly).
        after: the same of what stays, with flipped labels turned round.
    """

    language: str
    pairs: int
    kept: int
    dropped: int
    flipped: int
    before: float | None
    after: float | None

    def sentence(self) -> str:
        """The counts.

        Returns:
            A line without a full stop.
        """
        known = self.kept + self.dropped + self.flipped
        line = (
            f"{self.language}: {self.pairs:,} pairs, {known:,} with another opinion: keep {self.kept:,}, drop "
            f"{self.dropped:,}, flip {self.flipped:,}"
        )
        if self.before is None or self.after is None:
            return line
        return line + f"; labels that it contradicts: {self.before:.1%} before, {self.after:.1%} after"


def pairs_in(folder: Path, files: Iterable[str]) -> list[DoubtedPair]:
    """The pairs of a dataset.

    Args:
        folder: the dataset.
        files: its data files, as its provenance names them.

    Returns:
        In the order of the files.

    Raises:
        UserError: a data file is not as a release has it, or its rows are no pairs.
    """
    paths = [folder / name for name in sorted(files)]
    published.check_rows(paths)
    if paths and is_unpaired(pq.read_schema(paths[0])):
        raise UserError(
            f"{folder} holds single answers with a label each, and another opinion is read here as one of two answers; "
            "have people judge them (polypref review export)"
        )
    drawn = sql.connect(reads=paths).sql(
        f"SELECT pair_id, language, chosen_id, rejected_id, rater FROM {sql.parquet(*paths)}"
    )
    return list(sql.records(drawn, DoubtedPair))


def wrong_by_margins(path: Path) -> dict[str, float]:
    """How likely labels are wrong by a reward's margins.

    Args:
        path: JSONL, CSV or Parquet with the columns `pair_id` and `reward_margin`, as `with_confidence` gives rows; the
            margin is that of the chosen answer less that of the rejected one, in nats. Rows without one are left out.

    Returns:
        pair_id -> probability.

    Raises:
        UserError: a row cannot be read, or its margin is no number, a pair stands there twice with two margins, or no
            row has such a column.
    """
    wrong: dict[str, float] = {}
    names: dict[str, None] = {}
    for line in read_file(path):
        if isinstance(line.row, Bad):
            raise UserError(f"{line.where} cannot be read ({line.row.reason}); give rows of pair_id and {MARGIN}")
        names |= dict.fromkeys(line.row)
        pair_id, margin = line.row.get("pair_id"), line.row.get(MARGIN)
        if margin is None or margin == "":
            continue
        try:
            number = float(str(margin))
        except ValueError:
            number = math.nan
        if not isinstance(pair_id, str) or not math.isfinite(number):
            raise UserError(
                f"{line.where}: pair_id is {one_line(repr(pair_id)[:50])} and {MARGIN} {one_line(repr(margin)[:50])}; "
                "give the id of a pair and a number"
            )
        likely = 1 / (1 + math.exp(max(min(number, 700.0), -700.0)))
        if wrong.setdefault(pair_id, likely) != likely:
            raise UserError(f"{line.where}: pair {one_line(pair_id[:50])} stands in the file twice, with two margins")
    if names and MARGIN not in names:
        there = as_written(list(names)[:_LISTED])[1:-1][:300]
        raise UserError(
            f"no row of {path} has {MARGIN}; there are {there}; give rows of pair_id and {MARGIN}, as with_confidence "
            "makes them"
        )
    return wrong


def wrong_by_raters(pairs: Sequence[DoubtedPair], ratings: Sequence[Path]) -> dict[str, float]:
    """How likely labels are wrong by other raters whose scores or verdicts the dataset publishes.

    Args:
        pairs: of the dataset.
        ratings: its files of what raters gave.

    Returns:
        pair_id -> share of the other raters that prefer the rejected answer.
    """
    return votes_of_raters(pairs, ratings)


def decide_doubts(
    pairs: Iterable[DoubtedPair], wrong: Mapping[str, float], rule: DoubtRule
) -> tuple[dict[str, Decided], list[DoubtCount]]:
    """What becomes of pairs whose label somebody else contradicts.

    Args:
        pairs: of the dataset.
        wrong: pair_id -> how likely the label is wrong.
        rule: from when on something is done about it.

    Returns:
        A decision for each pair that is known, by pair_id; and counts, by language.
    """
    decided: dict[str, Decided] = {}
    of_language: dict[str, list[float | None]] = defaultdict(list)
    for one in pairs:
        likely = wrong.get(one.pair_id)
        of_language[one.language].append(likely)
        if likely is not None:
            decided[one.pair_id] = Decided(rule.decision(likely), one.language, one.chosen_id, None)
    return dict(sorted(decided.items())), [
        _count_decisions(tag, some, rule) for tag, some in sorted(of_language.items())
    ]


def _count_decisions(tag: str, likely: Sequence[float | None], rule: DoubtRule) -> DoubtCount:
    known = [one for one in likely if one is not None]
    decisions = [rule.decision(one) for one in known]
    # A flipped label is wrong where the label that stood was right.
    after = [
        1 - one if decision == "relabel" else one
        for one, decision in zip(known, decisions, strict=True)
        if decision != "remove"
    ]
    kept, dropped, flipped = (decisions.count(name) for name in ("agreed", "remove", "relabel"))
    return DoubtCount(tag, len(likely), kept, dropped, flipped, _contradicted(known), _contradicted(after))


def _contradicted(wrong: Sequence[float]) -> float | None:
    return sum((one > 0.5) + (one == 0.5) / 2 for one in wrong) / len(wrong) if wrong else None


def write_doubts(dataset: str, by: str, decided: Mapping[str, Decided], out: Path) -> None:
    """Writes the decisions file for `polypref build --review`.

    Args:
        dataset: name and version of the dataset.
        by: whose opinion it is; the card of a build that takes it up says so.
        decided: what becomes of each pair.
        out: the file.

    Raises:
        UserError: nothing is decided, or `out` is there and is not as polypref wrote it.
    """
    if not decided:
        raise UserError(f"{by} says nothing of any pair of {dataset}; give margins of its pairs, by their pair_id")
    values = encode(Decisions(FORMAT, dict(decided), {}, dataset, by=by))
    write_new(out, json_bytes(values | {"seal": fingerprint(values)}), is_as_written)

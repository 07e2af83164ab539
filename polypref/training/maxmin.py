"""MaxMin over languages: after every evaluation the languages that are worst off weigh more in training.

Exponential weights on the languages raise the smallest of their values instead of the mean, the aim of MaxMin-RLHF
(Chakraborty et al. 2024, arXiv 2402.08925). Nothing here needs torch: the weights, and the order of rows by them.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..errors import UserError
from ..files.atomic import write_bytes
from .evaluation import HIGH_IS_WORSE, PREFERENCES

#: In a checkpoint's folder, and beside the model.
FILE = "language_objective.json"
# A language may fall behind the worst by so much in one step at most; e to the power of less would become 0.
_LEAST_POWER = -50.0
#: What is worst where nothing is said. After the minimum of rewards its own values say nothing (rewards.LoggedRewards).
METRIC = {"dpo": "loss", "rloo": "reward"}


def refuse_metric(metric: str, method: str, rewards: Sequence[str] | None) -> None:
    """Stops at a metric that does not say how well off a language is.

    Args:
        metric: language_objective_metric.
        method: dpo or rloo; of others nothing is said here.
        rewards: names of RLOO's rewards; None where they are only known later.

    Raises:
        UserError: an evaluation has no such metric, or one that is no worse in one language than in another.
    """
    known = list(PREFERENCES)
    if method == "rloo":
        known = ["reward", *(f"rewards/{name}/mean" for name in rewards or ("NAME",))]
        if rewards is None and metric.startswith("rewards/") and metric.endswith("/mean"):
            return
    if method in ("dpo", "rloo") and metric not in known:
        raise UserError(f"language_objective_metric is {metric!r}; of method {method} it is one of {', '.join(known)}")


@dataclass(frozen=True)
class MaxMin:
    """The settings.

    Attributes:
        metric: of the evaluation, by which a language is better or worse off.
        step_size: a weight is multiplied by e to the power of this times how bad the metric is.
        floor, cap: the least and the largest weight, where 1 is the share that the rows give.
    """

    metric: str
    step_size: float
    floor: float
    cap: float


@dataclass(frozen=True)
class Evaluation:
    """What one evaluation changed.

    Attributes:
        step: of training.
        drawn: rows that had been drawn by then; the next one is drawn by the new weights.
        values: language -> the metric.
        weights: language -> its weight from then on.
    """

    step: int
    drawn: int
    values: Mapping[str, float]
    weights: Mapping[str, float]


def limited(weights: Mapping[str, float], shares: Mapping[str, float], floor: float, cap: float) -> dict[str, float]:
    """Weights in the same proportions, as far as the limits allow, whose mean over the shares is 1.

    Args:
        weights: language -> a number above 0.
        shares: language -> share of the rows; they sum to 1.
        floor: above 0 and at most 1.
        cap: at least 1.

    Returns:
        Language -> weight between floor and cap.
    """

    def within(scale: float) -> dict[str, float]:
        return {tag: min(max(scale * weight, floor), cap) for tag, weight in weights.items()}

    def mean(scale: float) -> float:
        return math.fsum(shares[tag] * weight for tag, weight in within(scale).items())

    # Between the scales at which a weight reaches a limit the mean is a straight line.
    bends = sorted({limit / weight for weight in weights.values() for limit in (floor, cap)})
    above = next((at for at, scale in enumerate(bends) if mean(scale) >= 1), len(bends) - 1)
    low, high = bends[max(above - 1, 0)], bends[above]
    rise = mean(high) - mean(low)
    return within(low + (1 - mean(low)) * (high - low) / rise if rise > 0 else high)


class Objective:
    """The weights of a run, and how they came about.

    Args:
        settings: of the objective.
        shares: language -> share of the rows, for every language that is trained on; they sum to 1.
    """

    def __init__(self, settings: MaxMin, shares: Mapping[str, float]) -> None:
        self.settings = settings
        self.shares = dict(sorted(shares.items()))
        self.evaluations: list[Evaluation] = []

    @property
    def weights(self) -> Mapping[str, float]:
        """Language -> weight now; 1 for all until the first evaluation."""
        return self.evaluations[-1].weights if self.evaluations else dict.fromkeys(self.shares, 1.0)

    def count_rows(self, tags: Sequence[str]) -> None:
        """Takes the shares from the rows that are trained on: what `max_length` dropped has none.

        Args:
            tags: language of each row.
        """
        rows = Counter(tags)
        self.shares = {tag: rows[tag] / rows.total() for tag in self.shares}

    def update(self, step: int, drawn: int, values: Mapping[str, float]) -> bool:
        """Takes an evaluation in: weights rise where the metric is worse.

        Args:
            step: of training.
            drawn: rows drawn so far.
            values: language -> the metric, of the languages that are trained on.

        Returns:
            False where a value is no finite number, which leaves the weights as they are.
        """
        if not all(math.isfinite(value) for value in values.values()):
            return False
        sign = 1 if self.settings.metric in HIGH_IS_WORSE else -1
        powers = {tag: self.settings.step_size * sign * values[tag] for tag in self.shares}
        most = max(powers.values())
        raised = {tag: weight * math.exp(max(powers[tag] - most, _LEAST_POWER)) for tag, weight in self.weights.items()}
        new = limited(raised, self.shares, self.settings.floor, self.settings.cap)
        self.evaluations.append(Evaluation(step, drawn, {tag: values[tag] for tag in self.shares}, new))
        return True

    def line(self) -> str:
        """The weights as one line of text, the heaviest language first.

        Returns:
            Tags and weights.
        """
        order = sorted(self.weights.items(), key=lambda one: (-one[1], one[0]))
        return ", ".join(f"{tag} {weight:.2f}" for tag, weight in order)

    def card_section(self) -> str:
        """The part of the model's card on the weights.

        Returns:
            Markdown.
        """
        own = self.settings
        lines = [
            "## Weights of languages",
            "",
            "Trained for the language that is worst off (MaxMin, after arXiv 2402.08925): after every evaluation a "
            f"language's weight was multiplied by e to the power of {own.step_size:g} times how bad its `{own.metric}` "
            f"was; weights have a mean of 1 over the rows and are between {own.floor:g} and {own.cap:g}.",
            "",
        ]
        if not self.evaluations:
            return "\n".join([*lines, "No evaluation took place during training: all weights are 1."])
        last = self.evaluations[-1]
        lines += [
            f"After {len(self.evaluations)} evaluations, the last at step {last.step} (all are in `{FILE}`):",
            "",
            f"| language | share of rows | {own.metric} | weight |",
            "|---|---:|---:|---:|",
        ]
        rows = [
            f"| {tag} | {share:.1%} | {last.values[tag]:.4f} | {last.weights[tag]:.3f} |"
            for tag, share in self.shares.items()
        ]
        return "\n".join([*lines, *rows])

    def write(self, folder: Path) -> None:
        """Into a checkpoint's folder, or beside the model.

        Args:
            folder: it is there.
        """
        whole = {
            "schema_version": 1,
            "settings": asdict(self.settings),
            "shares": self.shares,
            "evaluations": [asdict(one) for one in self.evaluations],
        }
        write_bytes(folder / FILE, (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode())

    def read(self, folder: Path) -> bool:
        """From a checkpoint's folder.

        Args:
            folder: of a checkpoint.

        Returns:
            whether it has weights.

        Raises:
            UserError: the file is there and cannot be read, or is of other languages.
        """
        path = folder / FILE
        if not path.is_file():
            return False
        try:
            rows = json.loads(path.read_text("utf-8"))["evaluations"]
            evaluations = [
                Evaluation(int(one["step"]), int(one["drawn"]), _numbers(one["values"]), _numbers(one["weights"]))
                for one in rows
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"{path} cannot be read ({' '.join(str(error).split())[:200]}); delete it to begin the weights of "
                "languages anew, or go on from another checkpoint"
            ) from None
        for one in evaluations:
            if other := sorted(set(one.weights) ^ set(self.shares)):
                raise UserError(
                    f"{path} has the weights of other languages than are trained on ({', '.join(other)[:200]}); train "
                    "on the same ones, or go on from another checkpoint"
                )
        self.evaluations = evaluations
        return True


def _numbers(row: Mapping[str, float]) -> dict[str, float]:
    return {str(tag): float(value) for tag, value in row.items()}


class LanguageSampler:
    """The order of rows: each draw's language by the weights of then, its rows in an order of their own.

    The language that is owed most of its share of the draws so far is due, so rows follow the shares closely and not
    by chance. All rows of a language come before one comes again. The order depends on the seed
    and on the evaluations alone: what is resumed draws again what was drawn before.

    Args:
        tags: language of each row.
        objective: its evaluations say from which draw on which weights count.
        seed: of the orders of rows.
    """

    def __init__(self, tags: Sequence[str], objective: Objective, seed: int) -> None:
        self.objective, self.seed, self.epoch = objective, seed, 0
        numbers = np.asarray(tags)
        self._rows = {tag: np.flatnonzero(numbers == tag) for tag in objective.shares}
        self._length = len(tags)
        self._begin()

    def _begin(self) -> None:
        self.drawn = 0
        self._taken_in = 0
        self._owed = dict.fromkeys(self._rows, 0.0)
        self._shares = dict(self.objective.shares)
        self._times = dict.fromkeys(self._rows, 0)
        self._orders: dict[str, np.ndarray] = {}

    def set_epoch(self, epoch: int) -> None:
        """Says which epoch is drawn next.

        Args:
            epoch: from 0.
        """
        self.epoch = epoch

    def __len__(self) -> int:
        """Rows of an epoch, as many as there are."""
        return self._length

    def __iter__(self) -> Iterator[int]:
        """The row numbers of an epoch, each drawn when it is asked for."""
        start = self.epoch * self._length
        if self.drawn != start:
            self._begin()
            for _ in range(start):
                self._draw()
        for _ in range(self._length):
            yield self._draw()

    def _draw(self) -> int:
        evaluations = self.objective.evaluations
        while self._taken_in < len(evaluations) and evaluations[self._taken_in].drawn <= self.drawn:
            weights = evaluations[self._taken_in].weights
            self._shares = {tag: share * weights[tag] for tag, share in self.objective.shares.items()}
            self._taken_in += 1
        for tag, share in self._shares.items():
            self._owed[tag] += share
        due = max(self._owed, key=lambda tag: self._owed[tag])
        self._owed[due] -= 1
        self.drawn += 1
        return self._next_row(due)

    def _next_row(self, tag: str) -> int:
        rows = self._rows[tag]
        again, at = divmod(self._times[tag], len(rows))
        if at == 0:
            self._orders[tag] = np.random.default_rng([self.seed, again, *tag.encode()]).permutation(len(rows))
        self._times[tag] += 1
        return int(rows[self._orders[tag][at]])

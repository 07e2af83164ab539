"""Rewards on one scale: each in its own spreads from its own running mean, language by language."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import UserError
from ..files.atomic import write_bytes

#: In a checkpoint's folder.
FILE = "reward_statistics.json"
#: So many spreads at most: a reward that hardly ever moves must not drown the others when it does.
MOST = 10.0
# A spread below this share of the values themselves is rounding, not a difference.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Running:
    """Count, mean and sum of squared differences from the mean (Welford 1962) of the values so far."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def joined(self, other: "Running") -> "Running":
        """Of the values of both (Chan, Golub and LeVeque 1979).

        Args:
            other: of other values.

        Returns:
            Of all of them.
        """
        count = self.count + other.count
        if not count:
            return self
        apart = other.mean - self.mean
        squares = self.squares + other.squares + apart * apart * self.count * other.count / count
        return Running(count, self.mean + apart * other.count / count, squares)

    @property
    def spread(self) -> float:
        """Standard deviation of the values (dividing by their number); 0 where they differ by rounding alone."""
        if self.count < 2:
            return 0.0
        spread = math.sqrt(self.squares / self.count)
        return spread if spread > _ROUNDING * max(abs(self.mean), 1e-6) else 0.0

    @staticmethod
    def of(values: Iterable[float]) -> "Running":
        """Of these values; those that are no finite number are left out.

        Args:
            values: in any order.

        Returns:
            Count, mean and squares; nothing where none is a finite number.
        """
        known = [value for value in values if math.isfinite(value)]
        if not known:
            return Running()
        mean = math.fsum(known) / len(known)
        return Running(len(known), mean, math.fsum((value - mean) ** 2 for value in known))


class Spreads:
    """Running statistics of every reward in every language.

    All processes of a run keep the same ones, of the answers of all processes.
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], Running] = {}

    def add(self, reward: str, values: Iterable[float], languages: Iterable[str]) -> None:
        """Takes a batch in, before it is normalised: the first one is measured by itself.

        Args:
            reward: its name.
            values: one for each answer; nan where there is none.
            languages: one for each answer.
        """
        groups: dict[str, list[float]] = {}
        for value, tag in zip(values, languages, strict=True):
            groups.setdefault(tag, []).append(value)
        for tag, group in groups.items():
            of = self.seen.get((reward, tag), Running()).joined(Running.of(group))
            if of.count:
                self.seen[reward, tag] = of

    def of(self, reward: str, language: str) -> Running:
        """A reward's statistics in a language; over all languages where that one was never met in training.

        Args:
            reward: its name.
            language: the answer's tag.

        Returns:
            The statistics; of no values where the reward was never met.
        """
        own = self.seen.get((reward, language))
        if own is not None:
            return own
        every = Running()
        for (name, _), one in sorted(self.seen.items()):
            every = every.joined(one) if name == reward else every
        return every

    def scaled(self, reward: str, value: float, language: str) -> float | None:
        """A value in spreads from the mean, at most `MOST` either way; None where it or the spread says nothing.

        A reward that has been the same for every answer so far says of none that it is better than another.

        Args:
            reward: its name.
            value: of one answer; nan where there is none.
            language: the answer's tag.

        Returns:
            Spreads from the mean, or None.
        """
        of = self.of(reward, language)
        if not math.isfinite(value) or not of.spread:
            return None
        return max(-MOST, min(MOST, (value - of.mean) / of.spread))

    def least(self, row: Mapping[str, float], weights: Mapping[str, float], language: str) -> float:
        """The smallest of one answer's rewards, each scaled and then weighted.

        Args:
            row: reward -> value of one answer; nan where there is none.
            weights: reward -> weight; one of weight 0 is left out.
            language: the answer's tag.

        Returns:
            0 where no reward that is known says anything yet; nan where none is known.
        """
        known = {name: value for name, value in row.items() if math.isfinite(value) and weights[name]}
        scaled = [(name, self.scaled(name, value, language)) for name, value in known.items()]
        telling = [weights[name] * value for name, value in scaled if value is not None]
        if telling:
            return min(telling)
        return 0.0 if known else math.nan

    def write(self, folder: Path) -> None:
        """Into a checkpoint's folder.

        Args:
            folder: it is there.
        """
        rows = [{"reward": name, "language": tag, **asdict(one)} for (name, tag), one in sorted(self.seen.items())]
        write_bytes(folder / FILE, (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())

    def read(self, folder: Path) -> bool:
        """From a checkpoint's folder.

        Args:
            folder: of a checkpoint.

        Returns:
            whether it has them.

        Raises:
            UserError: the file is there and cannot be read.
        """
        path = folder / FILE
        if not path.is_file():
            return False
        try:
            self.seen = {
                (str(row["reward"]), str(row["language"])): Running(
                    int(row["count"]), float(row["mean"]), float(row["squares"])
                )
                for row in json.loads(path.read_text("utf-8"))
            }
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path} cannot be read ({' '.join(str(error).split())[:200]}); delete it to begin the statistics of "
                "rewards anew, or go on from another checkpoint"
            ) from None
        return True

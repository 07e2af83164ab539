"""What came through a stream, by language, counted row by row as `checks.lengths` counts rows that are all at hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..files.json_types import Json, list_of, mapping_of
from .checks import Lengths
from .prepared import left_of_answer

_SIDES = ("chosen", "rejected", "completion")


@dataclass(frozen=True)
class StreamCounts:
    """Rows by language.

    Attributes:
        read: rows that came, of the languages that are trained on.
        others: rows that came, of other languages.
        kept: of those that were read, the ones that are trained on.
        same: left out, since both answers are the same after the cut.
        cut: kept, but an answer is cut off at the end.
        tokens, characters: of all answers that are kept, before cutting.
    """

    read: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    cut: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)

    def clear(self) -> None:
        """Forgets what was looked at before training."""
        for one in (self.read, self.others, self.kept, self.same, self.cut, self.tokens, self.characters):
            one.clear()

    def keeps(self, row: Mapping[str, Json], most: int | None, keep_end: bool) -> bool:
        """Counts what TRL made of a row.

        Args:
            row: token ids, texts and `language`.
            most: tokens of prompt and answer together; None cuts nothing.
            keep_end: whether the beginning is cut off instead of the end.

        Returns:
            Whether there is anything to learn from it: not where both answers are the same after the cut.
        """
        tag = str(row["language"])
        if _are_same(row, most, keep_end):
            self.same[tag] += 1
            return False
        size, longest = _sizes(row)
        # SFT: TRL has cut it already; a full row was cut, or fits to the token.
        full = most is not None and (longest >= most if "input_ids" in row else longest > most)
        self.kept[tag] += 1
        self.cut[tag] += int(full)
        self.tokens[tag] += size
        self.characters[tag] += _characters(row)
        return True

    def lengths(self) -> dict[str, Lengths]:
        """What became of the rows that were read.

        Returns:
            For each language, in order of the tags, the same as for rows that are all at hand.
        """
        return {
            tag: Lengths(
                rows,
                rows - self.kept[tag] - self.same[tag],
                self.same[tag],
                self.cut[tag],
                self.tokens[tag],
                self.characters[tag],
            )
            for tag, rows in sorted(self.read.items())
        }


def _ids(row: Mapping[str, Json], side: str) -> Sequence[Json]:
    return list_of(row.get(f"{side}_ids"))


def _are_same(row: Mapping[str, Json], most: int | None, keep_end: bool) -> bool:
    if "rejected_ids" not in row:
        return False
    prompt, *sides = (np.asarray(_ids(row, side), np.int64) for side in ("prompt", "chosen", "rejected"))
    one, other = (left_of_answer(prompt, side, most, keep_end) for side in sides)
    return np.array_equal(one, other)


def _sizes(row: Mapping[str, Json]) -> tuple[int, int]:
    """Tokens of all answers, and of the longest with its prompt."""
    if "input_ids" in row:
        size = len(list_of(row["input_ids"]))
        return size, size
    prompt = len(_ids(row, "prompt"))
    sizes = [len(_ids(row, side)) for side in _SIDES if f"{side}_ids" in row]
    return sum(sizes), prompt + max(sizes, default=0)


def _characters(row: Mapping[str, Json]) -> int:
    """Of all answers; of SFT's one text, the prompt with it."""
    names = ("prompt", "completion") if "input_ids" in row else [side for side in _SIDES if f"{side}_ids" in row]
    turns = [mapping_of(turn) for name in names for turn in list_of(row.get(name))]
    return sum(len(str(turn.get("content") or "")) for turn in turns)

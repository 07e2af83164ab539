"""What many prompts share word by word: an instruction, in which each of them has its own question.

Two prompts behind one long instruction are alike in nearly all their text, and different questions. What they share is
known from how often each window of a few words on end occurs in prompts of one language, and from where the windows
that many share end: behind an instruction they end in most prompts that have it, at the question. In many edited copies
of one prompt they end in few of them, at each one's edit; such copies stay alike. Nothing is taken from a prompt of
which less than half is shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .shingles import Hashes, Rows, normal_codes, unit_grams, whole

# A window: words, or characters where no spaces part words.
_WORDS, _CHARACTERS = 5, 8
# Windows are counted in a table, by part of their hashes; so many places for each of them keep chance meetings rare.
_PLACES = 16
_LEAST_BITS, _MOST_BITS = 20, 26
_SPACE = 32

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.uint32]


def table_bits(windows: int) -> int:
    """How many bits of a hash tell windows apart.

    Args:
        windows: about how many there are.

    Returns:
        bits; at most 26, with which each of the three tables of `Shared` has 256 MiB.
    """
    return min(_MOST_BITS, max(_LEAST_BITS, (windows * _PLACES).bit_length()))


def windows(codes: Rows, tags: Sequence[str], bits: int) -> Rows:
    """The windows of texts, as places in the table.

    Args:
        codes: texts in normal form.
        tags: the language of each.
        bits: of the table.

    Returns:
        a row a text, in the order of the text; empty for a text shorter than a window.
    """
    grams, _ = unit_grams(codes, tags, _WORDS, _CHARACTERS)
    return Rows(by_language(grams, tags) >> np.uint64(64 - bits), grams.offsets)


def by_language(grams: Rows, tags: Sequence[str]) -> Hashes:
    """Hashes of n-grams that are others in every language.

    Prompts are compared within a language: the code and the names that all translations of a prompt have are no
    instruction in any of them.

    Args:
        grams: a row a text.
        tags: the language of each text.

    Returns:
        as many hashes as there are n-grams, in their order.
    """
    numbers = {tag: number for number, tag in enumerate(dict.fromkeys(tags))}
    marks = whole(normal_codes(list(numbers)))
    of_text = marks[np.array([numbers[tag] for tag in tags], np.int64)]
    marked: Hashes = grams.values ^ np.repeat(of_text, np.diff(grams.offsets))
    return marked


@dataclass(frozen=True)
class Shared:
    """How many prompts hold each window, and which windows end at a question.

    Attributes:
        many: a window that so many prompts hold is shared.
        counts: of each place in the table, the prompts that hold a window there, shape (2 ** bits,).
        opens: of each place, in how many of them half of the prompts or more do not go on with the next window.
        closes: the same of the window before.
    """

    many: int
    counts: Places
    opens: Places
    closes: Places

    @classmethod
    def of(cls, many: int, bits: int) -> "Shared":
        """An empty table.

        Args:
            many: a window that so many prompts hold is shared.
            bits: of the table.

        Returns:
            the table.
        """
        counts, opens, closes = (np.zeros(1 << bits, np.uint32) for _ in range(3))
        return cls(many, counts, opens, closes)

    def add(self, places: Places, times: Places) -> None:
        """Adds to the prompts that hold windows.

        Args:
            places: of the windows, each once.
            times: how many more prompts hold each.
        """
        self.counts[places] += times

    def has_any(self) -> bool:
        """Whether any window is shared by many prompts.

        Returns:
            false where there is no instruction to be looked for.
        """
        return bool((self.counts >= self.many).any())

    def count_ends(self, rows: Rows) -> None:
        """Counts where windows that many share are followed, and preceded, by one that half of them share or fewer.

        Args:
            rows: the windows of a page of prompts, all of which were counted before.
        """
        opens, closes = self._ends(rows)
        np.add.at(self.opens, rows.values[opens], np.uint32(1))
        np.add.at(self.closes, rows.values[closes], np.uint32(1))

    def rows_with_ends(self, rows: Rows) -> npt.NDArray[np.int64]:
        """The prompts in which a window ends that many share: of the others `own_units` knows nothing.

        Args:
            rows: the windows of a page of prompts.

        Returns:
            their places in the page.
        """
        held = self.counts[rows.values]
        ends = (self.opens[rows.values] * 2 >= held) | (self.closes[rows.values] * 2 >= held)
        seen = np.concatenate([[0], np.cumsum((held >= self.many) & ends)])
        return np.flatnonzero(np.diff(seen[rows.offsets]))

    def _ends(self, rows: Rows) -> tuple[Mask, Mask]:
        """For each window, whether those that share it part behind it, and before it."""
        held = self.counts[rows.values].astype(np.int64)
        next_to = np.ones(max(0, len(held) - 1), bool)
        inner = rows.offsets[1:-1]
        next_to[inner[(inner > 0) & (inner < len(held))] - 1] = False
        opens, closes = np.zeros(len(held), bool), np.zeros(len(held), bool)
        opens[:-1] = next_to & (held[:-1] >= self.many) & (held[1:] * 2 <= held[:-1])
        closes[1:] = next_to & (held[1:] >= self.many) & (held[:-1] * 2 <= held[1:])
        return opens, closes


def by_place(rows: Rows) -> tuple[Places, Places]:
    """How many prompts of a page hold each window.

    Args:
        rows: the windows of a page of prompts.

    Returns:
        the windows' places in the table, each once and ascending, and in how many rows each is.
    """
    number = np.repeat(np.arange(len(rows), dtype=np.uint64), np.diff(rows.offsets))
    # Sorted rather than by np.unique, which takes three times as long for so many numbers.
    keys = np.sort((number << np.uint64(_MOST_BITS)) | rows.values)
    held = np.sort((keys[_first(keys)] & np.uint64((1 << _MOST_BITS) - 1)).astype(np.uint32))
    firsts = np.flatnonzero(_first(held))
    return held[firsts], np.diff(np.append(firsts, len(held))).astype(np.uint32)


def _first(values: npt.NDArray[np.unsignedinteger]) -> Mask:
    """Of sorted values, which are the first of their kind."""
    first = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def own_units(held: Places, opens_in: Places, closes_in: Places, many: int, spaces: bool) -> Mask | None:
    """Which words (or characters) of a prompt are its own.

    Args:
        held: of each of its windows, how many prompts hold it.
        opens_in: in how many of these half of them do not go on with the next window.
        closes_in: the same of the window before.
        many: a window that so many prompts hold is shared.
        spaces: whether windows are of words.

    Returns:
        a truth value for each word or character; None where the prompt has no question of its own beside something
        shared, or less than half of it is shared.
    """
    shared = held >= many
    ends = shared & (opens_in * 2 >= held), shared & (closes_in * 2 >= held)
    opens, closes = map(np.flatnonzero, ends)
    if not len(opens) and not len(closes):
        return None
    # A window that alone is shared may have met another in the table by chance.
    beside = np.concatenate([[False], shared, [False]])
    shared &= beside[:-2] | beside[2:] | ends[0] | ends[1]
    size = _WORDS if spaces else _CHARACTERS
    units = len(held) + size - 1
    loose = np.ones(units, bool)
    for place in np.flatnonzero(shared).tolist():
        loose[place : place + size] = False
    # The word that comes where an instruction ends is the question's, however many questions begin with it.
    after, before = (opens + size)[opens + size < units], (closes - 1)[closes > 0]
    loose[after] = loose[before] = True
    if 2 * int(loose.sum()) > units:
        return None
    return _runs_holding(loose, np.concatenate([after, before]))


def _runs_holding(loose: Mask, units: npt.NDArray[np.int64]) -> Mask:
    """The runs of true values that hold one of the units: not a word that was mistyped within an instruction."""
    begins = loose & ~np.concatenate([[False], loose[:-1]])
    run = np.cumsum(begins)
    return loose & np.isin(run, run[units])


def own_grams(codes: npt.NDArray[np.uint64], own: Mask, spaces: bool, size: int) -> Mask:
    """Which n-grams of characters begin in a prompt's own words.

    Args:
        codes: the prompt in normal form.
        own: which of its words (or characters) are its own.
        spaces: whether words are meant.
        size: characters of an n-gram.

    Returns:
        a truth value for each n-gram.
    """
    letters = own[np.cumsum(codes == _SPACE)] if spaces else own
    return letters[: max(0, len(codes) - size + 1)]

"""Contamination: prompts that hold an evaluation prompt, found by n-gram overlap.

The rule follows Tülu 3 (Lambert et al. 2024, arXiv 2411.15124, section 3.2): a word of an evaluation prompt is matched
when it lies in an 8-gram that the training prompt has too, and a prompt with half of its words matched is contaminated.
8 words is the shortest length that GPT-3's authors used (Brown et al. 2020, arXiv 2005.14165, appendix C: 8 to 13 by
data set), and chat prompts are short.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ...errors import UserError
from ...files.cells import Bad, Row, look_up
from ...files.hub_names import check_revision
from ...files.hub_reader import read_hub
from ...files.readers import read_file
from ...languages import resolve
from ...layouts.columns import Column, PathToRows
from ...layouts.serialised import is_serialised
from ...scripting.bounds import Count, Share
from ...scripting.declared import check_fields, checked_call
from ...text.cleaning import BLANK
from .shingles import Hashes, Offsets, normal_codes, unit_grams, unspaced, whole

_PAGE = 10_000


@checked_call
@dataclass(frozen=True)
class EvaluationPrompts:
    """A set of evaluation prompts that no training prompt may hold.

    Attributes:
        name: what a rejected row is told it was found in.
        path: a file that sources can read (.jsonl, .json, .csv, .parquet and so on), or .txt with a prompt a line; or
        repo: a dataset on the Hub, with `split` and `config`.
        column: the column with the prompt: a string, or a list of messages or turns with `content`, whose user turns
            count; it may be a path (`input.prompt`).
        language: the language of all of them, by any code or name that data have for it (`zh`, `zho_Hans`); or
        language_column: the column that names each one's language. Neither: they are taken as written with spaces.
        revision: of the Hub dataset; a release needs a commit.
        records: for .json, the path of the list of rows.
        licence: as its source states it.

    """

    name: str
    path: str | None = None
    repo: str | None = None
    column: Column = "prompt"
    language: str | None = None
    language_column: Column | None = None
    config: str | None = None
    split: str = "test"
    revision: str | None = None
    records: PathToRows | None = None
    licence: str | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if (self.path is None) == (self.repo is None):
            raise UserError(f"evaluation prompts '{self.name}' need either a path or a repo; give one of the two")
        if self.repo and self.revision:
            check_revision(self.repo, self.revision)
        if self.language and self.language_column:
            raise UserError(f"evaluation prompts '{self.name}' have a language and a language_column; give one")
        if self.language:
            self._tag(self.language, f"evaluation prompts '{self.name}'")

    def read(self) -> Iterator[tuple[str, str]]:
        """The prompts of the set.

        Yields:
            (language, text); language is empty where it is not known.

        Raises:
            UserError: the file or data set cannot be read, or a row lacks the text or the language.
        """
        for where, row in self._rows():
            text = self._value(where, row, self.column)
            # Against either no prompt could ever be held, and the set would count as checked.
            if not text.strip(BLANK):
                raise UserError(
                    f"{where}: the text in column '{self.column}' of '{self.name}' is empty; leave the row out"
                )
            if is_serialised(text):
                raise UserError(
                    f"{where}: column '{self.column}' of '{self.name}' holds turns printed as a text, {text[:40]!r}; "
                    "give the turns as a list, or a column with the text of the prompt"
                )
            code = self._value(where, row, self.language_column) if self.language_column else self.language
            yield self._tag(code, where) if code else "", text

    def _tag(self, code: str, where: str) -> str:
        """The tag of a language; by another code a text without spaces would be taken as one long word."""
        try:
            return resolve(code).tag
        except UserError as error:
            raise UserError(f"{where}: {error}") from None

    def _rows(self) -> Iterator[tuple[str, Row]]:
        if self.path and self.path.endswith(".txt"):
            try:
                lines = Path(self.path).read_text("utf-8-sig").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                raise UserError(f"cannot read {self.path} ({error}); check the path") from None
            yield from ((f"{self.path}:{n}", {self.column: line}) for n, line in enumerate(lines, 1) if line.strip())
            return
        if self.path:
            lines_read = read_file(Path(self.path), self.records)
        else:
            lines_read = read_hub(self.repo or "", self.config, self.split, self.revision)
        for line in lines_read:
            if isinstance(line.row, Bad):
                raise UserError(f"{line.where}: {line.row.reason} {line.row.detail}; an evaluation set is read whole")
            yield line.where, line.row

    def _value(self, where: str, row: Row, column: str) -> str:
        try:
            text = _text(look_up(row, column))
        except Bad:
            text = None
        if text is None:
            raise UserError(f"{where} has no text in column '{column}'; name the column of '{self.name}' that holds it")
        return text


@dataclass(frozen=True)
class Overlap:
    """Settings of the comparison.

    Attributes:
        words: length of n-grams in words.
        characters: length in characters for Chinese and Japanese, which put no spaces between words.
        share: least share of an evaluation prompt's words (or characters) that lie in shared n-grams.
        many: what so many different evaluation prompts hold is an instruction, which says nothing of one of them: its
            words do not count.

    """

    version: ClassVar[int] = 3
    words: Count = 8
    characters: Count = 16
    share: Share = 0.5
    many: Count = 20


@dataclass(frozen=True)
class Index:
    """N-grams of evaluation prompts, ready to be looked up.

    Attributes:
        settings: how they were cut and when a prompt counts as found.
        names: names of the sets.
        hashes: of each n-gram, sorted, shape (n-grams,).
        prompts, places: of each n-gram its prompt, and the word (or character) of it at which it begins.
        owners: of each prompt the number of its set, shape (prompts,).
        units: of each prompt how many of its words count.
        sizes: of each prompt the words of an n-gram.
        counted: before each word of all prompts, end to end, how many count.
        begins: of each prompt its first word among those.
        wholes, whole_owners: of whole prompts the hash, sorted, and the number of the set.
    """

    settings: Overlap
    names: tuple[str, ...]
    hashes: Hashes = field(repr=False)
    prompts: Offsets = field(repr=False)
    places: Offsets = field(repr=False)
    owners: Offsets = field(repr=False)
    units: Offsets = field(repr=False)
    sizes: Offsets = field(repr=False)
    counted: Offsets = field(repr=False)
    begins: Offsets = field(repr=False)
    wholes: Hashes = field(repr=False)
    whole_owners: Offsets = field(repr=False)

    @classmethod
    def build(cls, sets: Iterable[EvaluationPrompts], settings: Overlap | None = None) -> "Index":
        """Reads the sets and indexes their prompts; several sets may have one name.

        Args:
            sets: the evaluation sets, in the order in which their names come.
            settings: how prompts are cut and compared; None for the defaults.

        Returns:
            the index.

        Raises:
            UserError: a set cannot be read, or holds no prompt.
        """
        languages: list[str] = []
        texts: list[str] = []
        owners: list[int] = []
        names: dict[str, int] = {}
        for one in sets:
            before = len(texts)
            number = names.setdefault(one.name, len(names))
            for language, text in one.read():
                languages.append(language)
                texts.append(text)
                owners.append(number)
            if len(texts) == before:
                raise UserError(f"evaluation prompts '{one.name}': {one.path or one.repo} holds no prompt")
        return cls.of(languages, texts, [list(names)[i] for i in owners], settings)

    @classmethod
    def of(
        cls, languages: Sequence[str], texts: Sequence[str], names: Sequence[str], settings: Overlap | None = None
    ) -> "Index":
        """Indexes prompts at hand.

        Args:
            languages: tag of each prompt; empty where it is not known.
            texts: the prompts.
            names: the set of each.
            settings: how prompts are cut and compared; None for the defaults.

        Returns:
            the index.
        """
        settings = settings or Overlap()
        numbers = {name: i for i, name in enumerate(dict.fromkeys(names))}
        owners = np.array([numbers[name] for name in names], np.int64)
        codes = normal_codes(texts)
        grams, units = unit_grams(codes, languages, settings.words, settings.characters)
        counts = np.diff(grams.offsets)
        prompt = np.repeat(np.arange(len(texts)), counts)
        place = np.arange(len(grams.values)) - np.repeat(grams.offsets[:-1], counts)
        wholes, sizes = whole(codes), _sizes(languages, settings)
        common = _common(grams.values, wholes[prompt], settings.many)
        begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(units)])
        counted = _counted_before(begins, (begins[prompt] + place)[common], sizes[prompt][common])
        order = np.argsort(grams.values, kind="stable")
        order = order[~common[order]]
        by_whole = np.argsort(wholes, kind="stable")
        by_whole = by_whole[wholes[by_whole] != 0]
        return cls(
            settings,
            tuple(numbers),
            grams.values[order],
            prompt[order],
            place[order],
            owners,
            counted[begins[1:]] - counted[begins[:-1]],
            sizes,
            counted,
            begins[:-1],
            wholes[by_whole],
            owners[by_whole],
        )

    def find(self, texts: Sequence[str], languages: Sequence[str]) -> list[str | None]:
        """The evaluation set whose prompt each text holds most of.

        Args:
            texts: training prompts.
            languages: tag of each.

        Returns:
            a name, or None, for each text.
        """
        return [name for page in _pages(texts, languages) for _, name in self._page(*page)]

    def overlaps(self, texts: Sequence[str], languages: Sequence[str]) -> list[tuple[float, str | None]]:
        """As `find`, with the share of the evaluation prompt that each text holds.

        Args:
            texts: training prompts.
            languages: tag of each.

        Returns:
            (share, name of the set) for each text; (0.0, None) where the share is under the thresholds.
        """
        return [share_and_name for page in _pages(texts, languages) for share_and_name in self._page(*page)]

    def _page(self, texts: Sequence[str], languages: Sequence[str]) -> list[tuple[float, str | None]]:
        codes = normal_codes(texts)
        most: list[tuple[float, str | None]] = [(0.0, None)] * len(texts)
        grams, _ = unit_grams(codes, languages, self.settings.words, self.settings.characters)
        text = np.repeat(np.arange(len(texts)), np.diff(grams.offsets))
        low = np.searchsorted(self.hashes, grams.values, "left")
        known = low < len(self.hashes)
        known[known] = self.hashes[low[known]] == grams.values[known]
        hits, low, text = grams.values[known], low[known], text[known]
        counts = np.searchsorted(self.hashes, hits, "right") - low
        # Every place in every evaluation prompt that a shared n-gram has.
        rows = np.repeat(low - np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(counts) else low, counts)
        rows = rows + np.arange(len(rows))
        for i, prompt, share in self._shares(np.repeat(text, counts), self.prompts[rows], self.places[rows]):
            if share > most[i][0]:
                most[i] = (share, self.names[self.owners[prompt]])
        return self._equal(whole(codes), most)

    def _shares(self, text: Offsets, prompt: Offsets, place: Offsets) -> list[tuple[int, int, float]]:
        """Share of each evaluation prompt that lies in n-grams of each text, where it is enough."""
        if not len(text):
            return []
        order = np.lexsort((place, prompt, text))
        text, prompt, place = text[order], prompt[order], place[order]
        size = self.sizes[prompt]
        new = np.ones(len(text), bool)
        new[1:] = (text[1:] != text[:-1]) | (prompt[1:] != prompt[:-1])
        # An n-gram adds what it does not share with the one before it.
        step = np.diff(place, prepend=0)
        added = np.where(new, size, np.minimum(step, size))
        end = self.begins[prompt] + place + size
        added = self.counted[end] - self.counted[end - added]
        starts = np.flatnonzero(new)
        covered = np.add.reduceat(added, starts)
        units = self.units[prompt[starts]]
        enough = (units > 0) & (covered >= self.settings.share * units)
        rows = zip(text[starts][enough], prompt[starts][enough], covered[enough] / units[enough], strict=True)
        return [(int(t), int(p), float(share)) for t, p, share in rows]

    def _equal(self, wholes: Hashes, most: list[tuple[float, str | None]]) -> list[tuple[float, str | None]]:
        """Prompts that equal an evaluation prompt, too short for n-grams as it may be."""
        at = np.searchsorted(self.wholes, wholes)
        for i in np.flatnonzero(at < len(self.wholes)):
            if self.wholes[at[i]] == wholes[i] and most[i][0] < 1:
                most[i] = (1.0, self.names[self.whole_owners[at[i]]])
        return most


def overlap(text: str, index: Index, language: str) -> tuple[float, str | None]:
    """The largest share of an evaluation prompt that a text holds.

    Args:
        text: a training prompt.
        index: the evaluation prompts.
        language: tag of the text.

    Returns:
        (share, name of the set); (0.0, None) under the thresholds.
    """
    return index.overlaps([text], [language])[0]


def _sizes(languages: Sequence[str], settings: Overlap) -> Offsets:
    return np.array([settings.characters if unspaced(code) else settings.words for code in languages], np.int64)


def _common(grams: Hashes, prompts: Hashes, many: int) -> npt.NDArray[np.bool_]:
    """Which n-grams so many different prompts hold; of each n-gram its hash and its prompt's."""
    order = np.lexsort((prompts, grams))
    new = np.ones(len(order), bool)
    new[1:] = grams[order][1:] != grams[order][:-1]
    other = new.copy()
    other[1:] |= prompts[order][1:] != prompts[order][:-1]
    number = np.cumsum(new) - 1
    common = np.empty(len(order), bool)
    common[order] = (np.bincount(number, other) >= many)[number] if len(order) else False
    return common


def _counted_before(begins: Offsets, places: Offsets, sizes: Offsets) -> Offsets:
    """Before each word of all prompts, and after the last, how many there are that lie in none of the given n-grams."""
    edges = np.zeros(int(begins[-1]) + 1, np.int64)
    np.add.at(edges, places, 1)
    np.add.at(edges, places + sizes, -1)
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.cumsum(edges)[:-1] == 0, dtype=np.int64)])


def _pages(texts: Sequence[str], languages: Sequence[str]) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    for start in range(0, len(texts), _PAGE):
        yield texts[start : start + _PAGE], languages[start : start + _PAGE]


def _text(value: object) -> str | None:
    """A prompt as one text: a string, or the user turns of a list, as schema.prompt_text joins them."""
    if isinstance(value, str):
        return value
    if not isinstance(value, list) or not value:
        return None
    users = [turn for turn in value if not isinstance(turn, dict) or turn.get("role", "user") == "user"]
    turns = [turn.get("content") if isinstance(turn, dict) else turn for turn in users]
    texts = [turn for turn in turns if isinstance(turn, str)]
    return "\n\n".join(texts) if texts and len(texts) == len(turns) else None

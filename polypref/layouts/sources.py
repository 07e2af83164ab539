"""Ready-made sources: files, a Hub dataset, a folder in the layout of m-ArenaHard."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar

from ..console.escaping import as_written
from ..errors import UserError
from ..files.cells import Bad, look_up, name_of
from ..files.delimited import check_separator
from ..files.hub_names import check_revision
from ..files.hub_reader import hub_revision, read_hub
from ..files.readers import Line, read_file
from ..files.records import OMIT_DEFAULT
from ..scripting.declared import check_fields, checked_call
from ..text.thoughts import Thoughts
from .columns import Column, PathToRows
from .conversations import messages
from .corrections import corrected_keys, without_corrected

# Builder scripts import them from here.
from .fields import Answer as Answer
from .fields import Fields as Fields
from .fields import Marks as Marks
from .fields import OneHot as OneHot
from .fields import Ranking as Ranking
from .fields import Scale as Scale
from .fields import Transcript as Transcript
from .fields import Verdict as Verdict
from .reactions import Reactions
from .rounds import Rounds as Rounds
from .source import PairRule, Rater, check_way
from .source import Source as Source
from .trees import Tree as Tree
from .trees import rows_of_trees
from .where import check_where

#: How a source is rated and paired changes nothing of how it is read, so its fingerprint does not hold it.
_NO_SETTING = {"settings": False}
_WHAT_IS_KNOWN = "what is known of it, or 'unknown'"


def files_at(place: str, name: str) -> list[Path]:
    """The files of a path or of a pattern.

    Args:
        place: the path, or the pattern.
        name: what messages call the source.

    Returns:
        their paths, sorted by name.

    Raises:
        UserError: there is none.
    """
    path = Path(place)
    try:
        if path.is_file():
            return [path]
        if path.is_dir():
            raise UserError(f"{path} is a folder; name the files of source '{name}', as in {path / '*.jsonl'}")
        # What is there by its name is no pattern, whatever its name: a folder called a*b is itself.
        base = next(one for one in (*path.parents, Path()) if one.is_dir())
        paths = sorted(p for p in base.glob(str(path.relative_to(base))) if p.is_file())
    except (OSError, ValueError) as error:
        raise UserError(f"cannot look for {place} ({error}); check the path of source '{name}'") from None
    if not paths:
        raise UserError(f"no file at {place}; check the path of source '{name}'")
    return paths


@checked_call
@dataclass(frozen=True)
class Files:
    """Local files as a source.

    Attributes:
        path: a file, or a pattern (`data/*.jsonl`).
        fields: which of its columns hold what.
        name: what the source is called in the dataset and its card.
        revision: its version: a date, a tag, a commit.
        licence: of its texts, as in "cc-by-4.0"; a public release needs one that is known.
        language: the language of every row, when no column says so.
        where: column -> the values that it may hold, the only one, or `Except((...,))` for all but those; other rows
            are left out and counted. 1, 1.0 and "1" are one value, and None is that of rows without the column.
        records: for .json files, the path of the list of rows.
        separator: for .csv and .tsv files, what separates the columns (`separator=";"`); None to look for comma,
            semicolon, tab or bar: what the first line and the rows after it bear out.
        tree: how the rows hold trees of messages (`Tree`), conversations in rounds (`Rounds`), or conversations of
            which what people wrote after an answer is wanted (`Reactions`); None where each is a prompt of its own.
        rater: whose scores or verdicts count for its prompts; None for the builder's.
        pairs: how chosen and rejected are picked for them; None for the builder's.
        corrections: a file, or a pattern of files, with the same columns: each of its rows counts in place of the rows
            of `path` with the same prompt and answers by the same annotator, which are counted
            (`replaced_by_correction`). None where nothing is corrected.

    """

    path: str
    fields: Fields
    name: str
    revision: str
    licence: str
    language: str | None = None
    where: Mapping[Column, object] = field(default_factory=dict)
    records: PathToRows | None = None
    separator: str | None = None
    tree: Tree | Rounds | Reactions | None = None
    rater: Rater | None = field(default=None, metadata=_NO_SETTING)
    pairs: PairRule | None = field(default=None, metadata=_NO_SETTING)
    corrections: str | None = field(default=None, metadata=OMIT_DEFAULT)
    to_write: ClassVar[Mapping[str, str]] = dict.fromkeys(("licence", "revision"), _WHAT_IS_KNOWN)

    def __post_init__(self) -> None:
        _check_source(self, "name", "licence", "revision")
        check_way(self)
        given: object = self.path
        if isinstance(given, list | tuple | set):
            raise UserError(
                f"Files(path={as_written(given)[:80]}): one path or pattern; a pattern takes several files, as in "
                "'data/*.jsonl', or write one Files(...) for each (parts of one dataset may share a name)"
            )
        check_fields(self)
        check_where("Files", self.where)
        if self.separator is not None:
            check_separator(self.separator, "Files(separator=...)")

    def resolved(self) -> "Files":
        """This source: what its files hold is known by their digests.

        Returns:
            the source itself.
        """
        return self

    def files(self) -> list[Path]:
        """Looks for the files.

        Returns:
            their paths, sorted by name; corrections come last.

        Raises:
            UserError: there is none, or nothing but corrections.
        """
        corrections = self._corrections()
        paths = [path for path in files_at(self.path, self.name) if path not in corrections]
        if not paths:
            raise UserError(f"source '{self.name}': {self.path} holds nothing but corrections; name what they correct")
        return [*paths, *corrections]

    def _corrections(self) -> list[Path]:
        return files_at(self.corrections, f"{self.name}, corrections") if self.corrections else []

    def beside(self, path: Path) -> list[Path]:
        """Lists the corrections of a file; else every file is read by itself.

        Args:
            path: one of the files.

        Returns:
            the files of corrections; none for one of these.
        """
        corrections = self._corrections()
        return [] if path in corrections else corrections

    def lines(self, path: Path | None) -> Iterator[Line]:
        """Reads the rows of one of the files.

        Args:
            path: the file.

        Returns:
            each row with its place, one that cannot be read with the reason; a Bad where a correction replaces one.
        """
        path = _named(path)
        rows = self._rows(path)
        if not (corrections := self.beside(path)):
            return rows
        return without_corrected(rows, corrected_keys(chain.from_iterable(map(self._rows, corrections)), self), self)

    def _rows(self, path: Path) -> Iterator[Line]:
        return rows_of_trees(read_file(path, self.records, self.separator), self.tree)


@checked_call
@dataclass(frozen=True)
class HubDataset:
    """A Hub dataset as a source. A tag or branch is resolved to a commit, which stays with every row.

    Attributes:
        repo: its name, ORG/NAME.
        fields: which of its columns hold what.
        licence: of its texts, as in "cc-by-4.0"; a public release needs one that is known.
        split, config: which part of it.
        revision: branch, tag or commit; None for its main branch.
        language, where, tree, rater, pairs: as in Files.

    """

    repo: str
    fields: Fields
    licence: str
    split: str = "train"
    config: str | None = None
    revision: str | None = None
    language: str | None = None
    where: Mapping[Column, object] = field(default_factory=dict)
    tree: Tree | Rounds | Reactions | None = None
    rater: Rater | None = field(default=None, metadata=_NO_SETTING)
    pairs: PairRule | None = field(default=None, metadata=_NO_SETTING)
    to_write: ClassVar[Mapping[str, str]] = {"licence": _WHAT_IS_KNOWN}

    def __post_init__(self) -> None:
        _check_source(self, "repo", "licence")
        check_way(self)
        check_fields(self)
        check_where("HubDataset", self.where)
        if self.revision:
            check_revision(self.repo, self.revision)

    @property
    def name(self) -> str:
        """The repository's name."""
        return self.repo

    def resolved(self) -> "HubDataset":
        """Asks the Hub for the commit that a tag or branch means.

        Returns:
            the same source with its revision as a commit id.

        Raises:
            UserError: the Hub cannot be asked, or does not know the dataset or the revision.
        """
        return replace(self, revision=hub_revision(self.repo, self.revision))

    def files(self) -> list[Path]:
        """Lists nothing: the dataset is read in one go.

        Returns:
            [].
        """
        return []

    def beside(self, path: Path) -> list[Path]:
        """Lists nothing.

        Args:
            path: never given, as there are no files.

        Returns:
            [].
        """
        return []

    def lines(self, path: Path | None = None) -> Iterator[Line]:
        """Reads the dataset's rows.

        Args:
            path: None, as there are no files.

        Returns:
            each row with its place, one that cannot be read with the reason.
        """
        return rows_of_trees(read_hub(self.repo, self.config, self.split, self.revision), self.tree)


@checked_call
@dataclass(frozen=True)
class ArenaFolder:
    """A folder of prompts and answers in the layout of m-ArenaHard: a small adapter.

    `questions/LANG.jsonl` holds {question_id, turns: [{content}]} with one turn (several need roles, or the question is
    left out as `turns_without_roles`), `answers/LANG/MODEL.jsonl` holds {question_id, answer} with MODEL's `/` written
    as `__`. question_id joins the translations of a prompt.

    Attributes:
        path: the folder.
        name, revision, licence: as in Files.
        translated_from: language whose questions are the originals of all others; None where all are native.
        translator: who translated them.
        rater, pairs: as in Files.
        thoughts: as in Fields.

    """

    path: str
    name: str
    revision: str
    licence: str
    translated_from: str | None = None
    translator: str = "unknown"
    rater: Rater | None = field(default=None, metadata=_NO_SETTING)
    pairs: PairRule | None = field(default=None, metadata=_NO_SETTING)
    thoughts: Thoughts = "refused"
    language: ClassVar[None] = None
    where: ClassVar[Mapping[str, object]] = MappingProxyType({})

    def __post_init__(self) -> None:
        _check_source(self, "name", "licence", "revision")
        check_way(self)
        check_fields(self)

    def resolved(self) -> "ArenaFolder":
        """This source: what its files hold is known by their digests.

        Returns:
            the source itself.
        """
        return self

    def files(self) -> list[Path]:
        """Looks for the question files.

        Returns:
            their paths, one a language, sorted.

        Raises:
            UserError: there is none, or there are answers in a language without one.
        """
        paths = sorted((Path(self.path) / "questions").glob("*.jsonl"))
        if not paths:
            raise UserError(f"{self.path} has no questions/LANG.jsonl; ArenaFolder takes an m-ArenaHard-style folder")
        for folder in sorted({p.parent for p in (Path(self.path) / "answers").glob("*/*.jsonl")}):
            if not (Path(self.path) / "questions" / f"{folder.name}.jsonl").is_file():
                raise UserError(f"{folder} has answers, but there is no questions/{folder.name}.jsonl to go with them")
        return paths

    def answer_files(self, questions: Path) -> list[Path]:
        """Looks for the answer files of one language.

        Args:
            questions: the language's question file.

        Returns:
            their paths, sorted by model.
        """
        return sorted((Path(self.path) / "answers" / questions.stem).glob("*.jsonl"))

    def beside(self, questions: Path) -> list[Path]:
        """Looks for all files that are read with a question file.

        Args:
            questions: the question file.

        Returns:
            the answer files, and the originals of translated questions.
        """
        original = questions.with_name(f"{self.translated_from}.jsonl")
        return [*self.answer_files(questions), *([original] if original.is_file() and original != questions else [])]

    def _originals(self, questions: Path) -> dict[str, list[dict[str, str]]]:
        """question_id -> what the questions of this language were translated from; empty for the originals."""
        if self.translated_from in (None, questions.stem):
            return {}
        path = questions.with_name(f"{self.translated_from}.jsonl")
        if not path.is_file():
            raise UserError(f"there is no {path}, from which the questions of '{self.name}' were translated")
        originals: dict[str, list[dict[str, str]]] = {}
        for line in read_file(path):
            try:
                originals[_question(line)] = messages(look_up(line.row, "turns"))
            except Bad:
                continue  # said when that file's own rows are read
        return originals

    def _answers(self, questions: Path) -> Iterator[tuple[str, Line]]:
        """question_id and {answer, model} of each answer to the questions; a Bad for one that cannot be read."""
        for file in self.answer_files(questions):
            model = file.stem.replace("__", "/")
            for line in read_file(file):
                try:
                    yield _question(line), Line(line.where, {"answer": look_up(line.row, "answer"), "model": model})
                except Bad as bad:
                    yield "", Line(line.where, bad)

    @property
    def fields(self) -> Fields:
        """The columns of the rows that `lines` makes."""
        answer = Answer("answer", model_column="model")
        return Fields(
            "turns",
            (answer,),
            each="answers",
            group="question_id",
            translator="translator",
            source_text="source_text",
            source_language="source_language",
            thoughts=self.thoughts,
        )

    def lines(self, path: Path | None) -> Iterator[Line]:
        """Reads the questions of one language, each with its answers.

        Args:
            path: the question file.

        Yields:
            each question with its place; a question that is there twice, an answer without a question, and what cannot
            be read, with the reason.

        Raises:
            UserError: the originals, from which the questions were translated, are not there.
        """
        path = _named(path)
        answers: dict[str, list[Line]] = {}
        for key, answer in self._answers(path):
            if isinstance(answer.row, Bad):
                yield answer
            else:
                answers.setdefault(key, []).append(answer)
        seen: set[str] = set()
        originals = self._originals(path)
        for line in read_file(path):
            try:
                key = _question(line)
                if key in seen:
                    raise Bad("question_twice", key[:40])
            except Bad as bad:
                yield Line(line.where, bad)
                continue
            seen.add(key)
            asked = dict(line.row) if isinstance(line.row, Mapping) else {}
            added = {
                "language": path.stem,
                "answers": [answer.row for answer in answers.pop(key, [])],
                "translator": self.translator if originals else None,
                "source_text": originals.get(key),
                "source_language": self.translated_from,
            }
            yield Line(line.where, asked | added)
        for answer in chain.from_iterable(answers.values()):
            yield Line(answer.where, Bad("unknown_question", "no question with this question_id"))


def _question(line: Line) -> str:
    key = name_of(look_up(line.row, "question_id"))
    if not key:
        raise Bad("missing_field", "question_id")
    return key


def _named(path: Path | None) -> Path:
    if path is None:
        raise ValueError("a source of files is read a file at a time")
    return path


def _check_source(source: Source, *needed: str) -> None:
    """Refuses a source that says too little.

    Raises:
        UserError: it does.

    """
    for what in needed:
        value = getattr(source, what)
        if value is not None and not isinstance(value, str):
            raise UserError(f"source '{source.name}' needs a {what} that is a text, not {value!r:.60}; quote it")
        if value is None or not value.strip():
            raise UserError(f"source '{source.name}' needs a {what}; write {_WHAT_IS_KNOWN}")

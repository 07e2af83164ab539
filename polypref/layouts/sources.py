"""Sources: where prompts and ready-made answers come from, and which of their columns hold what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ..errors import UserError
from ..files.cells import Bad, Cell, label_of, look_up, name_of
from ..files.hub_reader import hub_revision, read_hub
from ..files.readers import Line, read_file
from .conversations import messages

Label: TypeAlias = str | int | float | bool | None
"""What a cell may hold that is compared with what a script writes out."""


@dataclass(frozen=True)
class Answer:
    """Where an answer and what is known of it stand in a row. Columns may be dotted paths.

    Attributes:
        text: column of the answer: text, or a conversation whose last turn it is. That begins with the row's whole
            prompt, every turn and the system message, or the answer is left out (`answer_to_another_prompt`).
        model: the model's name; or `model_column`, the column that holds it.
        revision, licence: of the model; or `licence_column`.
        score: column of a rating, by `rater`.
        finish_reason: column that says why the model stopped.
        source_text: column of the text that an answer of route `translated` was translated from.

    """

    text: str
    model: str | None = None
    model_column: str | None = None
    revision: str = "unknown"
    licence: str = "unknown"
    licence_column: str | None = None
    route: str = "given"
    score: str | None = None
    rater: str = "source"
    finish_reason: str | None = None
    source_text: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Which of a row's two answers was preferred.

    Labels mean nothing by themselves (0 is the first answer in one file and a tie in the next), so with a column the
    values that name each side are written out: `Verdict("people", "winner", first=("model_a",), second=("model_b",),
    tie=("tie",))`. 1, 1.0 and "1" are one label.

    Attributes:
        rater: who judged: a person, a group, a model.
        column: the column of the verdict; None when the first answer is always the preferred one.
        first, second, tie: the values that name the first answer, the second, neither. A value that none of them holds
            is a bad row (`unknown_verdict`).
        swapped: column of a second verdict on the same pair, shown in the other order; two verdicts that do not name
            the same answer are a disagreement.
        swapped_names_position: True when that second verdict names the place shown (so the first place is the second
            answer), False when it names the answers as `column` does.

    """

    rater: str
    column: str | None = None
    first: tuple[Label, ...] = ()
    second: tuple[Label, ...] = ()
    tie: tuple[Label, ...] = ()
    swapped: str | None = None
    swapped_names_position: bool = False

    def __post_init__(self) -> None:
        names = [*_several("first", self.first), *_several("second", self.second), *_several("tie", self.tie)]
        if self.column is None and (names or self.swapped):
            raise UserError(
                f"verdict '{self.rater}' has labels or a second verdict but no column; name the column of the verdict"
            )
        if self.swapped_names_position and not self.swapped:
            raise UserError(f"verdict '{self.rater}': swapped_names_position speaks of a second verdict; name swapped")
        try:
            labels = {label_of(n) for n in names}
        except Bad as bad:
            wrong = bad.detail or bad.reason
            raise UserError(f"a label of verdict '{self.rater}' is no text or number ({wrong})") from None
        if len(labels) < len(names):
            raise UserError(f"a value of verdict '{self.rater}' stands for two sides; give each of {names} once")

    @property
    def undeclared(self) -> bool:
        """Whether there is a column, and no value of it that names an answer."""
        return self.column is not None and not (self.first or self.second)

    def side(self, value: Cell) -> str | None:
        """`a`, `b` or `tie`; None for a value that nothing is said of.

        Raises:
            Bad: the value is no label: a list, an object, half a character.
        """
        label = label_of(value)
        for side, names in (("a", self.first), ("b", self.second), ("tie", self.tie)):
            if label in map(label_of, names):
                return side
        return None


@dataclass(frozen=True)
class Fields:
    """Which columns of a source hold what. Columns may be dotted paths (`input.prompt`).

    Attributes:
        prompt: text, or a list of {role, content} (or ShareGPT's {from, value}); only a turn that stands alone may name
            no role. A text that is a transcript, or turns printed as JSON or Python, is a bad row.
        answers: the row's answers; with `each` set, columns within every item of that list.
        each: column that holds a list of answers.
        language, response_language, system, group, reference, labels, translator: columns; `group` joins the
            translations of a prompt. Rows with a translator have origin `translated`.
        source_text, source_language: columns of what a translated prompt was translated from (text or messages), so
            that filters can compare the two; its language is English where none is given.
        verdict: which of two answers was preferred.

    """

    prompt: str
    answers: tuple[Answer, ...] = ()
    each: str | None = None
    language: str | None = None
    response_language: str | None = None
    system: str | None = None
    group: str | None = None
    reference: str | None = None
    labels: str | None = None
    translator: str | None = None
    source_text: str | None = None
    source_language: str | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Files:
    """Local files as a source; `path` may be a pattern (`data/*.jsonl`).

    Attributes:
        language: the language of every row, when no column says so.
        where: column -> allowed values; other rows are left out and counted.
        records: for .json files, the dotted path of the list of rows.

    """

    path: str
    fields: Fields
    name: str
    revision: str
    licence: str
    language: str | None = None
    where: Mapping[str, Sequence[Label]] = field(default_factory=dict)
    records: str | None = None

    def __post_init__(self) -> None:
        _check(self)

    def files(self) -> list[Path]:
        """The files, sorted by name.

        Raises:
            UserError: there is none.

        """
        path = Path(self.path)
        try:
            if path.is_file():
                return [path]
            if path.is_dir():
                raise UserError(f"{path} is a folder; name the files of source '{self.name}', as in {path / '*.jsonl'}")
            # What is there by its name is no pattern, whatever its name: a folder called a*b is itself.
            base = next(one for one in (*path.parents, Path()) if one.is_dir())
            found = sorted(p for p in base.glob(str(path.relative_to(base))) if p.is_file())
        except (OSError, ValueError) as error:
            raise UserError(f"cannot look for {self.path} ({error}); check the path of source '{self.name}'") from None
        if not found:
            raise UserError(f"no file at {self.path}; check the path of source '{self.name}'")
        return found

    def lines(self, path: Path) -> Iterator[Line]:
        """The rows of one of the files."""
        return read_file(path, self.records)


@dataclass(frozen=True)
class HubDataset:
    """A Hub dataset as a source. A tag or branch is resolved to a commit, which stays with every row."""

    repo: str
    fields: Fields
    licence: str
    split: str = "train"
    config: str | None = None
    revision: str | None = None
    language: str | None = None
    where: Mapping[str, Sequence[Label]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(self)

    @property
    def name(self) -> str:
        """The repository's name."""
        return self.repo

    def resolved(self) -> "HubDataset":
        """The same source with its revision as a commit id."""
        return HubDataset(**{**self.__dict__, "revision": hub_revision(self.repo, self.revision)})

    def lines(self) -> Iterator[Line]:
        """The rows."""
        return read_hub(self.repo, self.config, self.split, self.revision)


@dataclass(frozen=True)
class ArenaFolder:
    """A folder of prompts and answers in the layout of m-ArenaHard: a small adapter.

    `questions/LANG.jsonl` holds {question_id, turns: [{content}]} with one turn (several need roles, or the question is
    left out as `turns_without_roles`), `answers/LANG/MODEL.jsonl` holds {question_id, answer} with MODEL's `/` written
    as `__`. question_id joins the translations of a prompt.

    Attributes:
        translated_from: language whose questions are the originals of all others; None where all are native.
        translator: who translated them.

    """

    path: str
    name: str
    revision: str
    licence: str
    translated_from: str | None = None
    translator: str = "unknown"

    def __post_init__(self) -> None:
        _check(self)

    def files(self) -> list[Path]:
        """The question files, one a language.

        Raises:
            UserError: there is none, or there are answers in a language without one.

        """
        found = sorted((Path(self.path) / "questions").glob("*.jsonl"))
        if not found:
            raise UserError(f"{self.path} has no questions/LANG.jsonl; --source takes an m-ArenaHard-style folder")
        for folder in sorted({p.parent for p in (Path(self.path) / "answers").glob("*/*.jsonl")}):
            if not (Path(self.path) / "questions" / f"{folder.name}.jsonl").is_file():
                raise UserError(f"{folder} has answers, but there is no questions/{folder.name}.jsonl to go with them")
        return found

    def answer_files(self, questions: Path) -> list[Path]:
        """The answer files of one language, sorted by model."""
        return sorted((Path(self.path) / "answers" / questions.stem).glob("*.jsonl"))

    def beside(self, questions: Path) -> list[Path]:
        """All files that are read with a question file: answers, and the originals of translated questions."""
        original = questions.with_name(f"{self.translated_from}.jsonl")
        return [*self.answer_files(questions), *([original] if original.is_file() and original != questions else [])]

    def _originals(self, questions: Path) -> dict[str, list[dict[str, str]]]:
        """question_id -> what the questions of this language were translated from; empty for the originals."""
        if self.translated_from in (None, questions.stem):
            return {}
        path = questions.with_name(f"{self.translated_from}.jsonl")
        if not path.is_file():
            raise UserError(f"there is no {path}, from which the questions of '{self.name}' were translated")
        found: dict[str, list[dict[str, str]]] = {}
        for line in read_file(path):
            try:
                found[_question(line)] = messages(look_up(line.row, "turns"))
            except Bad:
                continue  # said when that file's own rows are read
        return found

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
        )

    def lines(self, path: Path) -> Iterator[Line]:
        """The questions of one language, each with its answers."""
        answers: dict[str, list[dict[str, Cell]]] = {}
        places: dict[str, list[str]] = {}
        for file in self.answer_files(path):
            model = file.stem.replace("__", "/")
            for line in read_file(file):
                try:
                    key, answer = _question(line), look_up(line.row, "answer")
                except Bad as bad:
                    yield Line(line.where, bad)
                    continue
                answers.setdefault(key, []).append({"answer": answer, "model": model})
                places.setdefault(key, []).append(line.where)
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
            made = {
                "language": path.stem,
                "answers": answers.pop(key, []),
                "translator": self.translator if originals else None,
                "source_text": originals.get(key),
                "source_language": self.translated_from,
            }
            yield Line(line.where, asked | made)
        for key in answers:
            for where in places[key]:
                yield Line(where, Bad("unknown_question", "no question with this question_id"))


def _question(line: Line) -> str:
    key = name_of(look_up(line.row, "question_id"))
    if not key:
        raise Bad("missing_field", "question_id")
    return key


Source = Files | HubDataset | ArenaFolder


def _check(source: Source) -> None:
    """Refuses a source that says too little, or filters by something that is not a list of values.

    Raises:
        UserError: it does.

    """
    needed = {"name": source.name, "licence": source.licence}
    if not isinstance(source, HubDataset):
        needed["revision"] = source.revision
    for what, value in needed.items():
        if not isinstance(value, str) or not value.strip():
            raise UserError(f"source '{source.name}' needs a {what}; write what is known of it, or 'unknown'")
    for column, allowed in getattr(source, "where", {}).items():
        _several(f"where[{column!r}] of source '{source.name}'", allowed)


def _several(what: str, values: Iterable[Label]) -> list[Label]:
    # `"train" in "train"` is true, and so is `"rain" in "train"`.
    if isinstance(values, (str, bytes)):
        raise UserError(f"{what} is one text, {values!r}; give a list of values, as in ({values!r},)")
    if not isinstance(values, Iterable):
        raise UserError(f"{what} is {values!r}; give a list of values, as in ({values!r},)")
    return list(values)

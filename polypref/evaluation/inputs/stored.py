"""Answers that models gave elsewhere: read from files, folders or the Hub and matched to an evaluation's prompts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import pyarrow as pa

from ... import schema
from ...console.escaping import short_text
from ...errors import UserError
from ...files.cells import MISSING, Bad, Row, look_up_or_none
from ...files.delimited import check_separator
from ...files.hub_reader import hub_revision
from ...files.packed import stem_of
from ...files.readers import ENDINGS, files_in
from ...languages.own import adopt_beside
from ...layouts.conversations import TO_ANOTHER_PROMPT, messages, same_turns
from ...layouts.strict_rows import (
    cell_name,
    columns_of,
    is_hub_name,
    read_hub,
    read_rows,
    refuse_other_language,
    tag_of,
    unread,
)
from ...scripting.declared import nearest
from ..left_out import words
from .given_answers import last_answer, usable
from .tables import ANSWERS, PromptRow
from .traits import Trait, trait_row, values_of

#: Why a prompt has no answer, beside what makes one unusable.
NOT_STORED = "no_stored_answer"
_AMBIGUOUS = -1
#: An organisation's old name on the Hub, under which many answers are stored, and its new one.
_RENAMED = ("cohereforai/", "coherelabs/")


@dataclass(frozen=True)
class Columns:
    """Which columns of stored answers hold what; paths such as `choices.0.turns.0.content` lead into nested values.

    Columns that are left empty are looked for under their usual names (`USUAL`); `-` says that there is none.

    Attributes:
        answer: text; a conversation, whose last turn it is; or `choices` as FastChat and Arena-Hard write them.
        language: under any name for it, or `=TAG` for all rows.
        group: id that the prompt's translations share (question_id).
        prompt: the prompt's text or conversation, for answers that have no such id.
        prompt_id: id of the prompt in an evaluation of polypref.
        model: name of the model, where a file holds several.
        finish_reason: why the model stopped.
        failure: why there is no answer, as polypref writes it.
        records: for .json files: path to the list of rows.
        separator: for .csv and .tsv files: what separates the columns; looked for where it is not named.
    """

    answer: str = ""
    language: str = ""
    group: str = ""
    prompt: str = ""
    prompt_id: str = ""
    model: str = ""
    finish_reason: str = ""
    failure: str = ""
    records: str = "-"
    separator: str = "-"


#: Names that columns commonly have; the first that a row has counts.
USUAL: Mapping[str, tuple[str, ...]] = {
    "answer": ("answer", "text", "output", "response", "completion", "messages", "choices"),
    "language": ("language", "lang"),
    "group": ("group_id", "group", "question_id", "uid", "id"),
    "prompt": ("prompt", "instruction", "question", "input"),
    "prompt_id": ("prompt_id",),
    "model": ("model", "model_id", "generator"),
    "finish_reason": ("finish_reason",),
    "failure": ("failure",),
}


@dataclass(frozen=True)
class Answer:
    """One stored answer.

    Attributes:
        text: as stored; None where the cell is empty.
        finish_reason: empty where it is not told.
        failure: why there is no usable text; empty where there is.
        language: tag; empty where it is not told.
        where: file and row.
        before: the turns before the answer, where a conversation is stored.
        traits: column that was asked for -> what the row states in it.
    """

    text: str | None
    finish_reason: str
    failure: str
    language: str
    where: str
    before: tuple[Mapping[str, str], ...] = ()
    traits: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stored:
    """Stored answers of one model.

    Attributes:
        model: as asked for.
        source: where they were read.
        revision: the Hub's commit; empty for files.
        entries: the answers.
        keys: what a prompt may be known by -> number of the entry: ("id", prompt_id), ("group", language, group_id) or
            ("prompt", language, hash of the messages), the language empty where it is not told.
        left_out: reason -> rows that could not be used: `unknown_language`, `no_key`.
        columns: names of columns that the rows have.
    """

    model: str
    source: str
    revision: str
    entries: tuple[Answer, ...]
    keys: Mapping[tuple[str, ...], int]
    left_out: Mapping[str, int]
    columns: frozenset[str] = frozenset()


def columns(config: Mapping[str, str]) -> Columns:
    """Columns from a config's mapping.

    Args:
        config: what a column is for -> its name.

    Returns:
        The columns; those that are not named are looked for under their usual names.

    Raises:
        UserError: an unknown key.
    """
    known = {f.name for f in fields(Columns)}
    if unknown := sorted(set(config) - known):
        raise UserError(
            f"columns of stored answers: unknown key {short_text(unknown[0])}; {nearest(unknown[0], sorted(known))}"
        )
    return Columns(**config)


def read_stored(
    where: str | Path,
    columns: Columns = Columns(),
    model: str = "",
    *,
    config: str = "",
    split: str = "train",
    revision: str = "",
    tags: Sequence[str] = (),
    slices: Sequence[str] = (),
) -> Stored:
    """Reads the stored answers of a model.

    Args:
        where: a file that `readers.read_file` reads; a folder of such files, one a language (`de.jsonl`); a
            folder in the layout of m-ArenaHard (`ROOT/LANGUAGE/MODEL.jsonl` or `ROOT/answers/LANGUAGE/MODEL.jsonl`, `/`
            in a model's name written as `__`); or ORG/NAME of a Hub dataset.
        columns: which columns hold what.
        model: the model's name; may be left out where there is only one.
        config: on the Hub, with {tag} for one config a language.
        split: on the Hub.
        revision: on the Hub; empty for main.
        tags: languages, for a config with {tag}.
        slices: columns by which a report is sliced.

    Returns:
        All answers of the model; which of them are used the prompts decide.

    Raises:
        UserError: nothing can be read there; the model is not there, or several are and none is named; a column is
            missing; or there are two answers for one prompt that are not the same.
    """
    reader = _Reader(columns, model, slices)
    path = Path(where)
    if path.exists():
        adopt_beside(path)
    commit = ""
    if path.is_file():
        reader.read(str(path), _rows_of(path, columns), "")
    elif path.is_dir():
        for tag, file in _files(path, model):
            reader.read(str(file), _rows_of(file, columns), tag, file.parent != path)
    elif is_hub_name(str(where)):
        commit = hub_revision(str(where), revision)
        if "{tag}" in config and not tags:
            raise UserError(f"{where}: a config with {{tag}} needs languages; say which")
        for tag in tags if "{tag}" in config else ("",):
            own = config.replace("{tag}", tag)
            reader.read(f"{where}[{own or 'default'}/{split}]", read_hub(str(where), own, split, commit), tag)
    else:
        raise UserError(f"no stored answers at {where}: neither a file or folder here nor ORG/NAME on the Hub")
    return reader.stored(str(where), commit)


def answers(stored: Stored, prompts: pa.Table, model_name: str) -> pa.Table:
    """One row a prompt: the answer stored for it, or why there is none.

    A prompt is known by its prompt_id; else by language and group_id; else by language and text, or by its text alone
    where the stored answer has no language. Texts are cleaned as the builder cleans answers.

    Args:
        stored: the answers.
        prompts: `tables.PROMPTS`.
        model_name: what the model is called in the evaluation.

    Returns:
        (n, 7) `tables.ANSWERS`, in the order of the prompts. `failure` is `no_stored_answer`, `empty_answer`, what was
        stored as a failure, or why a text cannot be used (`chat_template_token`, `lone_surrogate`, `not_text`, ...);
        `answer_to_another_prompt` where the conversation that is stored does not begin with the whole prompt.
    """
    rows = []
    for prompt, at in _matches(stored, prompts):
        answer = stored.entries[at] if at is not None else Answer(None, "", NOT_STORED, "", "")
        if answer.before and not same_turns(answer.before, prompt["prompt"]):
            answer = replace(answer, failure=answer.failure or f"answer_{TO_ANOTHER_PROMPT}")
        text, failure = ("", answer.failure) if answer.failure else usable(answer.text or "")
        rows.append(
            {
                "set": prompt["set"],
                "model": model_name,
                "prompt_id": prompt["prompt_id"],
                "language": prompt["language"],
                "text": text,
                "finish_reason": answer.finish_reason,
                "failure": failure,
            }
        )
    return pa.Table.from_pylist(rows, ANSWERS)


def answer_traits(stored: Stored, prompts: pa.Table, model_name: str) -> list[Trait]:
    """What the answers state in the columns that were asked for.

    Args:
        stored: the answers.
        prompts: `tables.PROMPTS`.
        model_name: what the model is called in the evaluation.

    Returns:
        Rows of `traits.TRAITS`.
    """
    return [
        trait_row((prompt["set"], prompt["prompt_id"], prompt["language"]), model_name, column, value)
        for prompt, at in _matches(stored, prompts)
        if at is not None
        for column, values in stored.entries[at].traits.items()
        for value in values
    ]


def unmatched(stored: Stored, prompts: pa.Table) -> dict[str, int]:
    """How many stored answers belong to none of the prompts, by language (empty where it is not told).

    A sample of a set leaves most of them over; that all of them are left over tells of columns named wrongly.

    Args:
        stored: the answers.
        prompts: `tables.PROMPTS`.

    Returns:
        Tag -> how many, in the order of the tags.
    """
    used = {at for _, at in _matches(stored, prompts)}
    left = Counter(one.language for at, one in enumerate(stored.entries) if at not in used)
    return dict(sorted(left.items()))


def _matches(stored: Stored, prompts: pa.Table) -> Iterator[tuple[PromptRow, int | None]]:
    for prompt in prompts.to_pylist():
        tag, group = prompt["language"], prompt["group_id"]
        text_key = _text_key(prompt["prompt"])
        # Sets without translations write the language before a group's id, which the answers do not know.
        bare = group.removeprefix(f"{tag}:")
        known: tuple[tuple[str, ...], ...] = (
            ("id", prompt["prompt_id"]),
            ("group", tag, group),
            ("group", tag, bare),
            ("prompt", tag, text_key),
            ("prompt", "", text_key),
        )
        numbers = (stored.keys.get(key, _AMBIGUOUS) for key in known)
        yield prompt, next((at for at in numbers if at != _AMBIGUOUS), None)


def _text_key(prompt: Iterable[Mapping[str, str]]) -> str:
    return schema.make_id(*(part for one in prompt for part in (one["role"], one["content"].strip())))


def _rows_of(path: Path, columns: Columns) -> Iterator[Row]:
    records, separator = ("" if name == "-" else name for name in (columns.records, columns.separator))
    if separator:
        check_separator(separator, "columns of stored answers: separator")
    return read_rows(path, records, separator)


class _Reader:
    """Collects answers, and refuses two for one prompt."""

    def __init__(self, columns: Columns, model: str, slices: Sequence[str] = ()) -> None:
        self.named, self.model, self.slices = columns, model, slices
        self.names: set[str] = set()
        self.entries: list[Answer] = []
        self.keys: dict[tuple[str, ...], int] = {}
        self.left_out: Counter[str] = Counter()
        self.models: set[str] = set()

    def stored(self, source: str, commit: str) -> Stored:
        """What was read.

        Raises:
            UserError: several models, or no answer of the one asked for.
        """
        if not self.model and len(self.models) > 1:
            raise UserError(f"{source} holds answers of {_some(self.models)}; say which model is meant")
        if not self.entries:
            others = f"; it has {_some(self.models)}" if self.models else ""
            what = f"of {self.model}" if self.model else "that can be used"
            tally = [(reason, Counter({"": rows})) for reason, rows in self.left_out.most_common()]
            left = f"; left out: {words(tally)}" if tally else ""
            raise UserError(f"{source} holds no answer {what}{others}{left}")
        names = frozenset(self.names)
        return Stored(self.model, source, commit, tuple(self.entries), self.keys, dict(self.left_out), names)

    def read(self, source: str, rows: Iterable[Row], tag: str, chosen: bool = False) -> None:
        """Reads one file; `tag` is its language where its place tells, `chosen` whether all of it is the model's."""
        columns: dict[str, str] = {}
        for number, row in enumerate(rows, 1):
            where = f"{source}, row {number}"
            try:
                if not columns:
                    columns = self._columns(row)
                    self.names.update(map(str, row))
                self._add(row, where, columns, tag, chosen)
            except Bad as bad:
                advice = "name the columns of the stored answers as the file does"
                raise unread(where, bad, row, advice) from None

    def _columns(self, row: Row) -> dict[str, str]:
        columns = columns_of(row, self.named, USUAL)
        if columns["answer"] == "-":
            raise Bad(MISSING, USUAL["answer"][0])
        if not self.named.group and columns["group"] in ("uid", "id") and columns["prompt"] != "-":
            columns["group"] = "-"  # may number the file's rows; the prompt itself is surer
        if not self.named.failure and columns["prompt_id"] == "-":
            columns["failure"] = "-"  # another's word for something else
        return columns

    def _add(self, row: Row, where: str, columns: Mapping[str, str], tag: str, chosen: bool) -> None:
        if columns["model"] != "-" and not chosen:
            name = cell_name(look_up_or_none(row, columns["model"]))
            self.models.add(name)
            if self.model and not same_model(name, self.model):
                return
        stated = _cell(row, columns["language"])
        if tag and not self.named.language:
            column = columns["language"]
            refuse_other_language(
                stated,
                tag,
                f"{where}, column {column}",
                f"say which counts: language: {column} in the model's columns for the rows' column, language: '-' for "
                "the place",
            )
        language = tag_of(stated) if stated else tag
        if stated and not language:
            self.left_out["unknown_language"] += 1
            return
        keys = list(self._keys(row, columns, language))
        if not keys:
            self.left_out["no_key"] += 1
            return
        failure = _cell(row, columns["failure"])
        try:
            before, text = last_answer(look_up_or_none(row, columns["answer"]))
        except Bad as bad:
            before, text, failure = [], None, failure or bad.reason
        finish, traits = _cell(row, columns["finish_reason"]), {one: values_of(row, one) for one in self.slices}
        self._keep(Answer(text, finish, failure, language, where, tuple(before), traits), keys)

    def _keys(self, row: Row, columns: Mapping[str, str], language: str) -> Iterator[tuple[str, ...]]:
        """What the prompt may be known by, the surest first."""
        if prompt_id := _cell(row, columns["prompt_id"]):
            yield ("id", prompt_id)
        if language and (group := _cell(row, columns["group"])):
            yield ("group", language, group)
        if columns["prompt"] != "-":
            try:
                yield ("prompt", language, _text_key(messages(look_up_or_none(row, columns["prompt"]))))
            except Bad:
                return

    def _keep(self, answer: Answer, keys: Sequence[tuple[str, ...]]) -> None:
        before = self.keys.get(keys[0], _AMBIGUOUS)
        if before != _AMBIGUOUS:
            other = self.entries[before]
            if (other.text, other.failure) == (answer.text, answer.failure):
                return
            raise UserError(
                f"{answer.where}: another answer to the prompt that {other.where} has answered already "
                f"({' '.join(keys[0][1:])}); keep one of the two"
                + ("" if self.model else ", or say which model is meant")
            )
        self.entries.append(answer)
        for key in keys:
            # The same text may stand under two ids with two answers: then the text tells nothing.
            self.keys[key] = _AMBIGUOUS if key in self.keys else len(self.entries) - 1


def same_model(one: str, other: str) -> bool:
    """Whether two names mean one model: with `/` or `__`, in any case, with or without the organisation.

    Args:
        one: a name.
        other: another.

    Returns:
        Whether they are equal; where one has no organisation, without the other's.

    >>> same_model("CohereForAI__aya-23-8B", "coherelabs/Aya-23-8B"), same_model("a/dpo", "b/dpo")
    (True, False)
    """
    whole = [name.replace("__", "/").casefold().strip() for name in (one, other)]
    whole = [name.replace(*_RENAMED) for name in whole]
    last = [name.rpartition("/")[2] for name in whole]
    return whole[0] == whole[1] or (last[0] == last[1] and not all("/" in name for name in whole))


def _files(root: Path, model: str) -> list[tuple[str, Path]]:
    """(language, file) of a folder."""
    own = files_in(root)
    if own:
        return [(tag_of(stem_of(p)), p) for p in own]
    inner = root / "answers" if (root / "answers").is_dir() else root
    nested = sorted(path for folder in inner.iterdir() if folder.is_dir() for path in files_in(folder))
    names = {stem_of(path) for path in nested}
    if not nested:
        raise UserError(f"{root} holds no answers: neither LANGUAGE{ENDINGS[0]} nor LANGUAGE/MODEL{ENDINGS[0]}")
    if not model and len(names) > 1:
        raise UserError(f"{root} holds answers of {_some(names)}; say which model is meant")
    meant = {name for name in names if not model or same_model(name, model)}
    if not meant:
        raise UserError(f"{root} holds no answer of {model}; it has {_some(names)}")
    if len(meant) > 1:
        raise UserError(f"{root}: {model} may mean {_some(meant)}; give the name in full")
    chosen = []
    for file in nested:
        if stem_of(file) in meant:
            tag = tag_of(file.parent.name)
            if not tag:
                raise UserError(f"{file}: {file.parent.name} is no known language; rename the folder by its tag")
            chosen.append((tag, file))
    return chosen


def _cell(row: Row, column: str) -> str:
    return "" if column == "-" else cell_name(look_up_or_none(row, column))


def _some(names: Iterable[str]) -> str:
    listed = sorted(names)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")

"""Layouts that go by a name: what columns of well-known files hold, as data.

Each is a file of polypref/data/layouts. It says where it was seen, how sure that is, and, in words and on a made-up
row, which side is better: a test reads that row and compares. A file of one's own, in the same form, serves as well.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import UserError
from ..files.packaged import packaged
from ..files.readers import Line, is_there
from ..scripting.bounds import AtLeastZero
from ..scripting.declared import check_fields, checked_call, nearest
from .columns import Column
from .fields import Fields
from .reactions import Reactions
from .rounds import Rounds
from .sources import Files, HubDataset
from .strict_rows import is_hub_name
from .trees import Tree
from .where import Except, check_where

#: How a layout is known: rows of such a file were seen, or the source of a public program that reads it was.
Seen = Literal["rows", "reader"]
#: Who rated, where a layout does not say it.
UNNAMED_RATER = "source"
#: The longest layout file read, in bytes.
_LONGEST = 1 << 20

Kind = TypeVar("Kind")


@checked_call
@dataclass(frozen=True)
class Example:
    """Made-up rows of a layout, and what they say.

    Attributes:
        rows: the rows, one or several of one prompt, as lines of JSON.
        prompt: the last turn of the prompt that is read.
        better, worse: the texts of the answers that are better and of those that are worse.
        tied: whether neither of two answers is better.
    """

    rows: str
    prompt: str
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    tied: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.lines:
            raise UserError("Example(rows=''): write at least one row, as an object in JSON")

    @property
    def lines(self) -> list[Line]:
        """The rows, each with its place.

        Raises:
            UserError: one is no object in JSON.
        """
        lines: list[Line] = []
        for text in filter(str.strip, self.rows.splitlines()):
            place = f"row {len(lines) + 1}"
            try:
                row = json.loads(text)
            except (ValueError, RecursionError) as error:
                raise UserError(f"Example(...): {place} is not JSON ({error}); write one object a line") from None
            if not isinstance(row, dict):
                raise UserError(f"Example(...): {place} is {text!r:.60}, no object in JSON; write one object a line")
            lines.append(Line(place, row))
        return lines


@checked_call
@dataclass(frozen=True)
class NamedLayout:
    """What the columns of files of one kind hold.

    Attributes:
        fields: what the columns hold.
        name: what it is called.
        about: what such files are, in a line.
        better: which side is better, in words.
        seen: `rows` of such a file were seen, or the source of a public `reader` was; None for a layout of one's own.
        source: where, as repository, path and revision.
        examples: made-up rows, and what is read of them.
        licence: what the makers of the data state; empty where they state none, or it is not theirs to state.
        language: tag of the language of every row; None where a column says it, or whoever uses the layout must.
        where: column -> the values of rows that are read, the only one, or `Except`; others are counted. In a file
            `domain = {except = ["code"]}` stands for `Except(("code",))`.
        records: of .json files, the path of the list of rows.
        tree: how rows hold trees of messages, or conversations in rounds (`kind = "Rounds"` in a file), or with
            reactions to answers (`kind = "Reactions"`).
        rater: whose scores or verdicts count; a file that names none means the one whose verdicts or scores it
            declares.
        rule: how pairs are chosen: `given` where the rows say which answer is better; so it is too in a file that
            declares verdicts or sides and names no rule.
        least_margin: by how much two scores must differ for a pair.
        evaluation_set: whether models are measured with such data, so that nothing of it may be trained on.
        notes: what is true of every file that is read so; a dataset card says it.
        set_notes: what is true of the public set alone, as its terms; a card says it where the source is that set.
        repositories: what the public set is called on the Hub, ORG/NAME.
        advice: what to do, or what else there is; no card says it.
    """

    fields: Fields
    name: str = ""
    about: str = ""
    better: str = ""
    seen: Seen | None = None
    source: str = ""
    examples: tuple[Example, ...] = ()
    licence: str = ""
    language: str | None = None
    where: Mapping[Column, object] = field(default_factory=dict)
    records: str | None = None
    tree: Tree | Rounds | Reactions | None = None
    rater: str = UNNAMED_RATER
    rule: Literal["given", "best_vs_worst"] = "given"
    least_margin: AtLeastZero = 0
    evaluation_set: bool = False
    notes: tuple[str, ...] = ()
    set_notes: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        check_where("NamedLayout", self.where)

    def rated_by(self, rater: str) -> "NamedLayout":
        """The same layout with another name for who rated, so that raters of several sources are told apart.

        Args:
            rater: their name.

        Returns:
            The layout.
        """
        verdict, whose = self.fields.verdict, {self.rater: rater}
        answers = tuple(replace(one, rater=whose.get(one.rater, one.rater)) for one in self.fields.answers)
        if verdict is not None:
            verdict = replace(verdict, rater=whose.get(verdict.rater, verdict.rater))
        return replace(self, rater=rater, fields=replace(self.fields, answers=answers, verdict=verdict))

    def notes_of(self, where: str) -> tuple[str, ...]:
        """What a card says of a source in this layout.

        Args:
            where: as in `at`.

        Returns:
            The notes; those of the public set too where a dataset of the Hub is it.
        """
        on_hub = is_hub_name(where) and not is_there(where)
        is_the_set = on_hub and where.casefold() in map(str.casefold, self.repositories)
        return (*self.notes, *self.set_notes) if is_the_set else self.notes

    def described(self) -> list[str]:
        """All notes and advice, for who looks at the layout.

        Returns:
            Each with what it is.
        """
        called = f"note of the public set ({' and '.join(self.repositories)})" if self.repositories else ""
        kinds = {"note": self.notes, called or "note of the public set": self.set_notes, "advice": self.advice}
        return [f"{kind}: {text}" for kind, texts in kinds.items() for text in texts]

    def files(
        self,
        path: str,
        name: str,
        revision: str,
        licence: str,
        language: str | None = None,
        records: str | None = None,
        separator: str | None = None,
    ) -> Files:
        """Local files in this layout, as a source.

        Args:
            path: a file, or a pattern.
            name, revision, licence: of the source.
            language: of every row, where no column says it.
            records, separator: as `Files` has them; the layout's own path of the list of rows where there is none.

        Returns:
            The source.

        Raises:
            UserError: what is given is no source.
        """
        return Files(
            path,
            self.fields,
            name=name,
            revision=revision,
            licence=licence,
            language=language or self.language,
            where=self.where,
            records=records or self.records,
            separator=separator,
            tree=self.tree,
        )

    def hub(
        self,
        repo: str,
        licence: str,
        split: str = "train",
        config: str | None = None,
        revision: str | None = None,
        language: str | None = None,
    ) -> HubDataset:
        """A dataset of the Hub in this layout, as a source.

        Args:
            repo: its name, ORG/NAME.
            licence: of its texts.
            split, config, revision: which part and version.
            language: of every row, where no column says it.

        Returns:
            The source.

        Raises:
            UserError: what is given is no source.
        """
        return HubDataset(
            repo,
            self.fields,
            licence,
            split=split,
            config=config,
            revision=revision,
            language=language or self.language,
            where=self.where,
            tree=self.tree,
        )

    def at(
        self,
        where: str,
        name: str,
        licence: str,
        revision: str = "",
        language: str | None = None,
        split: str = "",
        config: str = "",
    ) -> Files | HubDataset:
        """A source in this layout, wherever it is: what is there as a file, or looks like one, is a file.

        Args:
            where: a file, a pattern, or ORG/NAME on the Hub.
            name: of the source, where it is files; a dataset of the Hub goes by its own.
            licence, revision: of the source; a revision that is empty is the newest, of files unknown.
            language: of every row, where no column says it.
            split, config: which part of a dataset of the Hub; of files nothing.

        Returns:
            The source.

        Raises:
            UserError: what is given is no source.
        """
        if is_hub_name(where) and not is_there(where):
            return self.hub(where, licence, split or "train", config or None, revision or None, language)
        return self.files(where, name, revision or "unknown", licence, language)


def layout_names() -> list[str]:
    """The names of all layouts that come with polypref.

    Returns:
        Names, sorted.
    """
    folder = packaged("layouts")
    return sorted(one.name.removesuffix(".toml") for one in folder.iterdir() if one.name.endswith(".toml"))


def layout(name: str) -> NamedLayout:
    """A layout by its name.

    Args:
        name: one of `layout_names`; or the path of a file of the same form, ending in .toml.

    Returns:
        The layout.

    Raises:
        UserError: there is none of that name, or the file describes none.
    """
    if name.endswith(".toml"):
        return _read_layout(name, layout_text(name), f"layout {name}")
    if name not in layout_names():
        _refuse_name(name)
    return _packaged_layout(name)


def layout_text(name: str) -> str:
    """The file of a layout.

    Args:
        name: as for `layout`.

    Returns:
        its text, in TOML.

    Raises:
        UserError: there is none of that name, or the file cannot be read.
    """
    if name.endswith(".toml"):
        return _text_of_own(Path(name))
    if name not in layout_names():
        _refuse_name(name)
    return packaged("layouts", f"{name}.toml").read_text("utf-8")


def _refuse_name(name: str) -> NoReturn:
    raise UserError(
        f"there is no layout {name!r:.60}; {nearest(name, layout_names())}, or give a file of your own, LAYOUT.toml"
    )


@lru_cache(maxsize=256)
def _packaged_layout(name: str) -> NamedLayout:
    return _read_layout(name, layout_text(name), f"polypref's layout {name}")


def _text_of_own(path: Path) -> str:
    try:
        if path.stat().st_size > _LONGEST:
            raise UserError(f"layout {path} is longer than {_LONGEST >> 20} MiB; name a file that declares a layout")
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the layout {path} ({error}); check the path") from None


def _read_layout(name: str, text: str, called: str) -> NamedLayout:
    try:
        whole = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{called} is no TOML: {error}") from None
    return layout_of_keys(whole, name, called)


def layout_of_keys(keys: object, name: str, called: str) -> NamedLayout:
    """A layout of keys and values, as a file of one has them.

    Args:
        keys: `fields`, and what else `NamedLayout` has.
        name: what the layout is called.
        called: how messages call what holds the keys.

    Returns:
        The layout.

    Raises:
        UserError: they describe none.
    """
    if not isinstance(keys, Mapping):
        raise UserError(f"{called} is {keys!r:.60}, no keys and values; write fields: and what each column holds")
    whole = dict(keys)
    try:
        declared = _declared("Fields", Fields, whole.pop("fields", {}))
        examples = tuple(_declared("Example", Example, one) for one in whole.pop("examples", ()))
        tree = _tree(given) if (given := whole.pop("tree", None)) else None
        if isinstance(where := whole.get("where"), Mapping):
            whole["where"] = {column: _allowed(values) for column, values in where.items()}
        return NamedLayout(declared, name=name, examples=examples, tree=tree, **{**_decided_by(declared), **whole})
    except UserError as error:
        raise UserError(f"{called}: {error}") from None


def _tree(given: object) -> Tree | Rounds | Reactions:
    """How rows hold messages: trees where nothing else is said."""
    kind, values = ("Tree", given) if not isinstance(given, Mapping) else (given.get("kind", "Tree"), dict(given))
    if isinstance(values, dict):
        values.pop("kind", None)
    if kind == "Rounds":
        return _declared("Rounds", Rounds, values)
    if kind == "Reactions":
        return _declared("Reactions", Reactions, values)
    if kind != "Tree":
        raise UserError(f"tree has kind {kind!r:.60}; {nearest(str(kind), ['Tree', 'Rounds', 'Reactions'])}")
    return _declared("Tree", Tree, values)


def _decided_by(declared: Fields) -> dict[str, str]:
    """Rater and rule of a layout that names neither: the verdict's, sides', editors' or scores' one rater."""
    if declared.verdict is not None:
        return {"rater": declared.verdict.rater, "rule": "given"}
    if any(answer.side for answer in declared.answers):
        return {"rule": "given"}
    editors = {answer.rater for answer in declared.answers if answer.edited}
    if editors and not any(answer.score for answer in declared.answers):
        return {"rule": "given", **({"rater": editors.pop()} if len(editors) == 1 else {})}
    raters = {answer.rater for answer in declared.answers if answer.score}
    return {"rule": "best_vs_worst", **({"rater": raters.pop()} if len(raters) == 1 else {})}


def _allowed(values: object) -> object:
    """What `where` allows of a column; a table of `except` names what it does not."""
    if isinstance(values, Mapping) and set(values) == {"except"}:
        but = values["except"]
        return Except(tuple(but) if isinstance(but, list) else (but,))
    return values


def _declared(what: str, kind: type[Kind], given: object) -> Kind:
    """An instance of a declaration, of a table that has its fields; tables in it become the declarations they name.

    Where a field may be of several declarations, `kind` in its table says which.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{what} is {given!r:.60}, not a table")
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    values = dict(given)
    for name, value in values.items():
        kinds = _declarations(hints.get(name))
        if kinds and isinstance(value, Mapping):
            values[name] = _one_of(name, kinds, value)
        elif kinds and isinstance(value, list):
            values[name] = tuple(_one_of(name, kinds, one) for one in value)
        elif hints.get(name) == tuple[str, ...] and isinstance(value, str):
            values[name] = (value,)
    # TOML has no word for nothing: what is left out is nothing, where it may be.
    needed = [one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING]
    return kind(**{name: None for name in needed if type(None) in get_args(hints[name])} | values)


def _one_of(name: str, kinds: Mapping[str, type[object]], value: object) -> object:
    if not isinstance(value, Mapping):
        raise UserError(f"{name} is {value!r:.60}, not a table")
    values = dict(value)
    kind = values.pop("kind", next(iter(kinds)))
    if kind not in kinds:
        raise UserError(f"{name} has kind {kind!r:.60}; {nearest(str(kind), list(kinds))}")
    return _declared(kind, kinds[kind], values)


def _declarations(hint: object) -> dict[str, type[object]]:
    """The dataclasses that a field may hold, by name, in the order in which its type names them."""
    kinds: dict[str, type[object]] = {}
    inner = get_args(hint) if get_origin(hint) in (Union, UnionType, tuple) else (hint,)
    for one in inner:
        if isinstance(one, type) and is_dataclass(one):
            kinds[one.__name__] = one
    return kinds

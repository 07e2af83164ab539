"""Evaluation sets: which prompts are asked in which languages, where they are from, and under which names."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from pathlib import Path

from ... import languages
from ...console.escaping import as_literal, short_text
from ...errors import UserError
from ...files.cells import Row
from ...files.delimited import check_separator
from ...files.json_types import Json, JsonObject
from ...files.readers import is_there
from ...files.records import decode
from ...layouts.columns import check_columns
from ...layouts.strict_rows import is_hub_name
from ...scripting.declared import nearest
from ...scripting.spelling import closest_name
from . import bundled_questions
from .packaged_tables import read_packaged, shown

_SETS = "sets.toml"
#: What YAML reads as no text.
_WORDS_OF_YAML = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
#: Names that columns commonly have, for sets that do not name theirs; the first that a row has counts.
USUAL: Mapping[str, tuple[str, ...]] = {
    "prompt": ("prompt", "turns", "messages", "instruction", "question", "inputs", "input"),
    "language": ("language", "lang"),
    "group": ("group_id", "group", "question_id", "source_id", "uid", "id"),
    "reference": ("references", "reference"),
    "category": ("category",),
}


@dataclass(frozen=True)
class EvaluationSet:
    """A declared set of prompts. A column may be a path into nested values (`turns[0].content`, `turns.0.content`).

    Columns that are left empty are looked for under the names of `USUAL`; `-` says that there is none.

    Attributes:
        name: as it is shown; part of every prompt's id.
        repo: dataset on the Hub; or
        path: a file, or a folder with a file a language (`de.jsonl`); or
        rows: makes the rows.
        config: the Hub dataset's config, with {tag} for the language.
        configs: language -> config, where it is another one.
        files: for repositories whose configs the Hub's client cannot find out: pattern of the files of a config, with
            {config} and {tag}.
        split: split on the Hub.
        revision: branch, tag or commit on the Hub; empty for main. The commit that it stands for is recorded.
        licence, note: for the reader of a report; a note says what is machine-translated.
        languages: tags it has; empty where only its rows tell.
        prompt: column of the prompt: text, or a conversation of {role, content}.
        language: column of the language under any name for it, or `=TAG`. Not needed with a file or config a language;
            `-` makes their names count where rows say another one.
        group: column of the id that a prompt's translations share; without it they share their row number.
        parallel: False where prompts have no translations: then no groups are shared between languages.
        reference: column of a right answer, or of a list of them.
        category: column of a label.
        script: column of an ISO 15924 code; rows in another script than the language's usual one are left out.
        instructions: language -> what is asked, with {text} for the prompt column; empty to ask that as it is.
        records: for .json files: path to the list of rows.
        separator: for .csv and .tsv files: what separates the columns; empty to look for it.
    """

    name: str
    repo: str = ""
    path: str = ""
    rows: Callable[[], Iterable[Row]] | None = field(default=None, metadata={"settings": False})
    config: str = ""
    configs: Mapping[str, str] = field(default_factory=dict)
    files: str = ""
    split: str = "test"
    revision: str = ""
    licence: str = "unknown"
    note: str = ""
    languages: tuple[str, ...] = ()
    prompt: str = ""
    language: str = ""
    group: str = ""
    parallel: bool = True
    reference: str = ""
    category: str = ""
    script: str = "-"
    instructions: Mapping[str, str] = field(default_factory=dict)
    records: str = ""
    separator: str = ""

    def __post_init__(self) -> None:
        if not self.name or sum(map(bool, (self.repo, self.path, self.rows))) != 1:
            raise UserError(f"evaluation set '{self.name}': give a name, and one of repo, path and rows")
        for tag in (*self.languages, *self.configs, *self.instructions):
            languages.get(tag)
        check_columns(f"evaluation set '{self.name}'", (getattr(self, column) for column in (*USUAL, "script")))
        for tag, text in self.instructions.items():
            if "{text}" not in text:
                raise UserError(f"evaluation set '{self.name}': the instruction in {tag} has no {{text}}")
        if self.separator:
            check_separator(self.separator, f"evaluation set '{self.name}': separator")


def config_line(declared: EvaluationSet, columns: Mapping[str, str]) -> str:
    """The line of an evaluation's config that declares a set with its columns named.

    Args:
        declared: the set.
        columns: what a column is for -> its name.

    Returns:
        YAML on one line.

    Example:
        >>> config_line(EvaluationSet("own", path="own.jsonl"), {"prompt": "Frage (kurz)"})
        'sets: [{path: own.jsonl, prompt: "Frage (kurz)"}]'
    """
    place = {"path": declared.path} if declared.path else {"repo": declared.repo}
    if declared.rows or _declared().get(declared.name) == declared:
        place = {"set": declared.name}
    return f"sets: [{{{', '.join(f'{key}: {_in_yaml(value)}' for key, value in (place | {**columns}).items())}}}]"


def _in_yaml(value: str) -> str:
    """A text as YAML reads it: without quotes where it can be nothing but a name."""
    plain = re.fullmatch(r"=?[^\W\d][\w./-]*|/[\w./-]+", value)
    return value if plain and value.casefold() not in _WORDS_OF_YAML else as_literal(value)


def names() -> tuple[str, ...]:
    """The names of all sets that have one.

    Returns:
        Those of sets.toml in its order, then `quickstart`.

    Raises:
        UserError: a table of sets.toml declares no set.
    """
    return (*_declared(), "quickstart")


def find_set(asked: str | Mapping[str, Json]) -> EvaluationSet:
    """The set that somebody means.

    Args:
        asked: the name of a set; a file or folder; ORG/NAME of a Hub dataset; or a mapping of the fields of
            `EvaluationSet`, in which `set` may name one of these three, whose fields it changes.

    Returns:
        The set; nothing of it is read yet.

    Raises:
        UserError: there is no such set, an unknown field, or a value that does not fit.
    """
    if isinstance(asked, str):
        if asked == "quickstart":
            return quickstart()
        if asked in _declared():
            return _declared()[asked]
        if is_there(asked):
            return EvaluationSet(Path(asked).stem or asked, path=asked)
        if is_hub_name(asked):
            return EvaluationSet(asked, repo=asked)
        near = closest_name(asked, names())
        raise UserError(
            f"no evaluation set '{asked}'{f' (did you mean {near}?)' if near else ''}: it is neither a file or "
            f"folder here, nor ORG/NAME on the Hub, nor one of {', '.join(names())}"
        )
    given: JsonObject = {key: value for key, value in asked.items() if key != "set"}
    if given.get("languages"):
        given["languages"] = [*(read_tags(given["languages"], "evaluation set: languages") or ())]
    if "set" not in asked:
        given.setdefault("name", given.get("repo") or Path(str(given.get("path", ""))).stem)
        return _of_keys(given, "evaluation set")
    base = find_set(str(asked["set"]))
    where: JsonObject = {} if given.keys() & {"repo", "path"} else {"path": base.name}
    changed = _of_keys({"name": base.name} | where | given, "evaluation set")
    return replace(base, **{key: getattr(changed, key) for key in given})


def read_tags(value: Json, what: str) -> tuple[str, ...] | None:
    """Languages that somebody names in settings.

    Args:
        value: a list of tags or names, or a text of them with commas.
        what: how a message calls the setting.

    Returns:
        Their tags, each once; None for none.

    Raises:
        UserError: the value names no languages, or one that is not known.

    >>> read_tags("German, fr,de", "languages")
    ('de', 'fr')
    """
    if value is None:
        return None
    words = value.split(",") if isinstance(value, str) else value
    # YAML reads the tag of Norwegian as false.
    listed = ["no" if word is False else word for word in words] if isinstance(words, list | tuple) else []
    tags = [word.strip() for word in listed if isinstance(word, str) and word.strip()]
    if not tags or len(tags) < len(listed):
        raise UserError(f"{what}: {value!r} names no languages; give tags, as in de,fr")
    return tuple(dict.fromkeys(languages.resolve_at(what, tag).tag for tag in tags))


def _of_keys(keys: JsonObject, what: str) -> EvaluationSet:
    known = {f.name for f in fields(EvaluationSet)} - {"rows"}
    if unknown := sorted(set(map(str, keys)) - known):
        raise UserError(f"{what}: unknown key {short_text(unknown[0])}; {nearest(unknown[0], ['set', *sorted(known)])}")
    return decode(EvaluationSet, keys, f"{what}: a key does not fit", "see CONTRIBUTING.md")


@cache
def _declared() -> dict[str, EvaluationSet]:
    return {name: _of_table(name, keys) for name, keys in read_packaged(_SETS).items()}


def _of_table(name: str, keys: Json) -> EvaluationSet:
    what = f"{shown(_SETS)}: set '{name}'"
    if not isinstance(keys, dict):
        raise UserError(f"{what} is no table; begin it with [{name}], and a line for each key below")
    if not keys.get("languages"):
        raise UserError(f'{what} has no languages; list the tags of all that it has, as in languages = ["de", "gl"]')
    return _of_keys({"name": name, **keys}, what)


def quickstart() -> EvaluationSet:
    """Those of the bundled questions that the loop keeps for the end, with the right answers as references.

    Returns:
        A set that needs no file: 60 groups in 23 languages.
    """

    def rows() -> Iterator[Row]:
        for line in bundled_questions.lines(bundled_questions.split_groups(0, 60)[1]):
            yield {
                "group": line.group,
                "language": line.language,
                "prompt": line.prompt,
                "reference": line.answer,
                "category": line.group.partition("-")[0],
            }

    note = "six questions about numbered things, machine-written, unreviewed; they tell nothing of a model's abilities"
    return EvaluationSet("quickstart", rows=rows, licence="apache-2.0", note=note, group="group")

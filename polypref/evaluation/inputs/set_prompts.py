"""The prompts of an evaluation set: read, sorted by language and group, drawn, and what was left out counted."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from ... import languages, schema
from ...errors import UserError
from ...files.atomic import file_digest
from ...files.cells import Bad, Cell, Row, is_missing, look_up, look_up_or_none
from ...files.hub_reader import hub_revision
from ...files.json_types import JsonObject
from ...files.packed import stem_of
from ...files.readers import ENDINGS, files_in, read_file
from ...languages.own import adopt_beside
from ...layouts.column_kinds import Use, columns_for
from ...layouts.conversations import clean_cell, messages
from ...layouts.strict_rows import (
    cell_name,
    columns_of,
    read_hub,
    read_rows,
    refuse_other_language,
    tag_of,
    unread,
)
from ...layouts.tools import OFFERS_TOOLS, offers_tools
from ..left_out import NOT_ASKED_FOR, UNKNOWN, by_reason, words
from .sets import USUAL, EvaluationSet, config_line
from .tables import PROMPTS, PromptRow
from .traits import Trait, trait_row, values_of

#: Rows of a language that another config of the set is read for.
_READ_ELSEWHERE = "read_from_another_config"
#: What the columns of a set are for, as `columns_for` looks for one.
_USES: Mapping[str, Use] = {"prompt": "prompt", "language": "language", "group": "group", "reference": "answer"}
#: The column of a language that the rows' place has said already.
_STATED = "stated"


@dataclass(frozen=True)
class _Source:
    """Rows that belong together. `tag` is the language of all of them; empty where a column says."""

    name: str
    tag: str
    wanted: frozenset[str]
    rows: Callable[[], Iterable[Row]]


@dataclass
class _OfLanguage:
    """Rows of one language: group -> row, and what was left out."""

    rows: dict[str, Row] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


class LoadedSet(NamedTuple):
    """A set's prompts.

    Attributes:
        prompts: (n, 7) `tables.PROMPTS`.
        facts: what a report says of the set.
        traits: rows of `traits.TRAITS`: what the prompts state in the columns that were asked for.
        columns: names of columns that the rows have.
    """

    prompts: pa.Table
    facts: JsonObject
    traits: list[Trait]
    columns: frozenset[str]


def load_set(
    declared: EvaluationSet, tags: Sequence[str] | None = None, sample: int | None = None, seed: int = 0
) -> tuple[pa.Table, JsonObject]:
    """Reads a set's prompts; see `load_sliced`.

    Args:
        declared: the set.
        tags: languages, in the order wanted; None for all it has.
        sample: at most so many prompts a language.
        seed: of the sample, and of the order.

    Returns:
        The prompts, and what a report says of the set.

    Raises:
        UserError: as `load_sliced`.
    """
    loaded = load_sliced(declared, tags, sample, seed)
    return loaded.prompts, loaded.facts


def load_sliced(
    declared: EvaluationSet,
    tags: Sequence[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
    slices: Sequence[str] = (),
) -> LoadedSet:
    """Reads a set's prompts, and what they state in columns by which a report is sliced.

    Args:
        declared: the set.
        tags: languages, in the order wanted; None for all it has.
        sample: at most so many prompts a language: those whose md5 of seed and group is smallest, so that the same
            prompts are drawn in every language, and a smaller sample is the beginning of a larger one. They are drawn
            before they are cleaned: one that is left out is not replaced.
        seed: of the sample, and of the order.
        slices: columns; `category` is the column that the set calls so.

    Returns:
        (n, 7) `tables.PROMPTS`, sorted by language as asked and then by the hash above; what the prompts state in the
        columns; and what a report says of the set: name, repo, revision (the commit, or a digest of local files),
        licence, note, languages {tag: prompts}, available {tag: prompts before the sample}, left_out {tag: {reason:
        rows}} (tags not asked for are among them), not_in_set [tags asked for that the set does not have],
        unknown_languages {what a row says: rows}, columns, sample, seed.

    Raises:
        UserError: it cannot be read, lacks a column, or has no prompt in any of the languages.
    """
    if sample is not None and sample < 1:
        raise UserError(f"a sample of {sample} prompts a language is none; ask for 1 or more")
    wanted = [languages.get(tag).tag for tag in dict.fromkeys(tags or declared.languages)]
    revision, sources = _sources(declared, wanted)
    reader = _Reader(declared, wanted)
    for source in sources:
        reader.read(source)
    order = wanted or sorted(reader.by_tag)
    rows: list[PromptRow] = []
    traits: list[Trait] = []
    named = {one: reader.columns.get(one, "-") if one == "category" else one for one in slices}
    named = {one: column if column != "-" else one for one, column in named.items()}
    for tag in order:
        own = reader.by_tag.setdefault(tag, _OfLanguage())
        drawn = sorted(own.rows, key=lambda group: hashlib.md5(f"{seed} {group}".encode()).hexdigest())[:sample]
        for prompt, row in _prompts(declared, tag, drawn, own, reader.columns):
            rows.append(prompt)
            traits += _traits((declared.name, prompt["prompt_id"], tag), row, named)
    counts = Counter(row["language"] for row in rows)
    left_out: JsonObject = {tag: {**own.left_out} for tag, own in sorted(reader.by_tag.items()) if own.left_out}
    if not rows:
        tally = by_reason({tag: own.left_out for tag, own in reader.by_tag.items()})
        unknown = [(UNKNOWN, reader.unknown)] if reader.unknown else []
        if sources and not (tally or unknown):
            raise UserError(
                f"evaluation set '{declared.name}' is empty: {', '.join(one.name for one in sources[:3])} holds no row "
                "(blank lines and a header are no rows); check its path"
            )
        adding = "; own_languages of the config (--language-name) adds unknown ones" if unknown else ""
        raise UserError(
            f"evaluation set '{declared.name}' has no usable prompt in {', '.join(order) or 'any known language'}"
            + (f"; left out: {words([*tally, *unknown])}{adding}" if tally or unknown else "")
            + (f"; it is in {', '.join(declared.languages)}" if declared.languages else "")
        )
    has = set(declared.languages) | {tag for tag, own in reader.by_tag.items() if own.rows or own.left_out}
    facts: JsonObject = {
        "name": declared.name,
        "repo": declared.repo or (Path(declared.path).name if declared.path else "bundled"),
        "revision": revision,
        "licence": declared.licence,
        "note": declared.note,
        "languages": {tag: counts[tag] for tag in order if tag in has},
        "available": {tag: len(reader.by_tag[tag].rows) for tag in order if tag in has},
        "left_out": left_out,
        "not_in_set": [tag for tag in order if tag not in has],
        "unknown_languages": dict(sorted(reader.unknown.items())),
        "columns": {key: column for key, column in reader.columns.items() if column != "-"},
        "sample": sample,
        "seed": seed,
    }
    return LoadedSet(pa.Table.from_pylist(rows, PROMPTS), facts, traits, frozenset(reader.names))


def _traits(of: tuple[str, str, str], row: Row, named: Mapping[str, str]) -> Iterator[Trait]:
    """What a prompt states: the column under the name that was asked for."""
    for asked, column in named.items():
        for value in values_of(row, column):
            yield trait_row(of, "", asked, value)


class _Reader:
    """Sorts the rows of a set's sources by language and group."""

    def __init__(self, declared: EvaluationSet, wanted: Sequence[str]) -> None:
        self.declared, self.wanted = declared, frozenset(wanted)
        self.columns: dict[str, str] = {}
        self.by_tag: dict[str, _OfLanguage] = {}
        self.unknown: Counter[str] = Counter()
        self.names: set[str] = set()

    def read(self, source: _Source) -> None:
        """Sorts the rows of one source in.

        Args:
            source: where they are from.

        Raises:
            UserError: a column is missing.
        """
        if source.tag and source.wanted and source.tag not in source.wanted:
            self.by_tag.setdefault(source.tag, _OfLanguage()).left_out[NOT_ASKED_FOR] += sum(1 for _ in source.rows())
            return
        columns: dict[str, str] = {}
        for number, row in enumerate(source.rows(), 1):
            try:
                columns = columns or self._columns(row, source)
                if number == 1:
                    self.names.update(map(str, row))
                self._add(row, number, source, columns)
            except Bad as bad:
                advice = f"name it in a file for --config, as in {self._line(row, self._lacking(bad.detail, columns))}"
                raise unread(f"{source.name}, row {number}", bad, row, advice) from None
        self.columns = self.columns or {key: column for key, column in columns.items() if key != _STATED}

    def _columns(self, row: Row, source: _Source) -> dict[str, str]:
        """What the set names, else what the first row has under a usual name."""
        named = columns_of(row, self.declared, USUAL)
        if named["prompt"] == "-":
            raise UserError(
                f"{source.name} has no column under a usual name of a prompt (it has {', '.join(map(str, row))}); "
                f"say which it is in a file for --config, as in {self._line(row, 'prompt')}"
            )
        if source.tag:
            named |= {"language": "-", _STATED: named["language"]}
        elif named["language"] == "-" and len(self.wanted) == 1:
            named["language"] = f"={next(iter(self.wanted))}"  # the one that the evaluation asks for
        elif named["language"] == "-":
            raise UserError(
                f"{source.name} does not say in which language it is; call a file by its language (de.jsonl), name "
                "it where it is the only one (--languages TAG), or say it in "
                f"a file for --config, as in {self._line(row, 'language')}"
            )
        return named | {"script": self.declared.script}

    def _lacking(self, column: str, columns: Mapping[str, str]) -> str:
        """What a column that a row lacks is for."""
        named = {key: columns.get(key) or getattr(self.declared, key) for key in (*USUAL, "script")}
        return next((key for key, name in named.items() if name == column), "prompt")

    def _line(self, row: Row, key: str) -> str:
        """How a config names a column, with the one of the row that may be meant; of languages, the tag of all rows."""
        use = _USES.get(key)
        likely = columns_for(use, [row], list(row)) if use else []
        named = likely[0] if likely else "=TAG" if key == "language" else "COLUMN"
        return config_line(self.declared, {key: named})

    def _add(self, row: Row, number: int, source: _Source, columns: Mapping[str, str]) -> None:
        tag = source.tag or self._tag(columns["language"], row)
        if source.tag:
            self._check_stated(row, number, source, columns[_STATED])
        if not tag:  # counted by what the row calls it
            return
        own = self.by_tag.setdefault(tag, _OfLanguage())
        if source.wanted and tag not in source.wanted:
            own.left_out[_READ_ELSEWHERE if tag in self.wanted else NOT_ASKED_FOR] += 1
            return
        group = str(number)
        if columns["group"] != "-":
            group = cell_name(look_up(row, columns["group"]))
        if columns["script"] != "-" and str(look_up(row, columns["script"])) not in _scripts(tag):
            own.left_out["other_script"] += 1
        elif not group:
            own.left_out["no_group"] += 1
        elif group in own.rows:
            own.left_out["group_twice"] += 1
        else:
            own.rows[group] = row

    def _check_stated(self, row: Row, number: int, source: _Source, column: str) -> None:
        advice = (
            f"say in evaluation set '{self.declared.name}' which counts: language: {column} for the rows' column, "
            "language: '-' for the place"
        )
        stated = cell_name(_optional(row, column))
        refuse_other_language(stated, source.tag, f"{source.name}, row {number}, column {column}", advice)

    def _tag(self, column: str, row: Row) -> str:
        value = look_up(row, column)
        code = "" if is_missing(value) else str(value)
        tag = tag_of(code)
        if not tag:
            self.unknown[code[:40]] += 1
        return tag


def _scripts(tag: str) -> tuple[str, str]:
    """The usual script of a language under both names in use: Kore is Hang to those who follow FLORES."""
    language = languages.get(tag)
    return language.scripts[0], language.flores[-4:]


def _prompts(
    declared: EvaluationSet, tag: str, drawn: Sequence[str], own: _OfLanguage, columns: Mapping[str, str]
) -> Iterator[tuple[PromptRow, Row]]:
    asked: set[str] = set()
    for group in drawn:
        row = own.rows[group]
        try:
            if offers_tools(row):
                raise Bad(OFFERS_TOOLS)
            prompt = _asked(declared, tag, look_up_or_none(row, columns["prompt"]))
            category = cell_name(_optional(row, columns["category"]))
            reference = _optional(row, columns["reference"])
        except Bad as bad:
            own.left_out[bad.reason] += 1
            continue
        words = (part for message in prompt for part in (message["role"], message["content"]))
        prompt_id = schema.make_id("evaluation", declared.name, tag, *words)
        if prompt_id in asked:
            own.left_out["prompt_twice"] += 1
            continue
        asked.add(prompt_id)
        asked_for: PromptRow = {
            "set": declared.name,
            "prompt_id": prompt_id,
            "group_id": group if declared.parallel else f"{tag}:{group}",
            "language": tag,
            "prompt": prompt,
            "references": _references(reference, own.left_out),
            "category": category,
        }
        yield asked_for, row


def _asked(declared: EvaluationSet, tag: str, value: Cell) -> list[dict[str, str]]:
    if declared.instructions and isinstance(value, str):
        if tag not in declared.instructions:
            raise UserError(f"evaluation set '{declared.name}' has no instruction in {tag}; add one to instructions")
        if not value.strip():
            raise Bad("empty_prompt")
        value = declared.instructions[tag].replace("{text}", value)
    return messages(value)


def _optional(row: Row, column: str) -> Cell:
    return None if column == "-" else look_up_or_none(row, column)


def _references(value: Cell, left_out: Counter[str]) -> list[str]:
    texts = []
    for one in value if isinstance(value, list | tuple) else [value]:
        try:
            text = "" if is_missing(one) else clean_cell(one, answer=True)
        except Bad as bad:
            left_out[f"reference_{bad.reason}"] += 1
            continue
        texts += [text] if text.strip() else []
    return texts


def _sources(declared: EvaluationSet, wanted: Sequence[str]) -> tuple[str, list[_Source]]:
    """What the revision is called, and where rows come from."""
    every = frozenset(wanted)
    if declared.rows:
        return declared.revision or "bundled", [_Source(declared.name, "", every, declared.rows)]
    if declared.path:
        return _local(declared, every)
    commit = hub_revision(declared.repo, declared.revision)
    by_config: dict[str, list[str]] = {}
    for tag in wanted:
        config = declared.configs.get(tag, declared.config).replace("{tag}", tag)
        no_config = declared.configs and not config
        if no_config or (declared.languages and tag not in declared.languages):
            continue
        by_config.setdefault(config, []).append(tag)
    if not by_config and not wanted:
        # No language is asked for and none declared: only a config for all of them can be read.
        if "{tag}" in declared.config + declared.files or declared.configs:
            raise UserError(f"evaluation set '{declared.name}' has a config a language; say which languages you want")
        by_config = {declared.config: []}
    return commit, [_hub(declared, config, tags, commit) for config, tags in by_config.items()]


def _hub(declared: EvaluationSet, config: str, tags: Sequence[str], commit: str) -> _Source:
    one = tags[0] if len(tags) == 1 else ""
    alone = declared.configs.get(one) == config and list(declared.configs.values()).count(config) == 1
    by_language = alone or "{tag}" in declared.config + declared.files
    # A column of the language, where there is one, says more than a config's name.
    tag = one if by_language and declared.language in ("", "-") else ""
    files = declared.files.replace("{config}", config).replace("{tag}", one)
    name = f"{declared.repo} ({config})" if config else declared.repo

    def rows() -> Iterable[Row]:
        return read_hub(declared.repo, config, declared.split, commit, files)

    return _Source(name, tag, frozenset(tags), rows)


def _local(declared: EvaluationSet, wanted: frozenset[str]) -> tuple[str, list[_Source]]:
    path = Path(declared.path)
    if not path.exists():
        raise UserError(f"evaluation set '{declared.name}': there is no {path}; check the path")
    adopt_beside(path)
    files = [path] if path.is_file() else files_in(path)
    if not files:
        raise UserError(f"evaluation set '{declared.name}': {path} holds no file that ends in {', '.join(ENDINGS)}")
    digest = hashlib.sha256()
    sources = []
    for file in files:
        by_rows = declared.language not in ("", "-") or (file == path and _says_language(declared, file))
        tag = "" if by_rows else _tag_of(file)
        asked_for = not tag or not wanted or tag in wanted
        if asked_for:
            digest.update(f"{file.name} {file_digest(file)}\n".encode())
        sources.append(_Source(str(file), tag, wanted, (_reader if asked_for else _counter)(file, declared)))
    return f"sha256:{digest.hexdigest()}", sources


def _says_language(declared: EvaluationSet, file: Path) -> bool:
    """Whether a file by itself has a column of the language: its name may have been chosen for something else."""
    line = next(iter(read_file(file, declared.records or None, declared.separator or None)), None)
    row = line.row if line else None
    return declared.language == "" and isinstance(row, Mapping) and any(name in row for name in USUAL["language"])


def _tag_of(file: Path) -> str:
    """The language that a file's name tells: de.jsonl, question_de.jsonl; empty where it tells none."""
    return tag_of(stem_of(file)) or tag_of(stem_of(file).replace("-", "_").rpartition("_")[2])


def _reader(file: Path, declared: EvaluationSet) -> Callable[[], Iterable[Row]]:
    return lambda: read_rows(file, declared.records, declared.separator)


def _counter(file: Path, declared: EvaluationSet) -> Callable[[], Iterable[Row]]:
    """The rows of a language that is not asked for: they are counted, whatever is in them."""
    return lambda: ({} for _ in read_file(file, declared.records or None, declared.separator or None))

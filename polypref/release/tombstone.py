"""Rows that were taken back: finding them by their ids or texts, and the changelog's entry that says so."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..console.escaping import markdown
from ..files.turns import table_with_texts
from ..files.unpaired import read_as_pairs, row_id
from ..stages import retracted
from ..stages.retracted import PARTS, Of, Part, Retracted, Row, Texts
from ..text.messages import Beside, texts_beside
from .provenance import Provenance

#: Columns by which a row can be named.
IDS = ("pair_id", "prompt_id", "group_id")
Rows = dict[str, dict[str, tuple[str, ...]]]
"""language -> pair_id -> all ids of the row."""


@dataclass(frozen=True)
class Hit:
    """A row that was taken back, or that holds a text that was.

    Attributes:
        file: its path in the dataset.
        row: its number there, from 1.
        language: its language.
        ids: its pair_id, prompt_id and group_id.
        part: by what it is known.
    """

    file: str
    row: int
    language: str
    ids: tuple[str, ...]
    part: Part

    def sentence(self) -> str:
        """Where it is and why.

        Returns:
            One line without a full stop; no text of the row is in it.
        """
        what = {"id": "taken back by its id", "prompt": "its prompt", "chosen": "its chosen answer"}
        what["rationale"] = "its rationale"
        which = f"row {self.row}, pair {self.ids[0]}"
        if self.file.startswith("data/ratings/"):
            which, what["chosen"] = f"answer {self.ids[0]}", "its text"
        return f"{self.file}, {which}: {what.get(self.part, 'its rejected answer')}"


def mask_entry(table: pa.Table, ids: Iterable[str]) -> pa.Array:
    """Which rows have one of the ids as pair_id, prompt_id or group_id.

    Args:
        table: rows with the columns IDS; single answers have `completion_id` in place of `pair_id`.
        ids: 32 hexadecimal digits each, of whichever of the three.

    Returns:
        A boolean a row.
    """
    wanted = pa.array(sorted(ids), pa.string())
    names = (row_id(table.schema), *IDS[1:])
    pair, prompt, group = (pc.is_in(table[name], wanted).combine_chunks() for name in names)
    return pc.or_(pc.or_(pair, prompt), group)


def hits(folder: Path, record: Provenance, wanted: Retracted) -> Iterator[Hit]:
    """The rows of a dataset folder that were taken back, file by file.

    Args:
        folder: the dataset.
        record: its provenance.
        wanted: the ids and texts that were taken back.

    Yields:
        Each row once, by the first part that it is known by.
    """
    columns = ["language", *IDS, *(PARTS if wanted.texts else ())]
    for name in sorted(record.files):
        yield from hits_in(name, read_as_pairs(folder / name, columns), wanted)


def hits_in(name: str, table: pa.Table, wanted: Retracted) -> Iterator[Hit]:
    """The rows of one file that were taken back.

    Args:
        name: the file's path in the dataset.
        table: its rows with language and IDS, and where texts are looked for PARTS.
        wanted: the ids and texts that were taken back.

    Yields:
        Each row once, by the first part that it is known by.
    """
    if not wanted.texts:
        numbers = pc.indices_nonzero(mask_entry(table, wanted.ids))
        for number, row in zip(numbers.to_pylist(), table.take(numbers).to_pylist(), strict=True):
            yield Hit(name, number + 1, row["language"], tuple(row[one] for one in IDS), "id")
        return
    for number, row in enumerate(_rows(table)):
        if part := wanted.known(row.ids, row.prompt, row.chosen, row.rejected, row.beside):
            yield Hit(name, number + 1, row.language, row.ids, part)


@dataclass(frozen=True)
class _Row:
    """Ids and texts of a row."""

    ids: tuple[str, ...]
    language: str
    prompt: list[schema.Message]
    chosen: list[str]
    rejected: list[str]
    beside: dict[Part, Beside]


def _rows(table: pa.Table) -> Iterator[_Row]:
    for batch in table.to_batches(2_000):
        some = pa.Table.from_batches([batch])
        rows = table_with_texts(some).to_pylist()  # first: it refuses what is no message
        beside = {part: texts for part in PARTS if (texts := _beside(some[part]))}
        for number, row in enumerate(rows):
            ids = tuple(row[one] for one in IDS)
            chosen, rejected = _contents(row["chosen"]), _contents(row["rejected"])
            of_row = {part: texts[number] for part, texts in beside.items()}
            yield _Row(ids, row["language"], row["prompt"], chosen, rejected, of_row)


def _beside(column: pa.ChunkedArray) -> list[Beside]:
    """What stands in the turns of each row beside what they say; nothing where turns are a role and a text."""
    return [texts_beside(one or ()) for one in column.to_pylist()] if column.type == pa.list_(schema.JSON) else []


def _contents(messages: Iterable[Mapping[str, str]] | None) -> list[str]:
    return [message["content"] or "" for message in messages or ()]


def find_entries(folder: Path, record: Provenance, ids: Iterable[str], texts: Iterable[Texts] = ()) -> Rows:
    """The rows of a dataset folder that have one of the ids or one of the texts.

    Args:
        folder: the dataset.
        record: its provenance.
        ids: pair_ids, prompt_ids or group_ids.
        texts: marks of texts.

    Returns:
        language -> pair_id -> all ids of the row.
    """
    return ids_by_language(hits(folder, record, Retracted(frozenset(ids), tuple(texts))))


def ids_by_language(taken: Iterable[Hit]) -> Rows:
    """The ids of rows that were taken back.

    Args:
        taken: the rows, of pairs or of ratings.

    Returns:
        language -> pair_id (of ratings completion_id) -> all ids of the row.
    """
    rows = Rows()
    for hit in taken:
        rows.setdefault(hit.language, {})[hit.ids[0]] = hit.ids
    return rows


def marks(folder: Path, record: Provenance, ids: set[str], of: Of, salt: str) -> set[str]:
    """The marks of the texts of the rows that have one of the ids.

    Args:
        folder: the dataset.
        record: its provenance.
        ids: pair_ids, prompt_ids or group_ids.
        of: which texts of the rows.
        salt: what the texts are hashed with.

    Returns:
        Salted hashes, of every form under which a text is known again.
    """
    marked = set[str]()
    for name in sorted(record.files):
        if pc.any(mask_entry(read_as_pairs(folder / name, list(IDS)), ids)).as_py():
            marked |= marks_of_rows(read_as_pairs(folder / name, ["language", *IDS, *PARTS]), ids, of, salt)
    return marked


def marks_of_rows(table: pa.Table, ids: set[str], of: Of, salt: str) -> set[str]:
    """The marks of the texts of those rows of one file that have one of the ids.

    Args:
        table: its rows with language, IDS and PARTS.
        ids: as in `marks`.
        of: which texts of the rows.
        salt: what the texts are hashed with.

    Returns:
        Salted hashes, of every form under which a text is known again.
    """
    texts, marked = Texts(salt, frozenset()), set[str]()
    for row in _rows(table.filter(mask_entry(table, ids))):
        named = not ids.isdisjoint(row.ids[1:])  # its prompt_id or group_id
        for one in Row.variants(row.prompt, row.chosen, row.rejected, row.beside):
            marked |= texts.of(one, of, named)
    return marked


def entry(
    version: str,
    rows: Rows,
    ids: set[str],
    texts: Texts,
    lines: list[str],
    own: str = "pair_id",
    answers: Collection[str] = (),
    along: Collection[str] = (),
) -> str:
    """A changelog's entry about retracted rows.

    Args:
        version: of the new release, without the v.
        rows: what went, by language.
        ids: what was asked for.
        texts: what is remembered of their texts.
        lines: further lines.
        own: the column of a row's own id.
        answers: completion_ids whose ratings went, in the config of these.
        along: completion_ids whose ratings went as their prompt has no pair any more. They were not taken back, and are
            written so that no later version leaves them out.

    Returns:
        Markdown with a heading, as `retracted.read_retractions` reads it.
    """
    pairs = sorted(pair for of_language in rows.values() for pair in of_language)
    # A group that was named is remembered by its own id too: what is built again gets new pairs, but not a new group.
    named = sorted(
        {one for of_language in rows.values() for row in of_language.values() for one in row} & ids - set(pairs)
    )
    text = [f"## v{version}", "", *lines]
    text += [f"- {language}: {len(of_language):,}" for language, of_language in sorted(rows.items())]
    if pairs or not answers:
        text += [f"- if you hold a copy, remove these {own}s from it:", *(f"  - {one}" for one in pairs)]
    if answers:
        text.append("- if you hold a copy of the config ratings, remove these completion_ids from it:")
        text += [f"  - {one}" for one in sorted(answers)]
    if along:
        text.append("- of these answers all ratings went too, as their prompts have no pair any more:")
        text += [f"  - {one} (not taken back)" for one in sorted(along)]
    text += (
        [f"- taken back with all their rows, whatever the {own}:", *(f"  - {one}" for one in named)] if named else []
    )
    return "\n".join([*text, *retracted.lines(texts)]) + "\n"


def version_line(tag: str, reason: str) -> str:
    """The changelog's line about a version that was taken back.

    Args:
        tag: the version's tag.
        reason: why; empty for the beginning by which such a line is known.

    Returns:
        The line, without its end.
    """
    return f"- {tag} was retracted: {markdown(reason)}"


def ids_of(log: str) -> set[str]:
    """The ids that a changelog says were taken back.

    Args:
        log: the changelog's text.

    Returns:
        pair_ids, and prompt_ids and group_ids that were named.
    """
    return set(retracted.read_retractions(log).ids)


def read_log(folder: Path) -> str:
    """A dataset folder's changelog; empty when it has none.

    Args:
        folder: the dataset.

    Returns:
        The text.

    Raises:
        UserError: it cannot be read.
    """
    path = folder / "CHANGELOG.md"
    return retracted.text_of(path) if path.exists() else ""


def count_rows(rows: Rows) -> int:
    """How many rows.

    Args:
        rows: as `find_entries` gives them.

    Returns:
        Their number, over all languages.
    """
    return sum(map(len, rows.values()))

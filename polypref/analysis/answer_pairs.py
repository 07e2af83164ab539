"""The pairs of a dataset by language, as texts, for who compares chosen and rejected answers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pyarrow.parquet as pq

from .. import languages, schema
from ..console.escaping import one_line, short_text
from ..errors import UserError
from ..files import published, sql
from ..files.locks import reading
from ..files.turns import rows_with_texts
from ..release.folder import read_provenance
from ..release.provenance import Provenance
from ..scripting.spelling import closest_name
from ..text.personal_data import mask_pii


@dataclass(frozen=True)
class AnswerPairs:
    """The pairs of one language.

    Attributes:
        language: the tag.
        chosen, rejected: (n,) texts of the answers.
        groups: (n,) the prompts' group_ids.
        turns: (n,) the prompts' turns, each a role and a text; none where nobody needs them.
        values: (n,) of a group of people, what those whose pair it is have of it; None where the pair states none.
            Nothing where no group was asked for.
        people: (n,) whose pair it is, OTHER for all who are not told apart; as `values`.
    """

    language: str
    chosen: list[str]
    rejected: list[str]
    groups: list[str]
    turns: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    def value_lines(self, group: str) -> list[str]:
        """How many of the pairs state each value of the group that was asked for.

        Args:
            group: its name.

        Returns:
            A line for each value, those of most pairs first.
        """
        counts = Counter(self.values)
        ordered = sorted(counts, key=lambda value: (-counts[value], value or ""))
        named = {value: f"no {group}" if value is None else f"{group} {value}" for value in ordered}
        return [f"{self.language}: {counts[value]:,} pairs state {one_line(named[value])}" for value in ordered]


@contextmanager
def opened_pairs(
    folder: Path, tags: Sequence[str] | None = None, group: str | None = None
) -> Iterator[tuple[Provenance, Iterator[AnswerPairs]]]:
    """A dataset's provenance and pairs, language by language, while no build can write the folder.

    Args:
        folder: the dataset.
        tags: only these languages; None for all.
        group: of people, whose values are read too; None for none.

    Yields:
        The provenance, and what `read_answer_pairs` yields.
    """
    with reading(folder, "factors"):
        record = read_provenance(folder)
        yield record, read_answer_pairs(folder, record, tags, group)


def read_answer_pairs(
    folder: Path, record: Provenance, tags: Sequence[str] | None = None, group: str | None = None
) -> Iterator[AnswerPairs]:
    """The pairs of a dataset, train and test, by language.

    Args:
        folder: the dataset.
        record: its provenance.
        tags: only these languages; None for all.
        group: of people, whose values are read too; None for none.

    Yields:
        Those of a language, by tag, in the order of their ids; of a conversation the last turns.

    Raises:
        UserError: its rows are single answers, it has no pairs in one of the languages, it states no such group of
            people, or a data file is not as a release has it.
    """
    if record.unpaired:
        raise UserError(f"{record.name} has single answers with labels and no pairs, so that none can be compared")
    if group is not None:
        _check_group(record, group)
    files: dict[str, list[Path]] = {}
    for name in sorted(record.files):
        files.setdefault(name.split("/")[1], []).append(folder / name)
    # A language of the builder script's own is not known here, but its tag stands in the data.
    asked = {tag if tag in files else languages.resolve_at("languages (--languages)", tag).tag for tag in tags or files}
    if absent := sorted(asked - files.keys()):
        raise UserError(f"{record.name} has no pair in {', '.join(absent)}; it has {', '.join(files)}")
    for tag, paths in files.items():
        if tag in asked:
            yield _language_pairs(tag, paths, group)


def _language_pairs(tag: str, paths: Sequence[Path], group: str | None) -> AnswerPairs:
    published.check_rows(paths)
    turns = '[[m."role", m.content] FOR m IN prompt]'
    columns = f"group_id, chosen[-1].content, rejected[-1].content, {turns}{_of_people(paths, group)}"
    query = f"SELECT {columns} FROM {rows_with_texts(*paths)} ORDER BY pair_id"
    rows = sql.connect(reads=list(paths)).execute(query).fetchall()
    groups, chosen, rejected = ([row[at] for row in rows] for at in range(3))
    whole = [tuple((role, text) for role, text in row[3]) for row in rows]
    pairs = AnswerPairs(tag, chosen, rejected, groups, whole)
    return pairs if group is None else _with_people(pairs, [row[4:] for row in rows], group)


def _of_people(paths: Sequence[Path], group: str | None) -> str:
    """The columns of people, where a group is asked for: null in a dataset without them."""
    if group is None:
        return ""
    stated = all({"annotator", schema.ANNOTATOR_GROUPS} <= set(pq.read_schema(path).names) for path in paths)
    return f", annotator, {sql.name(schema.ANNOTATOR_GROUPS)}" if stated else ", NULL, NULL"


def _with_people(
    pairs: AnswerPairs, rows: Sequence[tuple[str | None, list[dict[str, str]] | None]], group: str
) -> AnswerPairs:
    """The pairs of a language with whose they are; two values that are masked alike are one."""
    masked = cache(mask_pii)
    stated = [{one["group"]: one["value"] for one in groups or ()} for _, groups in rows]
    values = [masked(one[group] or schema.OTHER) if group in one else None for one in stated]
    return replace(pairs, values=values, people=[person or schema.OTHER for person, _ in rows])


def _check_group(record: Provenance, group: str) -> None:
    names = (*(one.group for one in record.group_people), *(one.group for one in record.facts.groups))
    known = list(dict.fromkeys(names))
    if not known:
        raise UserError(
            f"{record.name} states no groups of who judged, so that nothing can be compared by '{short_text(group)}' "
            "(--by); sources do with Fields(annotator_groups=...)"
        )
    if group not in known:
        near = closest_name(group, known)
        meant = f"did you mean '{short_text(near)}'? It" if near else "it"
        there = ", ".join(map(short_text, known))
        raise UserError(f"{record.name} has no group '{short_text(group)}' (--by); {meant} has {there}")

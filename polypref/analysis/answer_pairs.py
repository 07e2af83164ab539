"""The pairs of a dataset by language, as texts, for who compares chosen and rejected answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .. import languages
from ..errors import UserError
from ..files import published, sql
from ..files.locks import reading
from ..files.turns import rows_with_texts
from ..release.folder import read_provenance
from ..release.provenance import Provenance


@dataclass(frozen=True)
class AnswerPairs:
    """The pairs of one language.

    Attributes:
        language: the tag.
        chosen, rejected: (n,) texts of the answers.
        groups: (n,) the prompts' group_ids.
        turns: (n,) the prompts' turns, each a role and a text; none where nobody needs them.
    """

    language: str
    chosen: list[str]
    rejected: list[str]
    groups: list[str]
    turns: list[tuple[tuple[str, str], ...]] = field(default_factory=list)


@contextmanager
def opened_pairs(folder: Path, tags: Sequence[str] | None = None) -> Iterator[tuple[Provenance, Iterator[AnswerPairs]]]:
    """A dataset's provenance and pairs, language by language, while no build can write the folder.

    Args:
        folder: the dataset.
        tags: only these languages; None for all.

    Yields:
        The provenance, and what `read_answer_pairs` yields.
    """
    with reading(folder, "factors"):
        record = read_provenance(folder)
        yield record, read_answer_pairs(folder, record, tags)


def read_answer_pairs(folder: Path, record: Provenance, tags: Sequence[str] | None = None) -> Iterator[AnswerPairs]:
    """The pairs of a dataset, train and test, by language.

    Args:
        folder: the dataset.
        record: its provenance.
        tags: only these languages; None for all.

    Yields:
        Those of a language, by tag, in the order of their ids; of a conversation the last turns.

    Raises:
        UserError: its rows are single answers, it has no pairs in one of the languages, or a data file is not as a
            release has it.
    """
    if record.unpaired:
        raise UserError(f"{record.name} has single answers with labels and no pairs, so that none can be compared")
    files: dict[str, list[Path]] = {}
    for name in sorted(record.files):
        files.setdefault(name.split("/")[1], []).append(folder / name)
    # A language of the builder script's own is not known here, but its tag stands in the data.
    asked = {tag if tag in files else languages.resolve_at("languages (--languages)", tag).tag for tag in tags or files}
    if absent := sorted(asked - files.keys()):
        raise UserError(f"{record.name} has no pair in {', '.join(absent)}; it has {', '.join(files)}")
    for tag, paths in files.items():
        if tag in asked:
            yield _language_pairs(tag, paths)


def _language_pairs(tag: str, paths: Sequence[Path]) -> AnswerPairs:
    published.check_rows(paths)
    turns = '[[m."role", m.content] FOR m IN prompt]'
    texts = f"group_id, chosen[-1].content, rejected[-1].content, {turns}"
    query = f"SELECT {texts} FROM {rows_with_texts(*paths)} ORDER BY pair_id"
    rows = sql.connect(reads=list(paths)).execute(query).fetchall()
    groups, chosen, rejected = ([row[at] for row in rows] for at in range(3))
    return AnswerPairs(tag, chosen, rejected, groups, [tuple((role, text) for role, text in row[3]) for row in rows])

"""Reads people's own good answers: of a dataset that polypref wrote, of a file, a folder or the Hub, by any layout.

Of pairs it is the chosen side. The rows are read by the readers of `evaluate-rm`, with the answer in the place of both
sides where a file has no rejected ones.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ... import languages
from ...console.escaping import short_text
from ...errors import UserError
from ...files.cells import Row, has_column
from ...files.readers import files_in
from ...layouts.strict_rows import read_rows
from ...release.folder import read_provenance
from ..reward_models import data as rows_data
from ..reward_models.pairs import Pair, grouped
from .comparisons import GoodAnswer

_PROVENANCE = "provenance.json"
#: Columns that may hold an answer, or what its prompt goes by in all languages, where nobody names one.
_ANSWERS = ("chosen", "answer", "completion", "response", "output", "messages", "conversations")
_GROUPS = ("group_id", "id")
_ROLES = ("prompt", "answer", "id", "language")


@dataclass(frozen=True)
class AnswersRead:
    """Good answers, and what is known of them.

    Attributes:
        answers: one a prompt and language, in the order of the file.
        name: of the file, folder or dataset.
        left_out: language -> reason -> rows that give none.
    """

    answers: tuple[GoodAnswer, ...]
    name: str
    left_out: Mapping[str, Mapping[str, int]]


def read_good_answers(
    where: str,
    *,
    layout: str = "",
    columns: Mapping[str, str] | None = None,
    language: str = "",
    tags: Collection[str] | None = None,
) -> AnswersRead:
    """Reads good answers.

    Args:
        where: the folder of a dataset that `polypref build` wrote, a file, a folder of LANGUAGE.jsonl, or ORG/NAME on
            the Hub.
        layout: the name of a layout, or a file LAYOUT.toml: the preferred answers are taken.
        columns: in place of it what a column holds (prompt, answer, id, language) -> its name.
        language: of all rows whose language no column says.
        tags: only these languages; None for all.

    Returns:
        The answers; of several to one prompt in a language the first.

    Raises:
        UserError: nothing can be read, or there is no answer in these languages.
    """
    if wrong := sorted((columns or {}).keys() - set(_ROLES)):
        raise UserError(f"answers: there is no column for {wrong[0]!r:.40}; columns are for {', '.join(_ROLES)}")
    path = Path(where).expanduser()
    sources = list(_of_dataset(path)) if (path / _PROVENANCE).is_file() else [_source(where, layout, columns, language)]
    pairs: list[Pair] = []
    left: dict[str, Counter[str]] = {}
    # Of a dataset each file is one language's, so that some hold none of those that are asked for.
    asked = tags if len(sources) == 1 else None
    for source in sources:
        loaded = rows_data.load_comparisons(source, asked)
        pairs += loaded.pairs
        for tag, reasons in loaded.facts.left_out.items():
            left.setdefault(tag, Counter()).update(reasons)
    answers: dict[tuple[str, str], GoodAnswer] = {}
    for pair in grouped(pairs):
        tag = languages.resolve(pair.language).tag
        if tags is not None and tag not in tags:
            continue
        if (tag, pair.group) in answers:
            left.setdefault(tag, Counter())["another_answer_to_the_prompt"] += 1
        answers.setdefault((tag, pair.group), GoodAnswer(pair.group, tag, pair.prompt, pair.chosen))
    if not answers:
        raise UserError(f"{where} holds no answer in these languages; name others, or leave out --languages")
    kept = {tag: dict(one) for tag, one in sorted(left.items()) if tags is None or tag in tags}
    return AnswersRead(tuple(answers.values()), path.name, kept)


def _of_dataset(folder: Path) -> Iterator[rows_data.Source]:
    """The files of a dataset's first config, each once."""
    record = read_provenance(folder)
    files = dict.fromkeys(file for part in record.configs[0].data_files for file in part.path)
    columns = {"rejected": "chosen", "id": "group_id"}
    for file in files:
        yield rows_data.Source(folder.name, path=folder / file, columns=columns)


def _source(where: str, layout: str, columns: Mapping[str, str] | None, language: str) -> rows_data.Source:
    if layout:
        return rows_data.source(where, layout=layout, language=language)
    path = Path(where).expanduser()
    named = dict(columns or {})
    row = first_row(path)
    answer = named.pop("answer", "") or _first_there(row, _ANSWERS, "chosen")
    if row and not has_column(row, answer):
        columns_there = ", ".join(short_text(name) for name in list(row)[:20])
        raise UserError(
            f"{short_text(where)}, row 1: no column {short_text(answer)} that would hold the answer; the row has "
            f"{columns_there}: name it (--column answer=NAME)"
        )
    group = named.pop("id", "") or _first_there(row, _GROUPS, "")
    named |= {"chosen": answer, "rejected": answer} | ({"id": group} if group else {})
    return rows_data.source(where, columns=named, language=language)


def first_row(path: Path) -> Row:
    """What the columns of people's rows are told by.

    Args:
        path: a file, or a folder of files.

    Returns:
        The first row of the first file; empty where there is none.
    """
    file = next(iter(files_in(path)), None) if path.is_dir() else path if path.is_file() else None
    return next(iter(read_rows(file, "", "")), {}) if file else {}


def _first_there(row: Row, names: Collection[str], otherwise: str) -> str:
    return next((name for name in names if has_column(row, name)), otherwise)

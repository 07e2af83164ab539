"""Ratings that are taken back: of answers that go by their ids or texts, and of prompts that have no pair any more."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .. import schema
from ..files.atomic import write_released
from ..files.turns import json_lists
from ..stages.counts import FunnelRow
from ..stages.retracted import Of, Retracted, Texts
from .pieces import file_facts
from .provenance import Provenance
from .ratings import ratings_configs
from .ratings_facts import measure_ratings
from .tombstone import Hit, Rows, hits_in, ids_by_language, marks_of_rows

_IDS = ("completion_id", "prompt_id", "group_id")


def rated_answers(path: Path) -> pa.Table:
    """The answers of a file of ratings as rows of pairs whose rejected answer is empty.

    Args:
        path: the file, whose footer was checked.

    Returns:
        Language, ids, prompt, chosen and rejected; each answer once, its id as that of a pair.
    """
    table = pq.read_table(path, columns=["language", *_IDS, "prompt", "completion"])
    ids = table["completion_id"].combine_chunks()
    first = pc.index_in(pc.unique(ids), ids)
    table = table.take(first)
    nothing: list[list[str]] = [[] for _ in range(len(table))]
    empty = json_lists(nothing) if table["prompt"].type == pa.list_(schema.JSON) else pa.array(nothing, schema.MESSAGES)
    columns = {"completion_id": "pair_id", "completion": "chosen"}
    table = table.rename_columns([columns.get(name, name) for name in table.column_names])
    return table.append_column("rejected", empty)


def rated_hits(folder: Path, record: Provenance, wanted: Retracted) -> Iterator[Hit]:
    """The rated answers of a dataset folder that were taken back, file by file.

    Args:
        folder: the dataset.
        record: its provenance.
        wanted: the ids and texts that were taken back.

    Yields:
        Each answer once, by the first part that it is known by; its ids begin with the completion_id.
    """
    for name in sorted(record.ratings.files) if record.ratings else ():
        yield from hits_in(name, rated_answers(folder / name), wanted)


def rated_ids(folder: Path, record: Provenance) -> set[str]:
    """The answers that have ratings in a dataset folder.

    Args:
        folder: the dataset.
        record: its provenance.

    Returns:
        Their completion_ids.
    """
    files = [folder / name for name in record.ratings.files] if record.ratings else []
    return set(pc.unique(_column(files, "completion_id")).to_pylist()) if files else set()


def find_answers(folder: Path, record: Provenance, ids: Collection[str], texts: Collection[Texts]) -> Rows:
    """The rated answers of a dataset folder that have one of the ids or one of the texts.

    Args:
        folder: the dataset.
        record: its provenance.
        ids: completion_ids, prompt_ids or group_ids.
        texts: marks of texts.

    Returns:
        language -> completion_id -> all ids of the answer.
    """
    return ids_by_language(rated_hits(folder, record, Retracted(frozenset(ids), tuple(texts))))


def rated_marks(folder: Path, record: Provenance, ids: set[str], of: Of, salt: str) -> set[str]:
    """The marks of the texts of the rated answers that have one of the ids.

    Args:
        folder: the dataset.
        record: its provenance.
        ids: completion_ids, prompt_ids or group_ids.
        of: which texts of them; of an answer that is named by its own id the answer, or with `prompt` its prompt.
        salt: what the texts are hashed with.

    Returns:
        Salted hashes, of every form under which a text is known again.
    """
    marked = set[str]()
    for name in sorted(record.ratings.files) if record.ratings else ():
        answers = rated_answers(folder / name)
        wanted = pa.array(sorted(ids), pa.string())
        # Which answers to a prompt were chosen or rejected is said by its pairs alone.
        if of in ("prompt", "all"):
            by_prompt = pc.or_(*(pc.is_in(answers[one], wanted) for one in _IDS[1:]))
            marked |= marks_of_rows(answers.filter(by_prompt), ids, of, salt)
            answers = answers.filter(pc.invert(by_prompt))
        # An answer that is named alone is taken back, and not its prompt, to which others answer.
        alone = of if of == "prompt" else "chosen"
        marked |= marks_of_rows(answers.filter(pc.is_in(answers["pair_id"], wanted)), ids, alone, salt)
    return marked


def without_ratings(
    old: Path, before: Provenance, new: Provenance, answers: Rows, staging: Path
) -> tuple[Provenance, Counter[str]]:
    """Writes the ratings of a dataset without some answers, and without the prompts that have no pair any more.

    Args:
        old: the dataset's folder.
        before: its provenance.
        new: the provenance of what is left of the pairs.
        answers: the rated answers that go; a verdict on one of them goes whole.
        staging: where the new dataset is laid out; its pairs are there.

    Returns:
        The provenance with what is left of the ratings, and how many rows went, by language.
    """
    if before.ratings is None:
        return new, Counter()
    prompts = pc.unique(_column([staging / name for name in new.files], "prompt_id"))
    taken = pa.array(sorted({one for of_language in answers.values() for one in of_language}), pa.string())
    rows, gone = dict[str, int](), Counter[str]()
    for name, facts in sorted(before.ratings.files.items()):
        rows[name] = _write_rest(old / name, staging / name, prompts, taken)
        gone[name.split("/")[2]] += facts.rows - rows[name]
    files = file_facts(staging, {name: count for name, count in rows.items() if count})
    if not files:
        return replace(new, ratings=None), +gone
    models = set(pc.unique(_column([staging / name for name in files], "model")).to_pylist())
    # A model may have lost its last pair, and still have rated answers.
    others = [one for one in (*before.models, *before.ratings.models) if one not in new.models and one.model in models]
    # Who translated an answer is in no column, so a translator stays as long as there are such answers.
    routes = pc.unique(_column([staging / name for name in files], "route")).to_pylist()
    every = (*before.translators, *before.ratings.translators) if "translated" in routes else ()
    kept = {one.name for one in new.translators}
    went = [FunnelRow("retract", "ratings", *one, count) for one, count in _reasons(gone)]
    part = replace(
        before.ratings,
        configs=ratings_configs(files),
        files=files,
        facts=measure_ratings([staging / name for name in files]),
        models=others,
        translators=[one for one in every if one.name not in kept],
        funnel=[*before.ratings.funnel, *went],
    )
    return replace(new, ratings=part), +gone


def _reasons(gone: Counter[str]) -> list[tuple[tuple[str, str, str], int]]:
    return [((tag, "rejected", "retracted"), count) for tag, count in sorted((+gone).items())]


def _write_rest(old: Path, target: Path, prompts: pa.Array, taken: pa.Array) -> int:
    """Writes a file without the rows of other prompts and of answers that go; how many rows are left."""
    table = pq.read_table(old)
    stays = pc.and_(pc.is_in(table["prompt_id"], prompts), pc.invert(pc.is_in(table["completion_id"], taken)))
    stays = pc.and_(stays, pc.invert(pc.is_in(table["compared_with"], taken)))
    rest = table.filter(stays)
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if 0 < len(rest) < len(table):
        write_released(target, rest)
    elif len(rest):
        copy(old, target)
    return len(rest)


def _column(paths: Sequence[Path], name: str) -> pa.ChunkedArray:
    return pa.concat_tables([pq.read_table(path, columns=[name]) for path in paths])[name]

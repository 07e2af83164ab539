"""The config of ratings: what raters gave to the answers that may be in a pair, beside the pairs that were made.

Its prompts are those that have a released pair, in the split of that pair. Its answers are those to these prompts that
the checks let be chosen or be rejected, in a pair or not, each with every score and every verdict that the build has of
it. Files lie in `data/ratings/LANGUAGE` in the order of the pairs: `SPLIT-FIRST-LAST` are ranks, and a prompt's is that
of its first pair.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..files.atomic import file_digest, write_released
from ..pipeline.builder import RATINGS
from ..pipeline.run import Built
from ..stages import pool
from ..stages.counts import funnel_rows
from .provenance import FileFacts, RatingsConfig, RatingsPart, RatingsPath, RatingsSplit
from .rated_rows import Rated, published_form, rated_rows
from .ratings_facts import measure_ratings
from .rows import Form
from .writers import Writers

#: Ranks of pairs whose prompts' ratings are in one file, which is in memory at once.
RANKS_PER_FILE = 5_000
#: The stage by which scores and verdicts are counted.
STAGE = "ratings"


class Chunk(NamedTuple):
    """Some ranks of one language and split: the ratings of their prompts are one file."""

    language: str
    split: str
    number: int

    @property
    def path(self) -> RatingsPath:
        """Its path in the folder."""
        first = self.number * RANKS_PER_FILE
        return f"data/ratings/{self.language}/{self.split}-{first:08d}-{first + RANKS_PER_FILE - 1:08d}.parquet"


class _Scattered:
    """The rows of ratings, sent bucket by bucket to the file they belong to, unsorted."""

    def __init__(self, work: Path, form: pa.Schema) -> None:
        self._work = work
        self._form = form.append(pa.field("rank", pa.int64())).append(pa.field("place", pa.int64()))
        self._files: dict[Chunk, tuple[Path, pa.RecordBatchStreamWriter]] = {}

    def add(self, rows: pa.Table) -> None:
        """Takes the rows of a bucket."""
        keys = zip(*(rows[name].to_pylist() for name in ("language", "split", "rank")), strict=True)
        chunks = [Chunk(language, split, rank // RANKS_PER_FILE) for language, split, rank in keys]
        numbers = {chunk: number for number, chunk in enumerate(dict.fromkeys(chunks))}
        target = np.fromiter((numbers[chunk] for chunk in chunks), np.int64, len(chunks))
        order = np.argsort(target, kind="stable")
        rows = rows.drop_columns("split").take(pa.array(order)).combine_chunks()
        of_number = list(numbers)
        for number, begin, end in pool.runs(target[order]):
            self._writer(of_number[number]).write_table(rows.slice(begin, end - begin))

    def _writer(self, chunk: Chunk) -> pa.RecordBatchStreamWriter:
        if chunk not in self._files:
            path = self._work / f"{len(self._files)}.arrow"
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._files[chunk] = path, pa.ipc.new_stream(str(path), self._form, options=options)
        return self._files[chunk][1]

    def close(self) -> None:
        """Ends the files that were begun."""
        for _, writer in self._files.values():
            writer.close()

    def gather(self) -> Iterator[tuple[str, int]]:
        """Writes each file sorted: its path in the folder, and how many rows it has."""
        order = [("rank", "ascending"), ("place", "ascending")]
        for chunk in sorted(self._files):
            path, _ = self._files[chunk]
            with pa.ipc.open_stream(str(path)) as reader:
                table = reader.read_all().sort_by(order).drop_columns(["rank", "place"])
            target = self._work / chunk.path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_released(target, table)
            path.unlink()
            yield chunk.path, table.num_rows


def write_ratings(built: Built, form: Form, work: Path, writers: Writers) -> RatingsPart | None:
    """Writes the files of the config of ratings.

    Args:
        built: the finished run.
        form: of the rows of pairs.
        work: the folder that the dataset is laid out in; `NUMBER.arrow` in it are written and deleted again.
        writers: who wrote the answers of the pairs.

    Returns:
        What the provenance says of them; None where the builder publishes none, or nothing was rated.
    """
    if not built.builder.ratings:
        return None
    rated, scattered = Rated(), _Scattered(work, published_form(form))
    try:
        for number in range(built.buckets):
            bucket = pool.load_bucket(built.rows, built.index, number)
            pairs = pq.read_table(built.pair.part("pairs", number), columns=["pair_id", "prompt_id"])
            ranked = pq.read_table(built.ranked.part("ranked", number), columns=["pair_id", "split", "rank"])
            findings = pq.read_table(built.check.part("findings", number))
            rows = rated_rows(bucket, pairs, ranked, findings, form, writers, rated)
            scattered.add(rows)
    finally:
        scattered.close()
    files = file_facts(work, dict(scattered.gather()))
    if not files:
        return None
    return RatingsPart(
        ratings_configs(files),
        files,
        measure_ratings([work / path for path in files]),
        writers.other_models(rated.models),
        writers.other_translators(rated.translators),
        [row for unit, funnel in rated.funnels.items() for row in funnel_rows(STAGE, unit, funnel)],
    )


def file_facts(folder: Path, rows: Mapping[str, int]) -> dict[RatingsPath, FileFacts]:
    """Digest, size and rows of files of ratings, as the provenance has them.

    Args:
        folder: the dataset; the files are there.
        rows: path in it -> how many rows.

    Returns:
        A mapping in the same order.
    """
    return {
        path: FileFacts(file_digest(folder / path), (folder / path).stat().st_size, count)
        for path, count in rows.items()
    }


def ratings_configs(paths: Collection[str]) -> list[RatingsConfig]:
    """The README's configs of ratings: that of all languages, and one of each language.

    Args:
        paths: of the files.

    Returns:
        The configs, each with the files of its splits.

    Example:
        >>> [one.config_name for one in ratings_configs(["data/ratings/de/train-00000000-00004999.parquet"])]
        ['ratings', 'ratings-de']
    """
    languages = sorted({_language(path) for path in paths})
    members = {RATINGS: languages} | {f"{RATINGS}-{tag}": [tag] for tag in languages}
    return [
        RatingsConfig(name, _splits([path for path in sorted(paths) if _language(path) in tags]))
        for name, tags in members.items()
    ]


def _splits(paths: Sequence[str]) -> list[RatingsSplit]:
    of_split = {split: [path for path in paths if f"/{split}-" in path] for split in ("train", "test")}
    return [RatingsSplit(split, some) for split, some in of_split.items() if some]


def _language(path: str) -> str:
    return path.split("/")[2]

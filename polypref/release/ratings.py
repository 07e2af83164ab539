"""The config of ratings: what raters gave to the answers that may be in a pair, beside the pairs that were made.

Its prompts are those that have a released pair, in the split of that pair. Its answers are those to these prompts that
the checks let be chosen or be rejected, in a pair or not, each with every score and every verdict that the build has of
it. Files lie in `data/ratings/LANGUAGE` in the order of the pairs: `SPLIT-FIRST-LAST` are ranks, and a prompt's is that
of its first pair.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from ..files.atomic import write_released
from ..pipeline.builder import RATINGS
from ..pipeline.run import Built
from ..stages import pool
from ..stages.counts import funnel_rows
from .pieces import file_facts
from .provenance import RatingsConfig, RatingsPart, RatingsPath, RatingsSplit
from .rated_rows import Rated, rated_rows
from .ratings_facts import measure_ratings
from .rows import Form
from .scattered import Scattered, ahead
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


def _gather_ratings(scattered: Scattered[Chunk], work: Path) -> Iterator[tuple[str, int]]:
    """Writes each file sorted: its path in the folder, and how many rows it has."""
    order = [("rank", "ascending"), ("place", "ascending")]

    def gather(chunk: Chunk) -> tuple[str, int]:
        table = scattered.take(chunk).sort_by(order).drop_columns(["rank", "place"])
        target = work / chunk.path
        target.parent.mkdir(parents=True, exist_ok=True)
        write_released(target, table)
        return chunk.path, int(table.num_rows)

    # Two at once, as files of pairs are written.
    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(gather, sorted(scattered.groups()))


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
    rated, scattered = Rated(), Scattered[Chunk](work)
    buckets = ahead(pool.load_bucket(built.rows, built.index, number) for number in range(built.buckets))
    for number, bucket in enumerate(buckets):
        pairs = pq.read_table(built.pair.part("pairs", number), columns=["pair_id", "prompt_id"])
        ranked = pq.read_table(built.ranked.part("ranked", number), columns=["pair_id", "split", "rank"])
        findings = pq.read_table(built.check.part("findings", number))
        rows = rated_rows(bucket, pairs, ranked, findings, form, writers, rated)
        keys = zip(*(rows[name].to_pylist() for name in ("language", "split", "rank")), strict=True)
        chunks = [Chunk(language, split, rank // RANKS_PER_FILE) for language, split, rank in keys]
        scattered.add(chunks, rows.drop_columns("split"))
    files = file_facts(work, dict(_gather_ratings(scattered, work)))
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
